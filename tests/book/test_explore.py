"""Explorable figures: their form, with a kernel and without one, and what is refused."""

import base64
import io
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from bs4 import BeautifulSoup
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure
from PIL import Image

from lib.book import explore as explore_module
from lib.book.explore import explore
from lib.book.output import make_frame

ROOT = Path(__file__).resolve().parents[2]
CAPTION = "Lines & <slopes>."


def line(slope, offset=0):
    figure = Figure(figsize=(2, 1), dpi=50)
    figure.subplots().plot([0, 1], [offset, slope + offset])
    return figure


def words(slope, offset=0):
    return f'a line of slope {slope} "from" {offset}'


def figure_and_parts(shown):
    """The page without script, and what the script puts in place of its frames."""
    page = BeautifulSoup(shown.html, "html.parser")
    parts = BeautifulSoup(page.select_one("script.explore-parts").string, "html.parser")
    return page.figure, parts


def add(name, kind):
    return name + kind


@cache
def grid():
    return explore(line, {"slope": range(3), "offset": [-1, 0.5]}, caption=CAPTION, alt=words,
                   labels={"slope": "slope <m>"}, start={"slope": 1, "offset": 0.5})  # fmt: skip


def test_without_script_the_start_frame_and_the_caption_stand_alone():
    figure, _ = figure_and_parts(grid())
    assert figure["class"] == ["explore"]
    (frame,) = figure.select(".explore-frames > *")
    assert frame["alt"] == words(1, 0.5)
    assert "hidden" not in frame.attrs
    assert figure.figcaption.string == CAPTION
    assert figure.select("input, select, output, label, .explore-controls") == []


def test_frames_come_in_order_with_one_of_them_visible():
    _, parts = figure_and_parts(grid())
    frames = parts.select(".explore-frames > img")
    wanted = [words(slope, offset) for slope in range(3) for offset in (-1, 0.5)]
    assert [frame["alt"] for frame in frames] == wanted
    assert [frame["alt"] for frame in frames if "hidden" not in frame.attrs] == [words(1, 0.5)]


def test_frames_are_pictures_of_what_was_drawn():
    _, parts = figure_and_parts(grid())
    contents = set()
    for frame in parts.select(".explore-frames > img"):
        data = base64.b64decode(frame["src"].removeprefix("data:image/png;base64,"))
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.size == (int(frame["width"]), int(frame["height"])) == (224, 112)
            assert picture.info == {} or set(picture.info) == {"dpi"}
        contents.add(data)
    assert len(contents) == 6


def test_each_control_has_a_label_an_output_and_a_spoken_value():
    figure, parts = figure_and_parts(grid())
    sliders = parts.select(".explore-controls input[type=range]")
    assert [slider["max"] for slider in sliders] == ["2", "1"]
    assert [slider["value"] for slider in sliders] == ["1", "1"]
    assert [slider["aria-valuetext"] for slider in sliders] == ["1", "0.5"]
    assert [slider["data-values"] for slider in sliders] == ['["0", "1", "2"]', '["−1", "0.5"]']
    assert [label.string for label in parts.select("label")] == ["slope <m>", "offset"]
    for slider, label, output in zip(
        sliders, parts.select("label"), parts.select("output"), strict=True
    ):
        assert label["for"] == " ".join(output["for"]) == slider["id"]
        assert slider["id"].startswith(figure["id"] + "-")
        assert output["aria-live"] == "polite"
        assert output.string == slider["aria-valuetext"]
        assert "data-lm-suppress-shortcuts" in slider.attrs


def test_few_texts_make_a_list_and_many_a_slider():
    names = [f"<{letter}>" for letter in "abcdefg"]
    parameters = {"kind": ["x", "y"], "name": names}
    shown = explore(add, parameters, caption="c", alt=add, start={"kind": "y"})
    figure, parts = figure_and_parts(shown)
    select = parts.select_one("select")
    assert [option.string for option in select.select("option")] == ["x", "y"]
    assert [option.string for option in select.select("option[selected]")] == ["y"]
    assert parts.select_one("label")["for"] == select["id"] == figure["id"] + "-kind"
    assert parts.select_one("input[type=range]")["max"] == "6"


def test_frames_of_html_are_named_groups():
    shown = explore(lambda n: f"<b>{n}</b>", {"n": [1, 2]}, caption="c", alt=lambda n: f"n is {n}")
    _, parts = figure_and_parts(shown)
    frames = parts.select(".explore-frames > div[role=group]")
    assert [(frame["aria-label"], frame.b.string) for frame in frames] == [
        ("n is 1", "1"),
        ("n is 2", "2"),
    ]
    assert ["hidden" in frame.attrs for frame in frames] == [False, True]


def test_plain_text_says_what_the_start_frame_shows():
    assert grid().text == f"{CAPTION}\n{words(1, 0.5)}"


def test_nothing_is_asked_of_another_host_and_no_name_leaks():
    html = grid().html
    assert "http" not in html
    assert re.search(r"\b(src|href|url)\s*[=(]\s*[\"']?(?!data:|[\"'\s])", html) is None
    script = BeautifulSoup(html, "html.parser").select("script")[-1].string.strip()
    assert script.startswith("(() => {")
    assert script.endswith("})();")


def test_ids_differ_between_figures_and_ignore_pictures_and_texts():
    def figure_id(caption="c", values=(1, 2), name="slope", alt=words):
        shown = explore(lambda slope: str(slope), {name: values}, caption=caption, alt=alt)
        return figure_and_parts(shown)[0]["id"]

    assert figure_id() == figure_id(alt=lambda slope: f"other words for {slope}")
    assert len({figure_id(), figure_id(caption="d"), figure_id(values=(1, 3))}) == 3


def test_another_process_gives_the_same_html():
    code = "from tests.book.test_explore import grid; print(grid().html, end='')"
    environment = os.environ | {"LIB_STATIC": "1", "PYTHONHASHSEED": "1"}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    assert run.stdout.decode() == grid().html


def test_figures_are_closed_also_after_an_error():
    def draw(n):
        return plt.figure(figsize=(1, 1))

    explore(draw, {"n": range(3)}, caption="c", alt=str_of_n)
    assert plt.get_fignums() == []
    with pytest.raises(ValueError, match="alt must return a text that is not empty, got ''"):
        explore(draw, {"n": range(3)}, caption="c", alt=lambda n: "")
    assert plt.get_fignums() == []


def str_of_n(n):
    return f"n is {n}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"parameters": {"n": range(65)}}, "make 65 = 65 frames, more than 64"),
        ({"caption": " "}, "caption must be"),
        ({"alt": lambda n: "same"}, "alt must differ between frames, two have 'same'"),
        ({"alt": lambda n: n}, "alt must return a text that is not empty, got 1"),
        ({"draw": lambda n: "<SCRIPT>"}, "without scripts"),
    ],
)
def test_values_that_do_not_fit(arguments, message):
    given = {"draw": lambda n: f"{n}", "parameters": {"n": [1, 2]}, "caption": "c",
             "alt": str_of_n} | arguments  # fmt: skip
    with pytest.raises(ValueError, match=message):
        explore(given.pop("draw"), given.pop("parameters"), **given)


def test_functions_that_do_not_take_the_parameters_are_found_before_drawing():
    with pytest.raises(TypeError, match="draw must take n by name: missing a required argument"):
        explore(line, {"n": [1, 2]}, caption="c", alt=str_of_n)
    with pytest.raises(TypeError, match="alt must take n by name"):
        explore(lambda n: 1 / 0, {"n": [1, 2]}, caption="c", alt=words)
    with pytest.raises(TypeError, match="Figure or a str of HTML, got NoneType"):
        explore(lambda n: None, {"n": [1, 2]}, caption="c", alt=str_of_n)


def test_too_large_a_figure_says_what_to_reduce(monkeypatch):
    monkeypatch.setattr(explore_module, "MAX_BYTES", 5_000)
    with pytest.raises(ValueError, match=r"bytes, more than 5,000: give fewer values of slope \(3"):
        explore(line, {"slope": range(3), "offset": [0, 1]}, caption="c", alt=words)


def test_a_full_grid_of_ordinary_frames_fits():
    figure = line(1)
    figure.set_size_inches(5.2, 3.3)
    frame = make_frame(figure, "one line")
    assert 64 * len(frame.html()) < explore_module.MAX_BYTES


def test_a_reader_with_a_kernel_gets_what_the_page_shows(monkeypatch):
    stored = grid()
    monkeypatch.delenv("LIB_STATIC", raising=False)
    grid.cache_clear()
    data, _ = DisplayFormatter().format(grid())
    assert data == {"text/html": stored.html, "text/plain": stored.text}  # nothing needs a kernel
