"""Long short-term memory: a cell state that gates add to and take from.

Dimension letters: B batch, T time steps, D input_size, H hidden_size, L layers times
directions.
"""

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


def lstm_step(
    projected: Tensor, state: State, weight_hh: Tensor, bias_hh: Tensor | None
) -> State:
    r"""Take one step in time, from an input that is projected already.

    With $s = W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh}$ in four parts, for the
    gates i, f and o and the candidate g:
    $$i = \sigma(s_i), \quad f = \sigma(s_f), \quad g = \tanh(s_g), \quad
    o = \sigma(s_o), \quad c_t = f \odot c_{t-1} + i \odot g, \quad
    h_t = o \odot \tanh(c_t)$$

    Shapes: projected (B, 4 H), state (h, c) of (B, H) each, weight_hh (4 H, H),
        bias_hh (4 H,) -> (h, c) of (B, H) each
    """
    h, c = state
    scores = projected + F.linear(h, weight_hh, bias_hh)
    i, f, g, o = scores.chunk(4, dim=-1)  # (B, 4 H) -> (B, H) each
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


class LSTMCell(nn.Module):
    """One step of a long short-term memory; the equations are those of `lstm_step`.

    Shapes: x (B, D), state (h, c) of (B, H) each, zeros if None -> (h, c) likewise
    Raises: ValueError or TypeError for another shape or a size below 1.
    Same as: torch.nn.LSTMCell; that takes an input without a batch, too.
    Source: Hochreiter, Schmidhuber (1997), https://doi.org/10.1162/neco.1997.9.8.1735;
        the forget gate: Gers, Schmidhuber, Cummins (2000),
        https://doi.org/10.1162/089976600300015015
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        add_weights(self, 4, input_size, hidden_size, bias)

    def forward(
        self, x: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the next hidden state and cell state."""
        start = cell_start(self, named_states(state), x)
        projected = F.linear(x, self.weight_ih, self.bias_ih)  # (B, D) -> (B, 4 H)
        return lstm_step(projected, start, self.weight_hh, self.bias_hh)


class LSTM(nn.Module):
    """Long short-term memories of one or more layers, in one or both directions.

    The equations are those of `lstm_step`. The layer above reads h_t as its x_t, in
    training with `dropout`. With `lengths` nothing beyond a sequence's end is read, and
    the output there is 0.

    Shapes: x (B, T, D) or packed, state (h, c) of (L, B, H) each, zeros if None,
        lengths (B,) -> output (B, T, H), or (B, T, 2 H) in two directions, and (h, c)
    Raises: ValueError or TypeError for another shape, a size below 1, lengths out of
        range, or dropout with one layer.
    Same as: torch.nn.LSTM with batch_first=True and no projection; that takes an input
        without a batch, too, and packed dropout draws another mask.
    Source: Hochreiter, Schmidhuber (1997), https://doi.org/10.1162/neco.1997.9.8.1735;
        the forget gate: Gers, Schmidhuber, Cummins (2000),
        https://doi.org/10.1162/089976600300015015
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        *,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        super().__init__()
        sizes = input_size, hidden_size, num_layers
        add_layers(self, 4, *sizes, bias, dropout, bidirectional)

    def forward(
        self,
        x: Tensor | PackedSequence,
        state: tuple[Tensor, Tensor] | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor | PackedSequence, tuple[Tensor, Tensor]]:
        """Return h of the last layer at each time, and (h, c) of each at the end."""
        return run_layers(self, lstm_step, x, named_states(state), lengths)


def named_states(state: tuple[Tensor, Tensor] | None) -> dict[str, Tensor | None]:
    """Return the hidden state and the cell state by their names, None for zeros.

    Shapes: both (B, H) or both (L, B, H)
    Raises: TypeError if `state` is not a pair.
    """
    if state is None:
        return {"h": None, "c": None}
    if not isinstance(state, tuple | list) or len(state) != 2:
        raise TypeError(
            f"state must be a pair of tensors (h, c), got {type(state).__name__}"
        )
    return dict(zip("hc", state, strict=True))
