"""Pictures are small and the same on every run."""

import io

import pytest
from matplotlib.figure import Figure
from PIL import Image

from lib.book.picture import figure_png


@pytest.fixture
def figure():
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
