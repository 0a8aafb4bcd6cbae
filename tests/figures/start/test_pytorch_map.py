"""The map: its stations exist, stand apart from each other, and hold their text."""

from importlib import import_module
from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg

from lib.figures.start.pytorch_map import HEIGHT, STATIONS, draw_stations


def test_the_stations_are_modules():
    for name in STATIONS:
        assert import_module(name).__name__ == name


def test_the_stations_stand_apart():
    for (a, first), (b, second) in combinations(STATIONS.items(), 2):
        if first[1] == second[1]:
            gap = max(first[0], second[0]) - min(first[0] + first[2], second[0] + second[2])
            assert gap > 0.05, f"{a} and {b} overlap"


def test_the_words_stay_inside_their_stations():
    figure = draw_stations()
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    axes, renderer = figure.axes[0], canvas.get_renderer()
    for text, (left, bottom, width, _) in zip(axes.texts, STATIONS.values(), strict=False):
        box = text.get_window_extent(renderer).transformed(axes.transData.inverted())
        assert left <= box.x0 < box.x1 <= left + width, text.get_text()
        assert bottom <= box.y0 < box.y1 <= bottom + HEIGHT, text.get_text()
