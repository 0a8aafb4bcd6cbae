"""The page's form of an explorable figure is complete, and refuses what would mislead."""

import pytest

from lib.book.explore_frame import Frame
from lib.book.explore_parameters import read_parameters
from lib.book.explore_static import static_figure

FRAMES = [Frame(f"<p>{k}</p>", f"k is {k}") for k in (1, 2, 3)]
PARAMETERS = read_parameters({"k": [1, 2, 3]}, None, {"k": 2})


def test_the_start_frame_stands_outside_of_the_script():
    figure = static_figure(FRAMES, PARAMETERS, "Three <numbers>")
    outside = figure.html.split('<script type="text/html"')[0]
    assert 'aria-label="k is 2"' in outside
    assert 'aria-label="k is 1"' not in outside
    assert "<figcaption>Three &lt;numbers&gt;</figcaption>" in outside
    assert figure.text == "Three <numbers>\nk is 2"


def test_all_frames_wait_inside_with_the_start_frame_visible():
    inside = static_figure(FRAMES, PARAMETERS, "c").html.split('class="explore-parts">')[1]
    assert [f'aria-label="k is {k}" hidden' in inside for k in (1, 2, 3)] == [True, False, True]


def test_ids_come_from_the_content():
    first, again, other = (
        static_figure(FRAMES, PARAMETERS, caption).html.split('id="')[1].split('"')[0]
        for caption in ("one", "one", "two")
    )
    assert first == again != other


def test_two_frames_with_one_text_are_refused():
    with pytest.raises(ValueError, match="alt must differ between frames, two have 'k is 1'"):
        static_figure([FRAMES[0], FRAMES[0], FRAMES[2]], PARAMETERS, "c")
