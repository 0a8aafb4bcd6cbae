import math

import pytest
import torch

from lib.book.difference import difference, kind_of

MATRIX = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (MATRIX, MATRIX + 1e-6),
        (torch.tensor([math.nan, math.inf]), torch.tensor([math.nan, math.inf])),
        (torch.ones(0, 3), torch.ones(0, 3)),
        (MATRIX, MATRIX.clone().requires_grad_()),
        (torch.tensor([True]), torch.tensor([True])),
        (2.0, 2),
        (2, 2.0),
        (math.nan, math.nan),
        ((1, [MATRIX, "a"]), (1, [MATRIX, "a"])),
        ((2, 3), torch.Size([2, 3])),
        ({"a": 1.0, "b": None}, {"b": None, "a": 1.0}),
        ("text", "text"),
        (True, True),
    ],
)
def test_no_difference(wanted, got):
    assert difference(wanted, got) is None


@pytest.mark.parametrize(
    ("wanted", "got", "message"),
    [
        (MATRIX, MATRIX.T, "wanted shape (2, 3), got shape (3, 2)"),
        (MATRIX, MATRIX.double(), "wanted dtype torch.float32, got torch.float64"),
        (MATRIX, [1.0], "wanted a tensor, got a list"),
        (MATRIX, None, "wanted a tensor, got None"),
        (
            MATRIX,
            MATRIX + torch.tensor([0.0, 0.0, 0.5]),
            "element [0, 2]: wanted 3, got 3.5 (2 of 6 elements differ)",
        ),
        (torch.tensor(1.5), torch.tensor(2.5), "wanted 1.5, got 2.5"),
        (torch.tensor([1]), torch.tensor([2]),
         "element [0]: wanted 1, got 2 (1 of 1 elements differ)"),
        (MATRIX, torch.full((2, 3), math.nan),
         "element [0, 0]: wanted 1, got nan (6 of 6 elements differ)"),
        (1.0, 1.5, "wanted 1, got 1.5"),
        (1.0, torch.tensor(1.0),
         "wanted the number 1, got a tensor of shape (); .item() makes a number of it"),
        (1.0, "1", "wanted the number 1, got a str"),
        (1, True, "wanted the number 1, got a bool"),
        (True, 1, "wanted a bool, got an int"),
        (True, False, "wanted True, got False"),
        ((1, 2), [1, 2], "wanted a tuple, got a list"),
        ((1, 2), (1,), "wanted length 2, got length 1"),
        ([1, (2, 3)], [1, (2, 4)], "item 1: item 1: wanted 3, got 4"),
        ({"a": 1}, {"b": 1}, "wanted the keys ['a'], got ['b']"),
        ({"a": 1}, {"a": 2}, "key 'a': wanted 1, got 2"),
        ({"a": 1}, 3, "wanted a dict, got an int"),
        ("a", "b", "wanted 'a', got 'b'"),
        (None, 3, "wanted None, got an int"),
    ],
)  # fmt: skip
def test_the_first_difference_is_named(wanted, got, message):
    assert difference(wanted, got) == message


def test_tolerances():
    assert difference(100.0, 100.5, rtol=0.01) is None
    assert difference(torch.tensor([100.0]), torch.tensor([100.5]), rtol=0.01) is None
    assert difference(0.0, 0.01) == "wanted 0, got 0.01"
    assert difference(0.0, 0.01, atol=0.1) is None
    assert difference((0.0,), (0.01,), atol=0.1) is None
    assert difference({"a": MATRIX}, {"a": MATRIX + 0.1}, atol=0.2) is None


def test_kinds():
    assert [kind_of(value) for value in (None, ..., 3, "a", torch.ones(2, 3))] == [
        "None",
        "Ellipsis",
        "an int",
        "a str",
        "a tensor of shape (2, 3)",
    ]
