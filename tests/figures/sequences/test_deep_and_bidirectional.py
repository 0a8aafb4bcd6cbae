"""The drawn states are numbered as torch numbers them, and reach is what gradients say."""

import pytest
import torch
from matplotlib.colors import to_hex
from torch import nn

from lib.core.seed import seed_everything
from lib.figures.sequences.deep_and_bidirectional import (
    LAST,
    draw_directions,
    draw_reach,
    inputs_read,
)

NETWORKS = (nn.RNN, nn.GRU, nn.LSTM)


def network(kind=nn.GRU, num_layers=2):
    """Return a network in two directions with random weights."""
    seed_everything(0)
    return kind(3, 5, num_layers, batch_first=True, bidirectional=True).double()


@pytest.mark.parametrize("seq_len", [2, 4, 7])
def test_last_states_are_shaded_and_numbered_from_the_lowest_row(seq_len):
    axes = draw_directions(seq_len).axes[0]
    boxes = [(box.get_y(), box.get_x()) for box in axes.patches
             if to_hex(box.get_facecolor()) == LAST.lower()]  # fmt: skip
    names = {text.get_text(): text.get_position() for text in axes.texts}
    assert len(boxes) == 4
    assert sorted(boxes) == boxes
    for number, (y, x) in enumerate(boxes):
        place = names[f"h_n[{number}]"]
        assert place == pytest.approx((x + 0.38, y + 0.42), abs=0.01)
        assert int(x) == (seq_len - 1 if number % 2 == 0 else 0)


def test_one_step_is_refused():
    with pytest.raises(ValueError, match="seq_len must be at least 2, got 1"):
        draw_directions(1)


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("step", [0, 3, 6])
def test_in_the_first_layer_a_state_reads_one_side_and_above_it_everything(kind, step):
    net, x = network(kind), torch.randn(7, 3, dtype=torch.float64)
    before = x.clone()
    past = inputs_read(net, 1, "forward", step, x)
    assert (past[: step + 1] > 0).all()
    assert (past[step + 1 :] == 0).all()
    future = inputs_read(net, 1, "backward", step, x)
    assert (future[step:] > 0).all()
    assert (future[:step] == 0).all()
    for direction in ("forward", "backward"):
        assert (inputs_read(net, 2, direction, step, x) > 0).all()
    assert torch.equal(x, before)


def test_the_gradient_is_that_of_the_networks_own_state():
    net, x = network(num_layers=2), torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    output, _ = net(x[None])
    (gradient,) = torch.autograd.grad(output[0, 2, 5:].sum(), x)
    torch.testing.assert_close(
        inputs_read(net, 2, "backward", 2, x.detach()), gradient.norm(dim=1)
    )


@pytest.mark.parametrize(
    ("layer", "direction", "step", "message"),
    [(3, "forward", 0, "layer must be from 1 to 2, got 3"),
     (0, "forward", 0, "layer must be from 1 to 2, got 0"),
     (1, "both", 0, "direction must be one of .*, got 'both'"),
     (1, "forward", 4, "step must be from 0 to 3, got 4")],
)  # fmt: skip
def test_a_state_that_is_not_there_is_refused(layer, direction, step, message):
    with pytest.raises(ValueError, match=message):
        inputs_read(network(), layer, direction, step, torch.zeros(4, 3).double())


def test_a_bar_stands_for_each_input():
    axes = draw_reach(torch.tensor([0.5, 0.25, 0.0]), 1, "forward", 1).axes[0]
    assert [bar.get_height() for bar in axes.patches] == [0.5, 0.25, 0.0]
    assert axes.lines[0].get_xdata() == [2, 2]
    assert axes.get_title(loc="left") == "layer 1, forward, state at step 2"
