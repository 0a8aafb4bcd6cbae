"""Padded tensors equal torch's, masks say what is real, and neither axis can be swapped unseen."""

import re
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

from lib.data.padding import (
    Padded,
    collate_fields,
    collate_padded,
    masked_mean,
    pad_pairs,
    pad_sequences,
)

LENGTHS = st.lists(st.integers(0, 7), min_size=1, max_size=5)


def drawn(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def sequences_of(lengths, *rest):
    return [drawn(length, *rest, seed=seed).requires_grad_() for seed, length in enumerate(lengths)]


@settings(deadline=None, max_examples=40)
@given(lengths=LENGTHS, rest=st.sampled_from([(), (3,), (2, 5)]), value=st.sampled_from([0, -100]))
def test_sequences_are_padded_as_torch_does(lengths, rest, value):
    ours, theirs = sequences_of(lengths, *rest), sequences_of(lengths, *rest)
    values, mask = pad_sequences(ours, value)
    reference = pad_sequence(theirs, batch_first=True, padding_value=value)
    assert torch.equal(values, reference)
    assert mask.sum(dim=1).tolist() == lengths
    weights = drawn(*values.shape, seed=99)
    (values * weights).sum().backward()
    (reference * weights).sum().backward()
    assert all(torch.equal(a.grad, b.grad) for a, b in zip(ours, theirs, strict=True))


@settings(deadline=None, max_examples=40)
@given(LENGTHS)
def test_sequences_come_back_whole_through_the_mask(lengths):
    sequences = sequences_of(lengths, 3)
    values, mask = pad_sequences(sequences, float("nan"))
    assert all(
        torch.equal(row[real], sequence)
        for row, real, sequence in zip(values, mask, sequences, strict=True)
    )
    assert values[~mask].isnan().all()
    assert values.isnan().any(dim=-1).logical_not().equal(mask)


SIZES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7)), min_size=1, max_size=4)


@settings(deadline=None, max_examples=40)
@given(sizes=SIZES, rest=st.sampled_from([(), (3,)]))
def test_matrices_keep_rows_as_rows_and_columns_as_columns(sizes, rest):
    matrices = [drawn(*size, *rest, seed=seed) for seed, size in enumerate(sizes)]
    values, mask = pad_pairs(matrices, float("nan"))
    most = tuple(max(axis) for axis in zip(*sizes, strict=True))
    assert values.shape == (len(sizes), *most, *rest)
    assert mask.shape == (len(sizes), *most)
    for padded, real, matrix, (rows, columns) in zip(values, mask, matrices, sizes, strict=True):
        assert torch.equal(padded[:rows, :columns], matrix)
        assert padded[rows:].isnan().all()
        assert padded[:, columns:].isnan().all()
        assert real[:rows, :columns].all()
        assert real.sum() == rows * columns


def test_a_swapped_axis_would_show():
    tall, wide = torch.ones(3, 1), torch.full((2, 5), 2.0)
    values, mask = pad_pairs([tall, wide], -1)
    assert values.tolist() == [
        [[1, -1, -1, -1, -1], [1, -1, -1, -1, -1], [1, -1, -1, -1, -1]],
        [[2, 2, 2, 2, 2], [2, 2, 2, 2, 2], [-1, -1, -1, -1, -1]],
    ]
    assert mask.equal(values > 0)


def test_gradients_of_matrices_are_the_gradients_of_their_places():
    matrices = [drawn(*size, 2).requires_grad_() for size in ((3, 1), (2, 5))]
    values, mask = pad_pairs(matrices)
    weights = drawn(*values.shape, seed=5)
    (values * weights).sum().backward()
    assert torch.equal(matrices[0].grad, weights[0, :3, :1])
    assert torch.equal(matrices[1].grad, weights[1, :2, :5])
    assert not mask.requires_grad


@pytest.mark.parametrize("pad", [pad_sequences, pad_pairs])
def test_inputs_stay_as_they_were_and_are_not_shared(pad):
    tensors = [torch.ones(2, 3), torch.ones(2, 3)]
    values, _ = pad(tensors)
    values.zero_()
    assert all(tensor.eq(1).all() for tensor in tensors)
    assert pad(tensors[:1]).values.shape == (1, 2, 3)


@settings(deadline=None, max_examples=40)
@given(lengths=LENGTHS, scale=st.sampled_from([1.0, 100.0, -1e100]))
def test_masked_mean_is_the_mean_of_each_sequence_by_itself(lengths, scale):
    sequences = [(scale * s).detach().requires_grad_() for s in sequences_of(lengths, 3)]
    mean = masked_mean(*pad_sequences(sequences, float("nan")))
    alone = torch.stack([s.sum(dim=0) / max(len(s), 1) for s in sequences])
    torch.testing.assert_close(mean, alone)
    mean.sum().backward()
    for sequence in sequences:
        expected = torch.full_like(sequence, 1 / max(len(sequence), 1))
        torch.testing.assert_close(sequence.grad, expected)


def test_masked_mean_over_matrices_and_whole_numbers():
    matrices = [drawn(3, 1, 2), drawn(2, 5, 2), drawn(0, 4, 2)]
    mean = masked_mean(*pad_pairs(matrices, float("inf")))
    alone = torch.stack([matrices[0].mean((0, 1)), matrices[1].mean((0, 1)), torch.zeros(2)])
    torch.testing.assert_close(mean, alone)
    whole = torch.tensor([[3, 4, 50], [6, 70, 80]])
    assert masked_mean(whole, whole < 10).tolist() == [3.5, 6.0]


def test_collate_functions_serve_a_loader_in_batches():
    examples = [(drawn(length, 2), label) for label, length in enumerate((5, 2, 3))]
    first, second = DataLoader(examples, batch_size=2, collate_fn=collate_padded)
    (values, mask), labels = first
    assert values.shape == (2, 5, 2)
    assert mask.sum(dim=1).tolist() == [5, 2]
    assert labels.tolist() == [0, 1]
    assert second[0].values.shape == (1, 3, 2)
    assert torch.equal(second[0].to("cpu").values[0], examples[2][0])
    assert isinstance(second[0].to("cpu"), Padded)


def test_fields_are_padded_each_by_its_function_and_reach_pinning_by_name():
    examples = [
        ({"msa": drawn(s, r, 3), "pair": drawn(r, r), "line": drawn(r)}, torch.tensor([1.0, s]))
        for s, r in ((4, 2), (3, 7))
    ]
    pads = {"msa": pad_pairs, "pair": pad_pairs, "line": partial(pad_sequences, value=9)}
    fields, targets = next(iter(DataLoader(examples, 2, collate_fn=partial(
        collate_fields, pads=pads))))
    assert {name: tuple(field.values.shape) for name, field in fields.items()} == {
        "msa": (2, 4, 7, 3), "pair": (2, 7, 7), "line": (2, 7)}
    assert fields["line"].values[0, 2:].eq(9).all()
    assert fields["msa"].mask[0].sum() == 8
    assert targets.tolist() == [[1, 4], [1, 3]]
    with pytest.raises(ValueError, match=re.escape(
            "examples[1] must have the fields ['msa'], got ['pair']")):
        collate_fields([({"msa": 0}, 0), ({"pair": 0}, 0)], {"msa": pad_sequences})


@pytest.mark.parametrize(("sequences", "error", "message"), [
    ([], ValueError, "sequences must hold at least one tensor, got none"),
    (torch.ones(2, 3), TypeError, "sequences must be a list or tuple of tensors, got Tensor"),
    ([[1.0]], TypeError, "sequences[0] must be a tensor, got list"),
    ([torch.ones(2), torch.tensor(1.0)], ValueError,
     "sequences[1] must have 1 axes or more, got ()"),
    ([torch.ones(2, 3), torch.ones(2, 4)], ValueError,
     "sequences must have equal axes from axis 1 on, got (2, 3) in [0] and (2, 4) in [1]"),
    ([torch.ones(2), torch.ones(3, dtype=torch.int64)], TypeError,
     "sequences must have one dtype, got torch.float32 in [0] and torch.int64 in [1]"),
])
def test_what_cannot_be_padded_is_named(sequences, error, message):
    with pytest.raises(error, match=re.escape(message)):
        pad_sequences(sequences)


def test_matrices_that_cannot_be_padded_are_named():
    with pytest.raises(ValueError, match=re.escape("matrices[0] must have 2 axes or more, got (4")):
        pad_pairs([torch.ones(4)])
    with pytest.raises(ValueError, match=re.escape("equal axes from axis 2 on, got (1, 1, 3) in")):
        pad_pairs([torch.ones(1, 1, 3), torch.ones(1, 1, 2)])


@pytest.mark.parametrize(("dtype", "value"), [
    (torch.int64, 0.5), (torch.int64, float("nan")), (torch.uint8, 256), (torch.uint8, -1),
    (torch.bool, 2)])
def test_a_value_that_the_dtype_cannot_hold_is_refused(dtype, value):
    message = f"value must be a whole number that {dtype} can hold, got {value}"
    with pytest.raises(ValueError, match=re.escape(message)):
        pad_sequences([torch.ones(2, dtype=dtype)], value)


def test_masked_mean_refuses_masks_of_another_kind_or_shape():
    with pytest.raises(TypeError, match=re.escape("mask must be boolean, got torch.int64")):
        masked_mean(torch.ones(2, 3), torch.ones(2, 3, dtype=torch.int64))
    for shape in ((3, 2), (2,)):
        with pytest.raises(ValueError, match=re.escape(f"got (2, 3, 5) and {shape}")):
            masked_mean(torch.ones(2, 3, 5), torch.ones(shape, dtype=torch.bool))
