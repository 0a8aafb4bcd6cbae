import numpy as np
import pytest
import torch

from lib.book.compare import difference, kind_of, show

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (62_378_344, 62_378_345),
        (torch.tensor([62_378_344]), torch.tensor([62_378_345])),
        (1.0, 1.0001),
        (torch.ones(2), torch.tensor([1.0, 1.0001])),
        (torch.ones(2), torch.ones(2).double()),
        (torch.ones(2), torch.ones(2).to_sparse()),
        (torch.ones(2), torch.ones(2, 1)),
        (torch.ones(2), [1.0, 1.0]),
        (torch.ones(2), torch.ones(2, requires_grad=True)),
        (torch.tensor(1.0, requires_grad=True), 1.0),
        (torch.tensor([NAN]), torch.tensor([1.0])),
        (torch.tensor([1.0]), torch.tensor([NAN])),
        (torch.tensor([1e30, INF]), torch.tensor([1e30, 1e38])),
        (NAN, 0.0),
        (INF, -INF),
        (True, 1),
        (1, True),
        (0, None),
        ([1, 2], [1, 2, 3]),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"b": 1}),
        ({"a": torch.ones(1)}, {"a": torch.zeros(1)}),
        ("cat", "dog"),
        (torch.float32, torch.float64),
        (1 + 2j, 1 - 2j),
        (np.zeros(2), np.ones(2)),
    ],
)
def test_different_results_differ(wanted, got):
    assert difference(wanted, got) is not None


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (1.0, 1.0 + 1e-7),
        (torch.tensor([1e3, 0.0]), torch.tensor([1e3, 1e-4])),
        (torch.zeros(2).double(), torch.tensor([0.0, 4e-18]).double()),
        (torch.tensor([NAN, INF]), torch.tensor([NAN, INF])),
        (torch.ones(2, dtype=torch.bfloat16), torch.tensor([1.0, 1.0078125]).bfloat16()),
        (2, torch.tensor(2)),
        (torch.tensor(2.0), 2.0),
        (2, 2.0),
        (True, torch.tensor(True)),
        ([1, 2], (1, 2)),
        ({"a": torch.zeros(0, 3)}, {"a": torch.zeros(0, 3)}),
        (torch.ones(2), torch.ones(4)[::2]),
    ],
)
def test_equal_results_do_not(wanted, got):
    assert difference(wanted, got) is None


@pytest.mark.parametrize(("wanted", "got"), [
    (2, 2.0), (2, torch.tensor(2)), (2.0, np.float64(2)), ([1], (1,)), (torch.tensor(2), 2),
])
def test_exact_types(wanted, got):
    assert difference(wanted, got) is None
    assert difference(wanted, got, exact=True) is not None
    assert difference(wanted, wanted, exact=True) is None


def test_the_difference_is_shown():
    assert difference([1, [2, 3.5]], [1, [2, 4.5]]) == (
        "item 1: item 1: 3.5", "item 1: item 1: 4.5")
    assert difference(torch.zeros(3, 8), torch.eye(3, 8)) == (
        "element [0, 0] (3 of 24 differ): 0.0", "element [0, 0] (3 of 24 differ): 1.0")
    assert difference(1e6, 1e6 + 50) == ("1e+06", "1.00005e+06")
    assert difference(2, None) == ("an int, 2", "None")
    assert difference(torch.ones(2), torch.ones(2, 1)) == (
        "[1, 1], shape (2,)", "[[1], [1]], shape (2, 1)")


def test_values_are_shown_on_one_short_line():
    assert show(torch.tensor([[1.0, 0.25]])) == "[[1, 0.25]]"
    assert show(torch.tensor([7], dtype=torch.uint8)) == "uint8 [7]"
    assert show(np.array([7])) == "array int64 [7]"
    assert show(torch.zeros(50, 2)) == "float32 tensor of shape (50, 2)"
    assert show({"a": [1.5, None]}) == "{'a': [1.5, None]}"
    assert show(lambda x: x) == "a function"
    assert show((1,)) == "(1,)"
    assert len(show("x" * 10**6)) < 200
    assert len(show(list(range(10**5)))) < 200

    class Rude:
        def __repr__(self):
            raise OSError

    assert "Rude" in show(Rude())
    assert kind_of(np.float64(1)) == "a numpy.float64"
