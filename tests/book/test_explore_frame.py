"""A frame is a picture or HTML with a text that says the same."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from lib.book.explore_frame import Frame, make_frame


def test_a_figure_becomes_a_picture_with_its_size_and_text():
    html = make_frame(Figure(figsize=(2, 1)), "two & three").html()
    assert html.startswith('<img alt="two &amp; three" width="224" height="112"')
    assert "data:image/png;base64,iVBOR" in html
    assert " hidden " not in html


def test_a_frame_can_wait_hidden():
    assert " hidden " in make_frame(Figure(figsize=(1, 1)), "text").html(visible=False)
    assert Frame("<p>x</p>", "text").html(visible=False).startswith(
        '<div role="group" aria-label="text" hidden>'
    )


@pytest.mark.parametrize(
    ("drawn", "alt", "error", "message"),
    [
        ("<p>x</p>", "  ", ValueError, "alt must return a text that is not empty"),
        ("<p>x</p>", None, ValueError, "alt must return a text"),
        (3, "three", TypeError, "draw must return a matplotlib Figure or a str of HTML, got int"),
        ("<SCRIPT>1</SCRIPT>", "x", ValueError, "HTML without scripts"),
    ],
)
def test_what_is_no_frame_is_refused(drawn, alt, error, message):
    with pytest.raises(error, match=message):
        make_frame(drawn, alt)


def test_a_figure_of_pyplot_is_closed_also_when_the_text_is_missing():
    figure = plt.figure()
    with pytest.raises(ValueError, match="alt must return"):
        make_frame(figure, "")
    assert not plt.fignum_exists(figure.number)
