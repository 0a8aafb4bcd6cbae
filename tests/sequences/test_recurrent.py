"""RNN, GRU and LSTM equal torch's: layers, directions, states, packed, padded, with dropout."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lib.sequences.recurrent import weights_of
from lib.sequences.rnn import RNN
from tests.sequences.same_recurrent import (
    CELLS,
    HIDDEN,
    INPUT,
    LAYERS,
    assert_same,
    draw,
    leaves,
    outcome,
    pair_of,
    states_for,
)

OPTIONS = [
    {"num_layers": layers, "bias": bias, "bidirectional": both}
    for layers, bias, both in itertools.product((1, 3), (True, False), (True, False))
]
DEEP = {"num_layers": 2, "bidirectional": True}
each_layer = pytest.mark.parametrize(("ours", "theirs"), LAYERS)
each_cell = pytest.mark.parametrize(("ours", "theirs"), CELLS)


@each_layer
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 1), (2, 11)])
def test_layers_equal_torch(ours, theirs, options, shape):
    layer, reference = pair_of(ours, theirs, **options)
    x = draw(*shape, INPUT)
    assert_same(layer, reference, x)
    assert_same(layer, reference, x, states_for(layer, len(x)))


@each_cell
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch", [1, 2, 7])
def test_cells_equal_torch(ours, theirs, bias, batch):
    cell, reference = pair_of(ours, theirs, bias=bias)
    assert_same(cell, reference, draw(batch, INPUT))
    assert_same(cell, reference, draw(batch, INPUT), states_for(cell, batch))


@pytest.mark.parametrize("sorted_first", [True, False])
@pytest.mark.parametrize("lengths", [(1,), (7,), (7, 7), (2, 7), (5, 1, 7, 5)])
@each_layer
def test_packed_and_padded_equal_torch(ours, theirs, lengths, sorted_first):
    layer, reference = pair_of(ours, theirs, **DEEP)
    x = draw(len(lengths), max(lengths), INPUT)
    sizes = torch.tensor(sorted(lengths, reverse=True) if sorted_first else lengths)
    packed = pack_padded_sequence(x, sizes, batch_first=True, enforce_sorted=sorted_first)
    for state in (None, states_for(layer, len(lengths))):
        assert_same(layer, reference, packed, state)
        wanted, ends = reference(packed, state)
        wanted, _ = pad_packed_sequence(wanted, batch_first=True)
        got, mine = layer(x, state, sizes)
        torch.testing.assert_close(got, wanted)
        torch.testing.assert_close(leaves(mine), leaves(ends))


@each_layer
def test_padding_changes_nothing(ours, theirs):
    layer, _ = pair_of(ours, theirs, **DEEP)
    lengths = torch.tensor([4, 1, 7])
    x = draw(3, 7, INPUT)
    wanted = outcome(layer, x, None, lengths)
    beyond = torch.arange(7) >= lengths[:, None]
    assert not wanted[0][0][beyond].any()
    assert not wanted[1][0][beyond].any()  # the gradient of x
    for padding in (100.0, float("inf"), float("nan")):
        filled = x.masked_fill(beyond[..., None], padding)
        output, _ = layer(filled, None, lengths)
        gradients = torch.autograd.grad(output.sum(), list(layer.parameters()))
        assert all(gradient.isfinite().all() for gradient in gradients)
        torch.testing.assert_close(output, wanted[0][0], rtol=0, atol=0)
    filled = x.masked_fill(beyond[..., None], 100.0)
    torch.testing.assert_close(outcome(layer, filled, None, lengths), wanted, rtol=0, atol=0)


@each_layer
def test_dropout_draws_the_mask_that_torch_draws(ours, theirs):
    options = {"num_layers": 3, "bidirectional": True, "dropout": 0.4}
    layer, reference = pair_of(ours, theirs, **options)
    x, results = draw(2, 7, INPUT), []
    for each in (layer, reference):
        torch.manual_seed(3)
        results.append(outcome(each, x))
    torch.testing.assert_close(*results)
    assert not torch.allclose(layer(x)[0], layer(x)[0])  # a control: dropout is on
    assert_same(layer.eval(), reference.eval(), x)


@each_layer
@pytest.mark.parametrize("options", [{}, DEEP, {"bias": False}])
def test_the_same_seed_gives_the_weights_of_torch(ours, theirs, options):
    states = []
    for each in (ours, theirs):
        torch.manual_seed(5)
        states.append(each(INPUT, HIDDEN, **options).state_dict())
    mine, wanted = states
    assert list(mine) == list(wanted)
    assert all(torch.equal(mine[name], wanted[name]) for name in wanted)


@each_cell
def test_the_same_seed_gives_the_cell_of_torch(ours, theirs):
    states = []
    for each in (ours, theirs):
        torch.manual_seed(5)
        states.append(each(INPUT, HIDDEN).state_dict())
    assert list(states[0]) == list(states[1])
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[1])


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(LAYERS), st.integers(1, 10), st.integers(1, 2), st.booleans())
def test_two_halves_equal_the_whole(pair, cut, num_layers, bias):
    layer, _ = pair_of(*pair, num_layers=num_layers, bias=bias)
    x = draw(2, 11, INPUT)
    whole, end = layer(x)
    first, state = layer(x[:, :cut])
    second, last = layer(x[:, cut:], state)
    torch.testing.assert_close(torch.cat((first, second), dim=1), whole)
    torch.testing.assert_close(leaves(last), leaves(end))


@each_cell
def test_a_cell_step_by_step_equals_the_layer(ours, theirs):
    layer, _ = pair_of(*dict(zip(CELLS, LAYERS, strict=True))[ours, theirs])
    cell = ours(INPUT, HIDDEN).double()
    cell.load_state_dict({name[:-3]: each for name, each in layer.state_dict().items()})
    x, state, hidden = draw(2, 7, INPUT), None, []
    for t in range(7):
        state = cell(x[:, t], state)
        hidden.append(leaves(state)[0])
    output, _ = layer(x)
    torch.testing.assert_close(torch.stack(hidden, dim=1), output)


@each_layer
def test_examples_do_not_see_each_other_and_order_follows(ours, theirs):
    layer, _ = pair_of(ours, theirs, **DEEP)
    x, order = draw(3, 7, INPUT), torch.tensor([2, 0, 1])
    output, ends = layer(x)
    shuffled, moved = layer(x[order])
    torch.testing.assert_close(shuffled, output[order])
    torch.testing.assert_close(leaves(moved), [each[:, order] for each in leaves(ends)])


@each_layer
def test_extreme_inputs_and_no_example(ours, theirs):
    layer, reference = pair_of(ours, theirs)
    assert_same(layer, reference, draw(2, 7, INPUT, scale=100))
    assert layer(draw(0, 7, INPUT))[0].shape == (0, 7, HIDDEN)


@each_layer
def test_wrong_calls_are_named(ours, theirs):
    layer, _ = pair_of(ours, theirs, num_layers=2)
    x = draw(2, 7, INPUT)
    for wrong, message in (
        (x[0], r"x must have shape \(B, T, 3\), got \(7, 3\): its rank is 2, wanted 3"),
        (draw(2, 7, 4), r"x must have shape \(B, T, 3\), got \(2, 7, 4\): axis 2 is 4, wanted 3"),
        (x[:, :0], "x must have at least 1 time step, got 0"),
    ):
        with pytest.raises(ValueError, match=message):
            layer(wrong)
    for lengths, error, message in (
        (torch.tensor([1, 2, 3]), ValueError, r"lengths must have shape \(2,\), got \(3,\)"),
        (torch.tensor([0, 7]), ValueError, r"from 1 to 7, the time steps of x, got \[0, 7\]"),
        (torch.tensor([1, 8]), ValueError, r"lengths must be from 1 to 7, .* got \[1, 8\]"),
        (torch.tensor([1.0, 7.0]), TypeError, "lengths must be whole numbers, got torch.float32"),
        (torch.tensor([True, True]), TypeError, "lengths must be whole numbers, got torch.bool"),
        ([1, 7], TypeError, "lengths must be a tensor, got list"),
    ):
        with pytest.raises(error, match=message):
            layer(x, None, lengths)
    packed = pack_padded_sequence(x, torch.tensor([7, 2]), batch_first=True)
    with pytest.raises(ValueError, match="lengths must be None for packed x"):
        layer(packed, None, torch.tensor([7, 2]))


@each_layer
def test_a_state_of_another_shape_is_named(ours, theirs):
    layer, _ = pair_of(ours, theirs, num_layers=2, bidirectional=True)
    wrong = draw(2, 2, HIDDEN)  # 2 layers but not 2 directions
    pair = (draw(4, 2, HIDDEN), wrong)
    is_pair = isinstance(states_for(layer, 2), tuple)
    name = "c" if is_pair else "h"
    with pytest.raises(ValueError, match=rf"{name} must have shape \(4, 2, 5\), got \(2, 2, 5\)"):
        layer(draw(2, 7, INPUT), pair if is_pair else wrong)


@each_cell
def test_wrong_calls_of_cells_are_named(ours, theirs):
    cell, _ = pair_of(ours, theirs)
    with pytest.raises(ValueError, match=r"x must have shape \(B, 3\), got \(3,\)"):
        cell(draw(3))
    wrong = draw(1, HIDDEN)
    state = (wrong, wrong) if isinstance(states_for(cell, 2), tuple) else wrong
    with pytest.raises(ValueError, match=r"h must have shape \(2, 5\), got \(1, 5\)"):
        cell(draw(2, INPUT), state)


@pytest.mark.parametrize(("options", "message"), [
    ({"num_layers": 0}, "num_layers must be at least 1, got 0"),
    ({"dropout": 1.5, "num_layers": 2}, "dropout must be between 0 and 1, got 1.5"),
    ({"dropout": float("nan"), "num_layers": 2}, "dropout must be between 0 and 1, got nan"),
    ({"dropout": 0.5}, r"dropout \(0.5\) acts between layers: num_layers must be at least 2"),
])  # fmt: skip
@each_layer
def test_wrong_options_are_named(ours, theirs, options, message):
    with pytest.raises(ValueError, match=message):
        ours(INPUT, HIDDEN, **options)


@pytest.mark.parametrize("ours", [ours for ours, _ in LAYERS + CELLS])
def test_wrong_sizes_are_named(ours):
    with pytest.raises(ValueError, match="input_size must be at least 1, got 0"):
        ours(0, HIDDEN)
    with pytest.raises(ValueError, match="hidden_size must be at least 1, got 0"):
        ours(INPUT, 0)


def test_weights_by_their_suffix():
    layer = RNN(INPUT, HIDDEN, 2, bidirectional=True, bias=False)
    weight_ih, weight_hh, *biases = weights_of(layer, "_l1_reverse")
    assert (weight_ih.shape, weight_hh.shape) == ((5, 10), (5, 5))
    assert biases == [None, None]
    assert isinstance(weight_ih, nn.Parameter)
