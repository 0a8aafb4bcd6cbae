"""The drawn storage marks exactly the elements that the tensor reads, in its order."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
import torch

from lib.figures.tensors.shapes import (
    CHOSEN,
    LOWER_ROW,
    READ,
    UNREAD,
    UPPER_ROW,
    describe_storage,
    draw_storage,
)

X = torch.arange(10, 22).reshape(3, 4)
SVG = "{http://www.w3.org/2000/svg}"


def boxes(picture):
    """Return the elements of a drawing as (x, y, colour, value)."""
    children = list(ElementTree.fromstring(picture))[1:]  # the first is the background
    return [
        (float(box.get("x")), float(box.get("y")), box.get("fill"), after.text)
        for box, after in pairwise(children)
        if box.tag == f"{SVG}rect"
    ]


def row(picture, y):
    """Return the values and the colours of the storage at this height."""
    found = sorted(box for box in boxes(picture) if box[1] == y)
    return [box[3] for box in found], [box[2] for box in found]


def test_a_view_shades_what_it_reads_and_marks_the_chosen_element():
    values, colours = row(draw_storage(X[1:, ::2], 2, X), LOWER_ROW)
    assert values == [str(number) for number in range(10, 22)]
    read = {4: READ, 6: READ, 8: CHOSEN, 10: READ}
    assert colours == [read.get(place, UNREAD) for place in range(12)]
    assert row(draw_storage(X[1:, ::2], 2, X), UPPER_ROW) == ([], [])


def test_visits_count_in_reading_order_and_an_expanded_element_has_several():
    order = re.findall(r"#0072b2[^>]*>([^<]*)<", draw_storage(X.T, 4, X))
    assert order == ["0", "3", "6", "9", "1", "4", "7", "10", "2", "5", "8", "11"]
    order = re.findall(r"#0072b2[^>]*>([^<]*)<", draw_storage(X[0].expand(3, 4), 0, X))
    assert order == ["0,4,8", "1,5,9", "2,6,10", "3,7,11"]


def test_a_copy_stands_under_the_storage_that_it_came_from():
    picture = draw_storage(X.T.reshape(2, 6), -1, X)
    values, colours = row(picture, UPPER_ROW)
    assert values == [str(number) for number in range(10, 22)]
    assert set(colours) == {UNREAD}
    values, colours = row(picture, LOWER_ROW)
    assert values == [str(number) for number in X.T.flatten().tolist()]
    assert colours == [READ] * 11 + [CHOSEN]


def test_the_tensor_is_printed_matrix_by_matrix():
    tensor = X.reshape(3, 2, 2).permute(1, 0, 2)
    printed = [box for box in boxes(draw_storage(tensor, 5, X)) if box[1] < UPPER_ROW - 40]
    assert [box[3] for box in printed] == [str(n) for n in tensor.flatten().tolist()]
    assert [box[2] for box in printed].index(CHOSEN) == 5
    assert len({box[0] for box in printed}) == 4  # two matrices with two columns
    assert len({box[1] for box in printed}) == 3


def test_the_arrow_leads_from_the_element_to_its_place():
    path = re.search(r"d='M(\d+) (\d+)L\d+ \d+L(\d+) (\d+)'", draw_storage(X[:, 1], 2, X))
    assert [int(number) for number in path.groups()] == [120, 63, 475, LOWER_ROW - 10]


def test_the_arrow_starts_at_the_element_and_passes_the_rows_below_at_their_edge():
    picture = draw_storage(X.T, 1, X)  # first row, second column of four rows
    path = re.search(r"d='M(\d+) (\d+)L(\d+) (\d+)L(\d+) \d+'", picture)
    left, top, edge, foot, end = (int(number) for number in path.groups())
    (chosen,) = [box for box in boxes(picture) if box[2] == CHOSEN and box[1] < LOWER_ROW]
    printed = [box for box in boxes(picture) if box[1] < UPPER_ROW - 40]
    assert (left, top) == (chosen[0] + 40, chosen[1] + 31)  # its lower right corner
    assert edge == left
    assert foot == max(box[1] for box in printed) + 31
    assert end == 4 * 50 + 25


@pytest.mark.parametrize("tensor", [torch.tensor(3.5), torch.ones(3, 1, 4), X[2:], X[::2, None, 1]])
def test_any_rank_up_to_three_is_drawn_and_nothing_is_changed(tensor):
    before = tensor.clone()
    drawn = boxes(draw_storage(tensor, -1, tensor))
    assert sum(box[1] < UPPER_ROW - 40 for box in drawn) == tensor.numel()
    assert sum(box[2] == CHOSEN for box in drawn) == 2
    assert torch.equal(tensor, before)


def test_words_say_shape_strides_offset_kind_address_and_order():
    assert describe_storage(X[1:, ::2], 2, X) == (
        "shape (2, 2), strides (4, 2), offset 4: a view. "
        "index [1, 0] reads storage 4 + 1·4 + 0·2 = 8. Reading order visits storage 4, 6, 8, 10."
    )
    assert "a copy. index [1] reads storage 0 + 1·1 = 1." in describe_storage(X[0].clone(), 1, X)
    assert describe_storage(X.T, 1, X).split(". ")[1] in draw_storage(X.T, 1, X)


@pytest.mark.parametrize(
    ("tensor", "base", "message"),
    [
        (torch.ones(1, 1, 1, 1), X, "tensor must have at most 3 axes"),
        (torch.ones(5, 2), X, "got shape (5, 2) and 10 stored"),
        (X, torch.ones(13), "base must have at most 3 axes, 4 rows and 12 stored elements"),
        (torch.ones(20)[:2], X, "got shape (2,) and 20 stored"),
    ],
)
def test_what_cannot_be_drawn_is_refused(tensor, base, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        draw_storage(tensor, 0, base)


def test_an_element_that_is_not_there_is_refused():
    for function in (draw_storage, describe_storage):
        with pytest.raises(IndexError):
            function(X, 12, X)
