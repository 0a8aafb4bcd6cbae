"""Exact products: no false alarm in any dtype, and no wrong element overlooked."""

import itertools
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib.start import stress
from lib.start.stress import (
    EXACT,
    burn,
    count_wrong,
    exact_operands,
    exact_sums,
    integer_matrices,
    largest_entry,
    measure_speeds,
    operations,
)

DTYPES = tuple(EXACT)


def ticking(step=1.0):
    """Return a clock that goes on by `step` seconds whenever it is asked."""
    return itertools.count(0.0, step).__next__


@given(size=st.integers(1, 65_536), dtype=st.sampled_from(DTYPES))
def test_no_sum_can_leave_the_exact_integers(size, dtype):
    digits, limit = EXACT[dtype]
    largest = largest_entry(size, dtype)
    assert 1 <= largest <= limit
    assert size * largest**2 <= 2**digits
    assert largest == limit or size * (largest + 1) ** 2 > 2**digits


@pytest.mark.parametrize("dtype", DTYPES)
def test_entries_survive_the_short_formats(dtype):
    largest = largest_entry(1, dtype)
    entries = torch.arange(-largest, largest + 1, max(1, largest // 1000), dtype=torch.float64)
    assert torch.equal(entries.to(dtype).double(), entries)
    if dtype.itemsize == 2 or dtype == torch.float32:  # multiplied in TF32 or in bfloat16 parts
        assert torch.equal(entries.to(torch.bfloat16).double(), entries)


@pytest.mark.parametrize(("size", "message"), [(0, "size must be at least 1, got 0"), (-3, "-3")])
def test_size_must_be_positive(size, message):
    with pytest.raises(ValueError, match=message):
        largest_entry(size, torch.float32)


def test_unknown_dtype_is_refused():
    with pytest.raises(ValueError, match=re.escape("torch.int64, got torch.int8")):
        largest_entry(5, torch.int8)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [1, 2, 67, 131])
def test_torch_products_equal_the_reference(dtype, size):
    left, right, reference = exact_operands(size, dtype, "cpu", seed=size)
    assert {matrix.dtype for matrix in (left, right, reference)} == {dtype}
    assert count_wrong(left @ right, reference).item() == 0
    halves = left[:, : size // 2] @ right[: size // 2], left[:, size // 2 :] @ right[size // 2 :]
    if dtype.itemsize > 2:  # another order of adding changes nothing
        assert torch.equal(halves[0] + halves[1], reference)


def test_reference_equals_integer_arithmetic():
    left, right = integer_matrices(53, torch.float32, seed=3)
    exact = left.long() @ right.long()
    assert torch.equal(exact_operands(53, torch.float32, "cpu", seed=3)[2].long(), exact)
    assert torch.equal(exact_operands(53, torch.float64, "cpu")[2].long(),
                       torch.mm(*(m.long() for m in integer_matrices(53, torch.float64))))


def test_matrices_are_random_and_repeat_with_the_seed():
    first, second = integer_matrices(61, torch.float32)
    again, other = integer_matrices(61, torch.float32)[0], integer_matrices(61, torch.float32, 1)[0]
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, second)
    assert first.abs().max() == 256
    assert first.min() < 0 < first.max()


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_smallest_error_is_counted(dtype):
    left, right, reference = exact_operands(29, dtype, "cpu")
    result = left @ right
    if dtype.is_floating_point:
        result[3, 5] = torch.nextafter(result[3, 5], torch.tensor(torch.inf, dtype=dtype))
    else:
        result[3, 5] += 1
    assert count_wrong(result, reference).item() == 1


def test_nan_and_infinity_are_wrong():
    reference = torch.tensor([1.0, 2.0, 3.0, 4.0])
    result = torch.tensor([1.0, torch.nan, -torch.inf, 4.0])
    assert count_wrong(result, reference).item() == 2


def test_shapes_must_be_equal():
    with pytest.raises(ValueError, match=re.escape("same shape, got (3,) and (3, 3)")):
        count_wrong(torch.zeros(3), torch.zeros(3, 3))


def test_burn_counts_time_products_and_speed():
    operands = exact_operands(7, torch.float32, "cpu")
    before = [matrix.clone() for matrix in operands]
    burned = burn(operands, seconds=3, clock=ticking())
    assert burned == (4, 4 * 49, 0, 3.0, 3 * 2 * 7**3 / 3 / 1e12)
    assert all(map(torch.equal, operands, before))


def test_burn_multiplies_more_at_once_where_it_is_quick():
    calls = []

    def product(left, right):
        calls.append(1)
        return left @ right

    burned = burn(exact_operands(2, torch.float64, "cpu"), seconds=0.25, product=product,
                  clock=ticking(1 / 16))
    assert len(calls) == burned.products == 1 + 1 + 2 + 4 + 8


def test_burn_finds_a_planted_error():
    calls = itertools.count()

    def faulty(left, right):
        result = left @ right
        if next(calls) % 3 == 2:
            result[1, 4] += 1
            result[6, 0] = torch.nan
        return result

    burned = burn(exact_operands(11, torch.float32, "cpu"), seconds=8, product=faulty,
                  clock=ticking())
    assert (burned.products, burned.wrong) == (9, 3 * 2)


def test_burn_finds_an_error_of_the_first_product_too():
    calls = itertools.count()
    burned = burn(exact_operands(5, torch.int64, "cpu"), seconds=2, clock=ticking(),
                  product=lambda a, b: a @ b + (next(calls) == 0))
    assert burned.wrong == 25


def test_burn_ends_when_it_is_told_to():
    seen = []

    def note(seconds):
        seen.append(seconds)
        return len(seen) == 3

    burned = burn(exact_operands(3, torch.float32, "cpu"), seconds=1000, clock=ticking(),
                  on_progress=note)
    assert seen == [1.0, 2.0, 3.0]
    assert burned.seconds == 3.0


@given(size=st.integers(1, 9))
def test_operations_are_counted_one_by_one(size):
    count = 0
    for _ in range(size * size):  # each element: size multiplications, size additions to a sum
        for _ in range(size):
            count += 2
    assert operations(size) == count


def test_speeds_of_one_size_after_the_other(monkeypatch):
    asked, time_on = [], stress.time_on

    def fake(device, fn, repeats):
        asked.append((tuple(fn().shape), device, repeats))
        return time_on("cpu", fn, repeats=1)._replace(low=len(asked) / 100)

    monkeypatch.setattr(stress, "time_on", fake)
    rows = measure_speeds(torch.float32, "cpu", sizes=(2, 3, 5, 7), repeats=4, longest=0.025)
    assert asked == [((n, n), "cpu", 4) for n in (2, 3, 5)]
    assert rows == [(n, 2 * n**3 / (place / 100) / 1e12) for place, n in ((1, 2), (2, 3), (3, 5))]


def test_switches_are_put_back_even_after_an_error():
    switches = torch.backends.cuda.matmul
    names = [name for name in stress.LOWER_PRECISION if hasattr(switches, name)]
    assert "allow_bf16_reduced_precision_reduction" in names
    before = [getattr(switches, name) for name in names]
    during = []

    def fail():
        with exact_sums():
            during.extend(getattr(switches, name) for name in names)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert during == [False] * len(names)
    assert [getattr(switches, name) for name in names] == before
    assert any(before)
