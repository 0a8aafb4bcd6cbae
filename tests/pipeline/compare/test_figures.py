"""A figure drawn anew agrees with the stored one; a figure with something wrong does not."""

import base64
import io
from functools import cache

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from sklearn.datasets import load_digits

from lib.book.style import COLOURS, set_plot_style
from pipeline.compare.figures import ALLOWED, figure_difference, split_pictures

DIGITS = load_digits().images
X = np.linspace(0, 10, 60)
RENDERINGS = {
    "another font": {"font.family": ["DejaVu Serif"]},
    "larger letters": {"font.size": 12, "axes.titlesize": 13, "xtick.labelsize": 11,
                       "ytick.labelsize": 11, "legend.fontsize": 11},
    "no hinting": {"text.hinting": "no_hinting"},
    "no antialiasing": {"text.antialiased": False},
    "another resolution": {"figure.dpi": 143},
    "noise in the data": {},
}


def curves(noise, missing=None, colours=COLOURS, width=2.0, labels=True, scale=1.0):
    """Draw four curves with a legend, one of them or all (-1) perhaps missing."""
    figure = Figure()
    axes = figure.subplots()
    for i, colour in enumerate(colours[:4]):
        y = scale * np.exp(-X / (3 + i)) + 0.05 * np.sin(X * (i + 1))
        (line,) = axes.plot(X, noise(y), color=colour, label=f"run {i}", linewidth=width)
        line.set_visible(missing not in (i, -1))
    axes.set(ylim=(0, 1.2))
    if labels:
        axes.set(xlabel="epoch", ylabel="accuracy (share right)")
        axes.legend(loc="upper right")
    return figure


def points(noise, line=True, dots=True):
    """Draw forty points and the line through them."""
    generator = np.random.default_rng(1)
    x = generator.random(40)
    figure = Figure(figsize=(6, 3.2))
    axes = figure.subplots()
    (drawn,) = axes.plot(x, noise(2 * x + 0.3 * generator.standard_normal(40)), "o",
                         color="#777777", markersize=4, label="data")
    drawn.set_visible(dots)
    axes.plot(x, 2 * x, "-", label="fit")[0].set_visible(line)
    axes.set(xlabel="x", ylabel="y")
    axes.legend(loc="upper left")
    return figure


def bars(noise, height=2.0):
    """Draw five bars, one of any height."""
    figure = Figure()
    axes = figure.subplots()
    axes.bar(list("abcde"), noise(np.array([3, 5, height, 4, 1.5])))
    axes.set(ylim=(0, 6), xlabel="kind", ylabel="time (s)")
    return figure


def pictures(noise, columns=4, other=None, empty=None):
    """Draw digits side by side, one of them perhaps another, or none."""
    figure = Figure(figsize=(7.2, 2.6))
    for i, axes in enumerate(figure.subplots(2, columns).flat):
        picture = axes.imshow(noise(DIGITS[i + 37 * (i == other)]), cmap="gray_r")
        picture.set_visible(i != empty)
        axes.set(xticks=[], yticks=[])
        axes.set_title(f"digit {i}", loc="center")
    return figure


def panels(noise, empty=False):
    """Draw two panels side by side, one of them perhaps empty."""
    figure = Figure(figsize=(7.2, 2.9))
    left, right = figure.subplots(1, 2)
    left.plot(X, noise(np.exp(-X)))
    lines = right.plot(X, noise(np.stack([1 - np.exp(-X), 1 - np.exp(-X) / 2], axis=1)))
    lines.append(right.axhline(0.3, linestyle="--", color="k"))
    for line in lines:
        line.set_visible(not empty)
    right.set(ylim=(0, 1.2), xlabel="step", ylabel="loss")
    return figure


WRONG = {
    "blank plot": (curves, {"missing": -1}),
    "first curve missing": (curves, {"missing": 0}),
    "second curve missing": (curves, {"missing": 1}),
    "third curve missing": (curves, {"missing": 2}),
    "fourth curve missing": (curves, {"missing": 3}),
    "colours exchanged": (curves, {"colours": (COLOURS[1], COLOURS[0], *COLOURS[2:])}),
    "other curves": (curves, {"scale": 0.7}),
    "no labels and no legend": (curves, {"labels": False}),
    "line missing": (points, {"line": False}),
    "points missing": (points, {"dots": False}),
    "higher bar": (bars, {"height": 2.6}),
    "bar missing": (bars, {"height": 0.0}),
    "other digit": (pictures, {"other": 3}),
    "empty picture": (pictures, {"empty": 7}),
    "empty panel": (panels, {"empty": True}),
}


@cache
def drawn(draw, rendering=None, **wrong):
    """Draw a figure in the course's style, perhaps rendered otherwise; give it in base64."""
    generator = np.random.default_rng(0)
    strength = 2e-3 if rendering == "noise in the data" else 0.0
    set_plot_style()
    with mpl.rc_context(RENDERINGS.get(rendering, {})):
        figure = draw(lambda y: y + strength * np.ptp(y) * generator.standard_normal(y.shape),
                      **wrong)
        file = io.BytesIO()
        figure.savefig(file, format="png")
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize("draw", [curves, points, bars, pictures, panels])
@pytest.mark.parametrize("rendering", RENDERINGS)
def test_another_rendering_of_a_figure_agrees(draw, rendering):
    stored, new = drawn(draw), drawn(draw, rendering)
    assert stored != new
    assert figure_difference(stored, new) is None
    assert figure_difference(new, stored) is None


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_figure_does_not_agree(what):
    draw, wrong = WRONG[what]
    for one, other in (drawn(draw), drawn(draw, **wrong)), (drawn(draw, **wrong), drawn(draw)):
        found = figure_difference(one, other)
        assert f"apart, allowed is {ALLOWED}; they differ most " in str(found)


def test_small_things_count():
    whole, one_of_twenty = (drawn(pictures, columns=10, other=n) for n in (None, 13))
    assert figure_difference(whole, one_of_twenty) is not None
    thin, three = (drawn(curves, width=1.2, missing=n) for n in (None, 3))
    assert figure_difference(thin, three) is not None


def test_the_limit_can_be_loosened_and_the_place_is_told():
    stored, new = drawn(bars), drawn(bars, height=2.6)
    found = figure_difference(stored, new)
    distance = float(found.split(" apart")[0].split()[-1])
    assert figure_difference(stored, new, distance + 0.001) is None
    assert f"allowed is {distance / 2:g}" in figure_difference(stored, new, distance / 2)
    across, down = (float(part.split()[-1]) for part in found.split(" %")[:2])
    assert 45 < across < 65
    assert 40 < down < 70


def picture(size, colour="white", kind="png"):
    """Give a picture of one colour in base64."""
    file = io.BytesIO()
    Image.new("RGBA" if kind == "png" else "RGB", size, colour).save(file, format=kind)
    return base64.b64encode(file.getvalue()).decode()


def test_other_sizes_are_a_difference():
    assert figure_difference(picture((300, 200)), picture((302, 199))) is None
    assert figure_difference(picture((10, 10)), picture((11, 10))) is None
    found = figure_difference(picture((300, 200)), picture((300, 240)))
    assert found == "the pictures have other sizes, 300 by 200 stored, 300 by 240 in the new run"


def test_a_blank_picture_agrees_with_no_figure_however_loose_the_limit():
    figure = drawn(curves)
    with Image.open(io.BytesIO(base64.b64decode(figure))) as opened:
        blank = picture(opened.size)
    assert figure_difference(figure, blank, 0.99) == "the new picture is blank"
    assert figure_difference(blank, figure, 0.99) == "the stored picture is blank"


def test_transparent_is_white_and_jpeg_a_picture():
    assert figure_difference(picture((64, 40), (0, 0, 0, 0)), picture((64, 40))) is None
    assert figure_difference(picture((64, 40), (0, 0, 0)), picture((64, 40))) is not None
    assert figure_difference(picture((64, 40), kind="jpeg"), picture((64, 40))) is None
    assert figure_difference(picture((64, 40), "#dddddd", "jpeg"), picture((64, 40))) is not None


@pytest.mark.parametrize("broken", ["", "AAAA", "iVBORw0KGgo=", picture((64, 40))[:80]])
def test_what_is_no_picture_is_a_difference(broken):
    good = picture((64, 40))
    assert figure_difference(broken, good).startswith("the stored picture cannot be read: ")
    assert figure_difference(good, broken).startswith("the new picture cannot be read: ")


def test_pictures_are_taken_out_of_html():
    html = '<img alt="a" src="data:image/png;base64,AB+/=="> data:image/webp;base64,CD x'
    text, found = split_pictures(html)
    assert text == ('<img alt="a" src="data:image/png;base64,<picture>"> '
                    "data:image/webp;base64,<picture> x")
    assert found == ["AB+/==", "CD"]
