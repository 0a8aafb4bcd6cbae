"""Gated recurrent unit: two gates decide what of the state to read and to keep.

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


def gru_step(
    projected: Tensor, state: State, weight_hh: Tensor, bias_hh: Tensor | None
) -> State:
    r"""Take one step in time, from an input that is projected already.

    With $p = W_{ih} x_t + b_{ih}$ and $q = W_{hh} h_{t-1} + b_{hh}$, each in three
    parts for the gates r and z and the candidate n:
    $$r = \sigma(p_r + q_r), \quad z = \sigma(p_z + q_z), \quad
    n = \tanh(p_n + r \odot q_n), \quad h_t = (1 - z) \odot n + z \odot h_{t-1}$$

    Shapes: projected (B, 3 H), state (h,) with h (B, H), weight_hh (3 H, H),
        bias_hh (3 H,) -> (h,) with h (B, H)
    """
    (h,) = state
    p_r, p_z, p_n = projected.chunk(3, dim=-1)  # (B, 3 H) -> (B, H) each
    q_r, q_z, q_n = F.linear(h, weight_hh, bias_hh).chunk(3, dim=-1)
    r = (p_r + q_r).sigmoid()
    z = (p_z + q_z).sigmoid()
    n = (p_n + r * q_n).tanh()
    return (n + z * (h - n),)


class GRUCell(nn.Module):
    """One step of a gated recurrent unit; the equations are those of `gru_step`.

    Shapes: x (B, D), h (B, H), zeros if None -> (B, H)
    Raises: ValueError for another shape or a size below 1.
    Same as: torch.nn.GRUCell; that takes an input without a batch, too.
    Source: Cho et al. (2014), arXiv:1406.1078, with the reset gate after the product
        with h, as torch has it.
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        add_weights(self, 3, input_size, hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor | None = None) -> Tensor:
        """Return the next hidden state."""
        state = cell_start(self, {"h": h}, x)
        projected = F.linear(x, self.weight_ih, self.bias_ih)  # (B, D) -> (B, 3 H)
        (h,) = gru_step(projected, state, self.weight_hh, self.bias_hh)
        return h


class GRU(nn.Module):
    """Gated recurrent units of one or more layers, in one or both directions.

    The equations are those of `gru_step`. The layer above reads h_t as its x_t, in
    training with `dropout`. With `lengths` nothing beyond a sequence's end is read, and
    the output there is 0.

    Shapes: x (B, T, D) or packed, h (L, B, H), zeros if None, lengths (B,)
        -> output (B, T, H), or (B, T, 2 H) in two directions, and h (L, B, H)
    Raises: ValueError or TypeError for another shape, a size below 1, lengths out of
        range, or dropout with one layer.
    Same as: torch.nn.GRU with batch_first=True; that takes an input without a batch,
        too, and packed dropout draws another mask.
    Source: Cho et al. (2014), arXiv:1406.1078, with the reset gate after the product
        with h, as torch has it.
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
        add_layers(self, 3, *sizes, bias, dropout, bidirectional)

    def forward(
        self,
        x: Tensor | PackedSequence,
        h: Tensor | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Return h of the last layer at each time, and of each layer at the end."""
        output, (h,) = run_layers(self, gru_step, x, {"h": h}, lengths)
        return output, h
