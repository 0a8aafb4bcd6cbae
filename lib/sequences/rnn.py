"""A recurrent network: one cell, applied to each time step in turn.

Dimension letters: B batch, T time steps, D input_size, H hidden_size, L layers times
directions.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from lib.sequences.recurrent import (
    State,
    add_layers,
    add_weights,
    cell_start,
    run_layers,
)

NONLINEARITIES = {"tanh": torch.tanh, "relu": torch.relu}


def rnn_step(
    projected: Tensor,
    state: State,
    weight_hh: Tensor,
    bias_hh: Tensor | None,
    activation: Callable[[Tensor], Tensor] = torch.tanh,
) -> State:
    r"""Take one step in time, from an input that is projected already.

    $$h_t = \tanh(p_t + W_{hh} h_{t-1} + b_{hh}), \quad p_t = W_{ih} x_t + b_{ih}$$

    Shapes: projected (B, H), state (h,) with h (B, H), weight_hh (H, H), bias_hh (H,)
        -> (h,) with h (B, H)
    """
    (h,) = state
    return (activation(projected + F.linear(h, weight_hh, bias_hh)),)


class RNNCell(nn.Module):
    r"""One step of a recurrent network.

    $$h' = \tanh(W_{ih} x + b_{ih} + W_{hh} h + b_{hh})$$

    Shapes: x (B, D), h (B, H), zeros if None -> (B, H)
    Raises: ValueError for another shape, a size below 1 or another nonlinearity than
        "tanh" and "relu".
    Same as: torch.nn.RNNCell; that takes an input without a batch, too.
    Source: Elman (1990), https://doi.org/10.1016/0364-0213(90)90002-E
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        self.activation = find_activation(nonlinearity)
        add_weights(self, 1, input_size, hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor | None = None) -> Tensor:
        """Return the next hidden state."""
        state = cell_start(self, {"h": h}, x)
        projected = F.linear(x, self.weight_ih, self.bias_ih)  # (B, D) -> (B, H)
        (h,) = rnn_step(projected, state, self.weight_hh, self.bias_hh, self.activation)
        return h


class RNN(nn.Module):
    r"""Recurrent network of one or more layers, in one or both directions.

    $$h_t = \tanh(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})$$

    The layer above reads $h_t$ as its $x_t$, in training with `dropout`. With `lengths`
    nothing beyond a sequence's end is read, and the output there is 0.

    Shapes: x (B, T, D) or packed, h (L, B, H), zeros if None, lengths (B,)
        -> output (B, T, H), or (B, T, 2 H) in two directions, and h (L, B, H)
    Raises: ValueError or TypeError for another shape, a size below 1, a nonlinearity
        but "tanh" and "relu", lengths out of range, or dropout with one layer.
    Same as: torch.nn.RNN with batch_first=True; that takes an input without a batch,
        too, and packed dropout draws another mask.
    Source: Elman (1990), https://doi.org/10.1016/0364-0213(90)90002-E
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        *,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        super().__init__()
        self.activation = find_activation(nonlinearity)
        sizes = input_size, hidden_size, num_layers
        add_layers(self, 1, *sizes, bias, dropout, bidirectional)

    def forward(
        self,
        x: Tensor | PackedSequence,
        h: Tensor | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Return h of the last layer at each time, and of each layer at the end."""
        step = partial(rnn_step, activation=self.activation)
        output, (h,) = run_layers(self, step, x, {"h": h}, lengths)
        return output, h


def find_activation(nonlinearity: str) -> Callable[[Tensor], Tensor]:
    """Return the function with this name.

    Shapes: any -> the same, of the function
    Raises: ValueError for another name than "tanh" and "relu".
    """
    if nonlinearity not in NONLINEARITIES:
        raise ValueError(f'nonlinearity must be "tanh" or "relu", got {nonlinearity!r}')
    return NONLINEARITIES[nonlinearity]
