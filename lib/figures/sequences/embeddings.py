"""A map of words, drawn from their vectors, and learning curves of word vectors."""

from collections.abc import Mapping, Sequence
from functools import cache

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import functional as F

from lib.data.word_vectors import load_glove
from lib.sequences.embeddings import principal_coordinates

INK, COLOURS = "#1B1B1B", ("#0072B2", "#D07A00", "#7A1F5C", "#009070", "#1B1B1B")
MARKERS = ("o", "s", "^", "D", "v")
WORD_GROUPS = {
    "countries": "france germany italy spain russia japan china egypt",
    "capitals": "paris berlin rome madrid moscow tokyo beijing cairo",
    "numbers": "two three four five six seven eight nine",
    "praise and blame": "good great wonderful brilliant bad terrible awful boring",
    "verbs": "walk walked run ran sing sang think thought",
}
BOTH = "countries and capitals"
MAPS = (*WORD_GROUPS, BOTH)
COORDINATES = ("first and second", "second and third", "third and fourth")


def map_words(words: str) -> list[str]:
    """Return the words of one of the MAPS.

    Raises: KeyError if there is none of that name.
    """
    names = BOTH.split(" and ") if words == BOTH else [words]
    return [word for name in names for word in WORD_GROUPS[name].split()]


@cache
def word_places(words: str, coordinates: str) -> tuple[Tensor, float]:
    """Return two principal coordinates of GloVe's words, and their share of the spread.

    Vectors are scaled to length 1 first.

    Shapes: -> (N, 2)
    Raises: KeyError for words, ValueError for coordinates of another name.
    """
    first = COORDINATES.index(coordinates)
    places, shares = principal_coordinates(unit_vectors(map_words(words)), 4)
    return places[:, first : first + 2], float(shares[first : first + 2].sum())


@cache
def _glove_rows() -> dict[str, int]:
    return {word: row for row, word in enumerate(load_glove().words)}


def unit_vectors(words: Sequence[str]) -> Tensor:
    """Return GloVe's vectors of these words, scaled to length 1.

    Shapes: -> (N, 100)
    Raises: KeyError if a word has none.
    """
    rows = [_glove_rows()[word] for word in words]
    return F.normalize(load_glove().vectors[rows], dim=1)


def draw_word_map(words: str, coordinates: str) -> Figure:
    """Draw the words of one of the MAPS; lines join a country and its capital.

    Raises: KeyError for words, ValueError for coordinates of another name.
    """
    names, (places, share) = map_words(words), word_places(words, coordinates)
    figure = Figure(figsize=(5.6, 3.8), layout="constrained")
    axes = figure.subplots()
    if words == BOTH:
        half = len(names) // 2
        for start, end in zip(places[:half], places[half:], strict=True):
            axes.plot(
                *torch.stack([start, end]).T,
                color="#9A9A95",
                linewidth=1,
                linestyle="-",
            )
    axes.scatter(*places.T, color=COLOURS[0], s=26)
    _write(axes, names, places)
    names = coordinates.split(" and ")
    axes.set(xlabel=f"{names[0]} coordinate", ylabel=f"{names[1]} coordinate")
    axes.set_title(f"{share:.0%} of the spread")
    axes.margins(x=0.14, y=0.08)
    return figure


def describe_word_map(words: str, coordinates: str) -> str:
    """Say which words lie at the four sides, and how much of the spread is seen.

    Raises: KeyError for words, ValueError for coordinates of another name.
    """
    names, (places, share) = map_words(words), word_places(words, coordinates)
    left, low = (names[row] for row in places.argmin(dim=0))
    right, high = (names[row] for row in places.argmax(dim=0))
    return (
        f"{words}, {coordinates} coordinates: {left} lies farthest left, "
        f"{right} farthest right, {low} lowest, {high} highest; "
        f"{share:.0%} of the spread is seen."
    )


def draw_correlations(
    curves: Mapping[str, Sequence[float]], ends: Sequence[float], end_name: str
) -> Figure:
    """Draw correlations after each epoch, and others known at the end alone."""
    figure = Figure(figsize=(5.2, 3.2), layout="constrained")
    axes = figure.subplots()
    for (name, values), colour, marker in zip(
        curves.items(), COLOURS, MARKERS, strict=False
    ):
        steps = range(1, len(values) + 1)
        axes.plot(steps, values, color=colour, marker=marker, label=name)
    axes.plot(
        [len(values)] * len(ends), ends, "x", color=INK, markersize=8, label=end_name
    )
    axes.set(
        xlabel="epochs",
        ylabel="Spearman correlation",
        xticks=list(steps),
        ylim=(0, 0.7),
    )
    axes.legend(loc="lower right")
    return figure


def _write(axes: Axes, words: Sequence[str], places: Tensor) -> None:
    """Write each word to the right of its point, or left if another point is there."""
    width, height = (places.amax(dim=0) - places.amin(dim=0)).tolist()
    for word, (x, y) in zip(words, places.tolist(), strict=True):
        near = [0 < a - x < width / 6 and abs(b - y) < height / 16 for a, b in places]
        side = {"xytext": (-4, 3), "ha": "right"} if any(near) else {"xytext": (4, 3)}
        axes.annotate(word, (x, y), textcoords="offset points", **side)
