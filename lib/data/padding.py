"""Sequences and matrices of unequal size in one tensor, and a mask of what is real."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import default_collate

Examples = Sequence[tuple[Tensor, object]]


class Padded(NamedTuple):
    """Padded values and their mask, True where a value is real; has `.to(device)`.

    Shapes: values (B, T, …), mask (B, T); of matrices (B, T, S, …) and (B, T, S).
    """

    values: Tensor
    mask: Tensor

    def to(self, device: torch.device | str) -> "Padded":
        """Return the same on another device."""
        return Padded(self.values.to(device), self.mask.to(device))


def pad_sequences(sequences: Sequence[Tensor], value: float = 0.0) -> Padded:
    """Put sequences below each other, filled up with `value` to the longest one.

    values[b, t] = sequences[b][t] if t < len(sequences[b]), else `value`

    Shapes: sequences of (T_b, …), the axes after the first alike -> values (B, T, …),
        mask (B, T) with T = max T_b.
    Raises: TypeError or ValueError if there are no sequences, one is no tensor, or
        their dtypes or other axes differ; ValueError if a dtype of whole numbers cannot
        hold `value`.
    Same as: torch.nn.utils.rnn.pad_sequence(sequences, batch_first=True), which returns
    no mask.
    """
    _check("sequences", sequences, 1, value)
    first = sequences[0]
    lengths = torch.tensor([len(each) for each in sequences], device=first.device)
    steps = torch.arange(int(lengths.max()), device=first.device)
    mask = steps < lengths[:, None]  # (T,) < (B, 1) -> (B, T)
    values = first.new_full((*mask.shape, *first.shape[1:]), value)
    values[mask] = torch.cat(list(sequences))  # B of (T_b, …) -> (ΣT_b, …)
    return Padded(values, mask)


def pad_pairs(matrices: Sequence[Tensor], value: float = 0.0) -> Padded:
    """Put matrices behind each other, filled up with `value` to most rows and columns.

    values[b, t, s] = matrices[b][t, s] where t < T_b and s < S_b, else `value`

    Shapes: matrices of (T_b, S_b, …), the axes after the second alike -> values (B, T,
        S, …), mask (B, T, S) with T = max T_b and S = max S_b.
    Raises: TypeError or ValueError as `pad_sequences`.
    """
    _check("matrices", matrices, 2, value)
    first = matrices[0]
    sizes = torch.tensor([each.shape[:2] for each in matrices], device=first.device)
    rows, columns = sizes.T  # (B, 2) -> (B,), (B,)
    row = torch.arange(int(rows.max()), device=first.device)[:, None]  # (T, 1)
    column = torch.arange(int(columns.max()), device=first.device)  # (S,)
    rows, columns = rows[:, None, None], columns[:, None, None]  # (B,) -> (B, 1, 1)
    mask = (row < rows) & (column < columns)  # (B, T, 1) & (B, 1, S) -> (B, T, S)
    values = first.new_full((*mask.shape, *first.shape[2:]), value)
    flat = [each.flatten(0, 1) for each in matrices]  # (T_b, S_b, …) -> (T_b S_b, …)
    values[mask] = torch.cat(flat)
    return Padded(values, mask)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Average real values over all axes of the mask but the first; 0 if there are none.

    mean_b = Σ_t mask[b, t] values[b, t] / Σ_t mask[b, t]

    Shapes: values (B, T, …), mask (B, T) of bool -> (B, …); with two axes (B, T, S, …)
    -> (B, …).
    Raises: TypeError if `mask` is not boolean; ValueError if `values` does not begin
    with its axes.
    """
    if mask.dtype != torch.bool:
        raise TypeError(f"mask must be boolean, got {mask.dtype}")
    if mask.dim() < 2 or values.shape[: mask.dim()] != mask.shape:
        raise ValueError(
            "values must begin with the axes of mask, a batch axis and one or two "
            f"more, got {tuple(values.shape)} and {tuple(mask.shape)}"
        )
    axes = tuple(range(1, mask.dim()))
    ones = (1,) * (values.dim() - mask.dim())
    wide = mask.reshape(mask.shape + ones)  # (B, T) -> (B, T, 1, …)
    total = torch.where(wide, values, 0).sum(dim=axes)  # (B, T, …) -> (B, …)
    return total / wide.sum(dim=axes).clamp(min=1)


def collate_padded(
    examples: Examples, pad: Callable[[Sequence[Tensor]], Padded] = pad_sequences
) -> tuple[Padded, Tensor]:
    """Make a batch of (sequence, target) pairs; with `pad=pad_pairs`, of matrices.

    Shapes: (T_b, …) and a number or tensor each -> Padded of (B, T, …) and (B, T),
    targets (B, …).
    Raises: as `pad` does.
    """
    inputs, targets = zip(*examples, strict=True)
    return pad(inputs), default_collate(targets)


def collate_fields(
    examples: Sequence[tuple[Mapping[str, Tensor], object]],
    pads: Mapping[str, Callable[[Sequence[Tensor]], Padded]],
) -> tuple[dict[str, Padded], Tensor]:
    """Make a batch of (dict, target) pairs; `pads` names the function for each field.

    Shapes: fields (T_b, …) or (T_b, S_b, …) -> Padded by name, targets (B, …).
    Raises: ValueError if an example has other fields than `pads`; else as the functions
    do.
    """
    inputs, targets = zip(*examples, strict=True)
    for place, fields in enumerate(inputs):
        if set(fields) != set(pads):
            raise ValueError(
                f"examples[{place}] must have the fields {sorted(pads)}, "
                f"got {sorted(fields)}"
            )
    padded = {
        name: pad([fields[name] for fields in inputs]) for name, pad in pads.items()
    }
    return padded, default_collate(targets)


def _check(
    name: str, tensors: Sequence[Tensor], padded_axes: int, value: float
) -> None:
    """Check that there are tensors, of one dtype, whose axes not padded are alike."""
    if isinstance(tensors, Tensor) or not isinstance(tensors, Sequence):
        raise TypeError(
            f"{name} must be a list or tuple of tensors, got {type(tensors).__name__}"
        )
    if not tensors:
        raise ValueError(f"{name} must hold at least one tensor, got none")
    for place, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"{name}[{place}] must be a tensor, got {type(tensor).__name__}"
            )
        shape = tuple(tensor.shape)
        if len(shape) < padded_axes:
            raise ValueError(
                f"{name}[{place}] must have {padded_axes} axes or more, got {shape}"
            )
        other = tuple(tensors[0].shape)
        if shape[padded_axes:] != other[padded_axes:]:
            raise ValueError(
                f"{name} must have equal axes from axis {padded_axes} on, "
                f"got {other} in [0] and {shape} in [{place}]"
            )
        if tensor.dtype != tensors[0].dtype:
            raise TypeError(
                f"{name} must have one dtype, "
                f"got {tensors[0].dtype} in [0] and {tensor.dtype} in [{place}]"
            )
    _check_value(value, tensors[0].dtype)


def _check_value(value: float, dtype: torch.dtype) -> None:
    """Check that a dtype of whole numbers can hold the value to pad with."""
    if dtype.is_floating_point or dtype.is_complex:
        return
    is_bool = dtype == torch.bool
    low = 0 if is_bool else torch.iinfo(dtype).min
    high = 1 if is_bool else torch.iinfo(dtype).max
    if not (float(value).is_integer() and low <= value <= high):
        raise ValueError(
            f"value must be a whole number that {dtype} can hold, got {value}"
        )
