"""The drawing of a recorded graph, and its text."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from lib.figures.tensors.graph import describe_graph, draw_graph
from lib.tensors.graph import backward_graph


def small_graph():
    """The graph of the mean of (w² + b)², with names."""
    w = torch.ones(3, requires_grad=True)
    b = torch.ones((), requires_grad=True)
    inner = w * w + b
    loss = (inner * inner).mean()
    return backward_graph(loss, {"w": w, "b": b, "inner": inner, "loss": loss})


def artists(figure, kind):
    """The artists of a kind in the drawing."""
    return [artist for artist in figure.axes[0].get_children() if isinstance(artist, kind)]


def rendered(figure):
    """The picture's pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def test_text_has_a_line_for_each_node():
    assert describe_graph(small_graph()) == (
        "0 MeanBackward0 (loss), shape () → 1\n"
        "1 MulBackward0, shape (3,) → 2, 2\n"
        "2 AddBackward0 (inner), shape (3,) → 3, 5\n"
        "3 MulBackward0, shape (3,) → 4, 4\n"
        "4 leaf (w), shape (3,)\n"
        "5 leaf (b), shape ()"
    )


def test_text_without_names_and_with_several_shapes():
    first, _ = (torch.ones(7, requires_grad=True) * 1.0).split([2, 5])
    assert describe_graph(backward_graph(first)) == (
        "0 SplitWithSizesBackward0 → 1\n1 MulBackward0, shape (7,) → 2\n2 leaf, shape (7,)"
    )


def test_a_box_for_each_node_and_an_arrow_for_each_way():
    figure = draw_graph(small_graph())
    boxes, arrows = artists(figure, FancyBboxPatch), artists(figure, FancyArrowPatch)
    assert (len(boxes), len(arrows)) == (6, 5)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words.count("×2") == 2
    assert {"loss: MeanBackward0", "inner: AddBackward0", "w", "b", "(3,)", "()"} <= set(words)


def test_kinds_differ_in_colour_line_and_form():
    boxes = artists(draw_graph(small_graph()), FancyBboxPatch)
    looks = [
        (box.get_facecolor(), box.get_linewidth(), type(box.get_boxstyle()).__name__)
        for box in boxes
    ]
    root, operation, leaf = looks[0], looks[1], looks[4]
    assert looks == [root, operation, operation, operation, leaf, leaf]
    assert len({look[0] for look in (root, operation, leaf)}) == 3
    assert len({look[1] for look in (root, operation, leaf)}) == 3
    assert (operation[2], leaf[2]) == ("Square", "Round")


@pytest.mark.parametrize("legend", [True, False])
def test_letters_stay_inside_their_boxes_and_boxes_inside_the_picture(legend):
    figure = draw_graph(small_graph(), legend=legend)
    rendered(figure)
    renderer = figure.canvas.get_renderer()
    page = figure.bbox
    boxes = [box.get_window_extent(renderer) for box in artists(figure, FancyBboxPatch)]
    words = [text for text in figure.axes[0].texts if not text.get_text().startswith("×")]
    assert len(words) == 12
    for text in words:
        extent = text.get_window_extent(renderer)
        assert any(
            box.x0 + 4 < extent.x0 and extent.x1 < box.x1 - 4
            and box.y0 < extent.y0 and extent.y1 < box.y1
            for box in boxes
        )  # fmt: skip
    for box in boxes:
        assert page.x0 < box.x0 < box.x1 < page.x1
        assert page.y0 < box.y0 < box.y1 < page.y1


def test_arrows_lead_downwards_from_box_to_box():
    figure = draw_graph(small_graph())
    levels = [box.get_y() + box.get_height() / 2 for box in artists(figure, FancyBboxPatch)]
    for arrow in artists(figure, FancyArrowPatch):
        points = arrow._path_original.vertices
        start, end = points[0][1], points[-1][1]
        assert start > end
        assert any(abs(start - (level - 0.23)) < 1e-9 for level in levels)
        assert any(abs(end - (level + 0.23)) < 1e-9 for level in levels)


def test_the_legend_names_the_kinds_that_are_there():
    def entries(figure):
        return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]

    assert entries(draw_graph(small_graph())) == [
        "result: backward starts here", "operation", "leaf: gets .grad",
    ]  # fmt: skip
    two = backward_graph(torch.ones(2, requires_grad=True).exp())
    assert entries(draw_graph(two)) == ["result: backward starts here", "leaf: gets .grad"]
    bare = draw_graph(two, legend=False)
    assert bare.axes[0].get_legend() is None
    assert bare.get_figwidth() < draw_graph(two).get_figwidth()


def test_the_picture_is_the_same_each_time_and_leaves_pyplot_alone():
    first, second = rendered(draw_graph(small_graph())), rendered(draw_graph(small_graph()))
    assert np.array_equal(first, second)
    assert first.std() > 10
    assert plt.get_fignums() == []


def test_a_graph_too_large_to_read_is_refused():
    x = torch.ones(1, requires_grad=True)
    for _ in range(59):
        x = x + 1
    assert draw_graph(backward_graph(x)).get_figheight() > 40
    with pytest.raises(ValueError, match=r"at most 60 nodes to be drawn, got 61: use describe"):
        draw_graph(backward_graph(x + 1))
