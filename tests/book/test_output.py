"""Outputs: who reads them, both their forms, small pictures, and frames that say the same."""

import io
from dataclasses import FrozenInstanceError

import matplotlib.pyplot as plt
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure
from PIL import Image

from lib.book.output import Frame, RichOutput, figure_png, is_static, make_frame


@pytest.mark.parametrize(("value", "wanted"), [("1", True), ("0", False), ("", False)])
def test_only_lib_static_1_stands_for_a_stored_page(monkeypatch, value, wanted):
    monkeypatch.setenv("LIB_STATIC", value)
    assert is_static() is wanted


def test_a_live_reader_is_assumed(monkeypatch):
    monkeypatch.delenv("LIB_STATIC", raising=False)
    assert is_static() is False


def test_a_notebook_gets_both_forms():
    data, _ = DisplayFormatter().format(RichOutput("<b>two</b>", "two"))
    assert data == {"text/html": "<b>two</b>", "text/plain": "two"}


def test_a_rich_output_cannot_be_changed():
    output = RichOutput("<b>two</b>", "two")
    with pytest.raises(FrozenInstanceError):
        output.text = "three"


@pytest.fixture
def figure():
    """Give a small plot."""
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1, 4, 9])
    return figure


def test_the_same_figure_gives_the_same_bytes_without_a_version(figure):
    data = figure_png(figure)
    assert data == figure_png(figure)
    assert b"matplotlib" not in data.lower()
    assert b"tEXt" not in data


def test_dots_an_inch_decide_the_size(figure):
    assert Image.open(io.BytesIO(figure_png(figure, dpi=50))).size == (100, 50)
    assert Image.open(io.BytesIO(figure_png(figure, dpi=100))).size == (200, 100)


def test_fewer_colours_make_it_smaller(figure):
    few = figure_png(figure, num_colours=8)
    assert len(few) < len(figure_png(figure))
    assert len(Image.open(io.BytesIO(few)).convert("RGB").getcolors()) <= 8


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
