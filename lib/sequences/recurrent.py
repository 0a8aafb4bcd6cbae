"""What RNN, GRU and LSTM share: weights, and the way through time and layers.

Dimension letters: B batch, T time steps, D input_size, H hidden_size, G gates of a cell
(RNN 1, GRU 3, LSTM 4), L layers times directions.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import (
    PackedSequence,
    pack_padded_sequence,
    pad_packed_sequence,
)

from lib.core.shapes import check_shape

State = tuple[Tensor, ...]  # (h,) or (h, c), each (B, H)
Step = Callable[[Tensor, State, Tensor, Tensor | None], State]
WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def scan(
    step: Step,
    projected: Tensor,
    state: State,
    weight_hh: Tensor,
    bias_hh: Tensor | None,
    *,
    real: Tensor | None = None,
    reverse: bool = False,
) -> tuple[Tensor, State]:
    """Apply one step to each time in turn; collect h, and return the last state.

    Where `real` is False nothing is read: the state stays as it is.

    Shapes: projected (T, B, G H), state of (B, H), weight_hh (G H, H), bias_hh (G H,),
        real (T, B, 1) -> hidden (T, B, H), state of (B, H)
    """
    times = range(len(projected))
    inputs, hidden = projected.unbind(), []
    for t in reversed(times) if reverse else times:
        new = step(inputs[t], state, weight_hh, bias_hh)
        if real is not None:
            pairs = zip(new, state, strict=True)
            new = tuple(torch.where(real[t], after, before) for after, before in pairs)
        state = new
        hidden.append(state[0])
    return torch.stack(hidden[::-1] if reverse else hidden), state


def run_layers(
    layer: nn.Module,
    step: Step,
    x: Tensor | PackedSequence,
    start: Mapping[str, Tensor | None],
    lengths: Tensor | None = None,
) -> tuple[Tensor | PackedSequence, State]:
    """Run sequences through all layers and directions; zeros start where None does.

    The inputs of a layer are projected in one product for all time steps. Nothing is
    read beyond a sequence's length, and the outputs there are 0.

    Shapes: x (B, T, D), each of start (L, B, H), lengths (B,)
        -> (B, T, H), or (B, T, 2 H) in two directions, and a tuple of (L, B, H)
    Raises: TypeError or ValueError if shapes or lengths do not fit.
    """
    if isinstance(x, PackedSequence):
        return run_packed(layer, step, x, start, lengths)
    real = check_inputs(layer, x, lengths)
    suffixes = weight_suffixes(layer)
    rows = len(suffixes) * len(suffixes[0])
    initial = initial_states(start, (rows, len(x), layer.hidden_size), x)
    begins = list(zip(*initial, strict=True))  # L times (h,) or (h, c)
    x = x.transpose(0, 1)  # (B, T, D) -> (T, B, D)
    if real is not None:
        x = x.masked_fill(~real, 0.0)
    ends: list[State] = []
    for names in suffixes:
        if ends:  # from the second layer on
            x = F.dropout(x, layer.dropout, layer.training)
        begin = begins[len(ends) : len(ends) + len(names)]
        x, end = run_directions(layer, step, x, begin, names, real)
        ends += end
    if real is not None:
        x = x.masked_fill(~real, 0.0)
    states = tuple(torch.stack(each) for each in zip(*ends, strict=True))
    return x.transpose(0, 1), states  # (T, B, H) -> (B, T, H)


def run_directions(
    layer: nn.Module,
    step: Step,
    x: Tensor,
    begin: Sequence[State],
    suffixes: Sequence[str],
    real: Tensor | None,
) -> tuple[Tensor, list[State]]:
    """Run one layer in one direction or in both, and put their hidden states together.

    Shapes: x (T, B, D), real (T, B, 1) -> (T, B, H) or (T, B, 2 H)
    """
    outputs, end = [], []
    for suffix, state in zip(suffixes, begin, strict=True):
        weight_ih, weight_hh, bias_ih, bias_hh = weights_of(layer, suffix)
        projected = F.linear(x, weight_ih, bias_ih)  # (T, B, D) -> (T, B, G H)
        back = suffix.endswith("_reverse")
        hidden, state = scan(
            step, projected, state, weight_hh, bias_hh, real=real, reverse=back
        )
        outputs.append(hidden)
        end.append(state)
    return torch.cat(outputs, dim=-1), end


def run_packed(
    layer: nn.Module,
    step: Step,
    packed: PackedSequence,
    start: Mapping[str, Tensor | None],
    lengths: Tensor | None = None,
) -> tuple[PackedSequence, State]:
    """Run packed sequences as padded ones, and pack the output in the same order.

    Shapes: packed.data (ΣT_b, D), each of start (L, B, H)
        -> (ΣT_b, H), or (ΣT_b, 2 H) in two directions, and a tuple of (L, B, H)
    Raises: ValueError if `lengths` is given; else as `run_layers`.
    """
    if lengths is not None:
        raise ValueError("lengths must be None for packed x, which has its own")
    x, lengths = pad_packed_sequence(packed, batch_first=True)
    output, states = run_layers(layer, step, x, start, lengths)
    order = packed.sorted_indices  # longest first; None if x was so already
    if order is not None:
        output, lengths = output[order], lengths[order.cpu()]
    data = pack_padded_sequence(output, lengths, batch_first=True).data
    return PackedSequence(data, *packed[1:]), states


def add_layers(
    layer: nn.Module,
    gates: int,
    input_size: int,
    hidden_size: int,
    num_layers: int,
    bias: bool,
    dropout: float,
    bidirectional: bool,
) -> None:
    """Give a module the sizes and weights of RNN, GRU or LSTM, named as torch's are.

    Shapes: weight_ih_l0 (G H, D), weight_ih_l1 … (G H, H), or (G H, 2 H) in two
        directions, weight_hh_l0 … (G H, H), bias_ih_l0, bias_hh_l0 … (G H,)
    Raises: ValueError for a size below 1, or a dropout that is no share or has no two
        layers to act between.
    """
    if num_layers < 1:
        raise ValueError(f"num_layers must be at least 1, got {num_layers}")
    if not 0 <= dropout <= 1:
        raise ValueError(f"dropout must be between 0 and 1, got {dropout}")
    if dropout and num_layers == 1:
        raise ValueError(
            f"dropout ({dropout}) acts between layers: num_layers must be at least 2, "
            "got 1"
        )
    layer.input_size, layer.hidden_size = input_size, hidden_size
    layer.num_layers, layer.dropout = num_layers, dropout
    layer.bidirectional = bidirectional
    for number, suffixes in enumerate(weight_suffixes(layer)):
        size = input_size if number == 0 else hidden_size * len(suffixes)
        for suffix in suffixes:
            add_weights(layer, gates, size, hidden_size, bias, suffix)


def add_weights(
    module: nn.Module,
    gates: int,
    input_size: int,
    hidden_size: int,
    bias: bool,
    suffix: str = "",
) -> None:
    """Register a cell's weights, uniform between -1/√H and 1/√H as torch draws them.

    Shapes: weight_ih (G H, D), weight_hh (G H, H), bias_ih (G H,), bias_hh (G H,)
    Raises: ValueError for a size below 1.
    """
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
        if size < 1:
            raise ValueError(f"{name} must be at least 1, got {size}")
    rows, bound = gates * hidden_size, hidden_size**-0.5
    shapes = ((rows, input_size), (rows, hidden_size), (rows,), (rows,))
    for name, shape in zip(WEIGHTS, shapes, strict=True):
        weight = None
        if bias or name.startswith("weight"):
            weight = nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
        module.register_parameter(name + suffix, weight)


def weight_suffixes(layer: nn.Module) -> list[list[str]]:
    """Return, for each layer, what the names of its weights end in: one a direction."""
    ends = ("", "_reverse") if layer.bidirectional else ("",)
    return [[f"_l{number}{end}" for end in ends] for number in range(layer.num_layers)]


def weights_of(layer: nn.Module, suffix: str = "") -> list[Tensor | None]:
    """Return weight_ih, weight_hh, bias_ih and bias_hh with this suffix.

    Shapes: (G H, D), (G H, H), (G H,), (G H,)
    """
    return [getattr(layer, name + suffix) for name in WEIGHTS]


def check_inputs(layer: nn.Module, x: Tensor, lengths: Tensor | None) -> Tensor | None:
    """Check a batch of sequences, and return where it is real, or None if all is.

    Shapes: x (B, T, D), lengths (B,) -> (T, B, 1)
    Raises: TypeError or ValueError for another shape or dtype, or lengths out of range.
    """
    batch, seq_len = check_shape("x", x, "B", "T", layer.input_size).values()
    if seq_len == 0:
        raise ValueError("x must have at least 1 time step, got 0")
    if lengths is None:
        return None
    check_shape("lengths", lengths, batch)
    if lengths.is_floating_point() or lengths.dtype == torch.bool:
        raise TypeError(f"lengths must be whole numbers, got {lengths.dtype}")
    if batch and not 1 <= lengths.min() <= lengths.max() <= seq_len:
        raise ValueError(
            f"lengths must be from 1 to {seq_len}, the time steps of x, "
            f"got {lengths.tolist()}"
        )
    steps = torch.arange(seq_len, device=x.device)[:, None]  # (T, 1)
    return (steps < lengths.to(x.device))[..., None]  # (T, B) -> (T, B, 1)


def initial_states(
    start: Mapping[str, Tensor | None], shape: tuple[int, ...], x: Tensor
) -> State:
    """Check the states to start from, zeros like x for those that are None.

    Shapes: each state (B, H), or (L, B, H) for layers
    Raises: TypeError or ValueError for another shape.
    """
    for name, state in start.items():
        if state is not None:
            check_shape(name, state, *shape)
    given = start.values()
    return tuple(x.new_zeros(shape) if state is None else state for state in given)


def cell_start(cell: nn.Module, start: Mapping[str, Tensor | None], x: Tensor) -> State:
    """Check a cell's input, and return the states to start from.

    Shapes: x (B, D), each state (B, H)
    Raises: TypeError or ValueError for another shape.
    """
    check_shape("x", x, "B", cell.input_size)
    return initial_states(start, (len(x), cell.hidden_size), x)
