import io
import itertools

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from lib.book.output import figure_png
from lib.book.style import BACKGROUND, COLOURS, INK, LINE_STYLES, MARKERS, set_plot_style

# Machado, Oliveira & Fernandes (2009), severity 1: how red- and green-blind eyes see linear RGB.
DEUTERANOPIA = [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]
PROTANOPIA = [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]
RGB_TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]


@pytest.fixture(autouse=True)
def _style():
    with matplotlib.rc_context():
        set_plot_style()
        yield


def linear_rgb(colour):
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour):
    return float(linear_rgb(colour) @ RGB_TO_XYZ[1])


def lightness(colour):
    return 116 * luminance(colour) ** (1 / 3) - 16


def contrast(first, second):
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    xyz = np.array(RGB_TO_XYZ) @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_neighbours_in_the_cycle_differ_in_grey():
    steps = [abs(lightness(a) - lightness(b)) for a, b in itertools.pairwise(COLOURS)]
    assert min(steps) >= 12
    pairs = itertools.combinations(COLOURS, 2)
    assert min(abs(lightness(a) - lightness(b)) for a, b in pairs) >= 6


@pytest.mark.parametrize("eyes", [np.eye(3), DEUTERANOPIA, PROTANOPIA])
def test_any_two_colours_differ_to_colour_blind_eyes(eyes):
    seen = [lab(np.array(eyes) @ linear_rgb(colour)) for colour in COLOURS]
    distances = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]
    assert min(distances) >= 20


def test_lines_and_text_stand_out_from_the_background():
    assert min(contrast(colour, BACKGROUND) for colour in COLOURS) >= 3
    for text in (INK, matplotlib.rcParams["xtick.color"], matplotlib.rcParams["text.color"]):
        assert contrast(text, BACKGROUND) >= 4.5


def test_lines_differ_in_more_than_colour():
    axes = Figure().subplots()
    lines = [axes.plot([0, 1], [k, k])[0] for k in range(len(COLOURS))]
    assert [line.get_color() for line in lines] == list(COLOURS)
    patterns = {str(line._unscaled_dash_pattern) for line in lines}
    assert len(patterns) == len(COLOURS) == len(set(map(str, LINE_STYLES))) == len(set(MARKERS))


def draw():
    figure = Figure()
    axes = figure.subplots()
    for k in range(6):
        axes.plot(range(50), np.sin(np.arange(50) * (k + 1) / 25) + k, label=f"line {k}")
    axes.set(title="Six lines", xlabel="time (s)", ylabel="height (m)")
    axes.legend()
    return figure


def test_stored_pictures_are_opaque_small_and_the_same_every_time():
    png = figure_png(draw())
    assert png == figure_png(draw())
    assert len(png) <= 80_000
    assert b"matplotlib" not in png.lower()
    few = figure_png(draw(), num_colours=32)
    assert len(few) < len(png) / 2
    picture = imread(io.BytesIO(png))
    assert picture.shape[:2] == (475, 748)
    assert picture[..., -1].min() == 1
    assert picture[0, 0, :3] == pytest.approx([252 / 255, 252 / 255, 250 / 255])


def test_titles_stand_left_and_nothing_frames_the_plot():
    (axes,) = draw().axes
    assert axes.get_title(loc="left") == "Six lines"
    assert not axes.spines["top"].get_visible()
    assert not axes.spines["right"].get_visible()
    assert not axes.get_legend().get_frame_on()


def test_the_style_does_not_depend_on_what_was_set_before():
    matplotlib.rcParams["axes.spines.top"] = True
    matplotlib.rcParams["lines.marker"] = "x"
    set_plot_style()
    assert not matplotlib.rcParams["axes.spines.top"]
    assert matplotlib.rcParams["lines.marker"] == "None"
