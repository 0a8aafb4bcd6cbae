"""Sequences and matrices of unequal size in one tensor, with a mask that says what is real."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import default_collate

Examples = Sequence[tuple[Tensor, object]]


class Padded(NamedTuple):
    """Padded values and their mask, True where a value is real: a tuple with `.to(device)`.

    Shapes: values (B, T, …), mask (B, T); of matrices values (B, T, S, …), mask (B, T, S).
    """

    values: Tensor
    mask: Tensor

    def to(self, device: torch.device | str) -> "Padded":
        """Return the same on another device."""
        return Padded(self.values.to(device), self.mask.to(device))


def pad_sequences(sequences: Sequence[Tensor], value: float = 0.0) -> Padded:
    """Put sequences below each other, filled up with `value` to the length of the longest.

    values[b, t] = sequences[b][t] where mask[b, t] = (t < len(sequences[b])), else `value`

    Shapes: sequences of (T_b, …), the axes after the first alike -> values (B, T, …), mask (B, T)
        with T = max T_b.
    Raises: TypeError or ValueError if there are no sequences, one is no tensor, or their dtypes or
        other axes differ; ValueError if a dtype of whole numbers cannot hold `value`.
    Same as: torch.nn.utils.rnn.pad_sequence(sequences, batch_first=True), which returns no mask.
    """
    _check("sequences", sequences, 1, value)
    first = sequences[0]
    lengths = torch.tensor([len(sequence) for sequence in sequences], device=first.device)
    steps = torch.arange(int(lengths.max()), device=first.device)
    mask = steps < lengths[:, None]  # (T,) < (B, 1) -> (B, T)
    values = first.new_full((*mask.shape, *first.shape[1:]), value)
    values[mask] = torch.cat(list(sequences))  # B of (T_b, …) -> (ΣT_b, …)
    return Padded(values, mask)


def pad_pairs(matrices: Sequence[Tensor], value: float = 0.0) -> Padded:
    """Put matrices behind each other, filled up with `value` to the most rows and most columns.

    values[b, t, s] = matrices[b][t, s] where t < T_b and s < S_b, else `value`

    Shapes: matrices of (T_b, S_b, …), the axes after the second alike -> values (B, T, S, …),
        mask (B, T, S) with T = max T_b and S = max S_b.
    Raises: TypeError or ValueError as `pad_sequences`.
    """
    _check("matrices", matrices, 2, value)
    first = matrices[0]
    rows, columns = torch.tensor([m.shape[:2] for m in matrices], device=first.device).T  # (B,)
    real_rows = torch.arange(int(rows.max()), device=first.device) < rows[:, None]  # (B, T)
    real_columns = torch.arange(int(columns.max()), device=first.device) < columns[:, None]
    mask = real_rows[:, :, None] & real_columns[:, None, :]  # (B, T, 1) & (B, 1, S) -> (B, T, S)
    values = first.new_full((*mask.shape, *first.shape[2:]), value)
    values[mask] = torch.cat([m.flatten(0, 1) for m in matrices])  # (T_b, S_b, …) -> (T_b S_b, …)
    return Padded(values, mask)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Average over all axes of the mask but the first, counting real places alone; 0 if none is.

    mean_b = Σ_t mask[b, t] values[b, t] / Σ_t mask[b, t]

    Shapes: values (B, T, …), mask (B, T) of bool -> (B, …); with two axes (B, T, S, …) -> (B, …).
    Raises: TypeError if `mask` is not boolean; ValueError if `values` does not begin with its axes.
    """
    if mask.dtype != torch.bool:
        raise TypeError(f"mask must be boolean, got {mask.dtype}")
    if mask.dim() < 2 or values.shape[: mask.dim()] != mask.shape:
        raise ValueError(
            f"values must begin with the axes of mask, a batch axis and one or two more, "
            f"got {tuple(values.shape)} and {tuple(mask.shape)}"
        )
    axes = tuple(range(1, mask.dim()))
    wide = mask.reshape(mask.shape + (1,) * (values.dim() - mask.dim()))  # (B, T) -> (B, T, 1, …)
    total = torch.where(wide, values, 0).sum(dim=axes)  # (B, T, …) -> (B, …)
    return total / wide.sum(dim=axes).clamp(min=1)


def collate_padded(
    examples: Examples, pad: Callable[[Sequence[Tensor]], Padded] = pad_sequences
) -> tuple[Padded, Tensor]:
    """Make a batch of (sequence, target) pairs; with `pad=pad_pairs` of (matrix, target) pairs.

    Shapes: (T_b, …) and a number or tensor each -> Padded of (B, T, …) and (B, T), targets (B, …).
    Raises: as `pad` does.
    """
    inputs, targets = zip(*examples, strict=True)
    return pad(inputs), default_collate(targets)


def collate_fields(
    examples: Sequence[tuple[Mapping[str, Tensor], object]],
    pads: Mapping[str, Callable[[Sequence[Tensor]], Padded]],
) -> tuple[dict[str, Padded], Tensor]:
    """Make a batch of (dict, target) pairs, every field padded by the function that `pads` names.

    Shapes: fields (T_b, …) or (T_b, S_b, …) -> Padded by name, targets (B, …).
    Raises: ValueError if an example has other fields than `pads`; else as the functions do.
    """
    inputs, targets = zip(*examples, strict=True)
    for place, fields in enumerate(inputs):
        if set(fields) != set(pads):
            raise ValueError(
                f"examples[{place}] must have the fields {sorted(pads)}, got {sorted(fields)}"
            )
    padded = {name: pad([fields[name] for fields in inputs]) for name, pad in pads.items()}
    return padded, default_collate(targets)


def _check(name: str, tensors: Sequence[Tensor], padded_axes: int, value: float) -> None:
    """Check that tensors can share one: as many as one, one dtype, the axes not padded alike."""
    if isinstance(tensors, Tensor) or not isinstance(tensors, Sequence):
        raise TypeError(f"{name} must be a list or tuple of tensors, got {type(tensors).__name__}")
    if not tensors:
        raise ValueError(f"{name} must hold at least one tensor, got none")
    for place, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{name}[{place}] must be a tensor, got {type(tensor).__name__}")
        shape = tuple(tensor.shape)
        if len(shape) < padded_axes:
            raise ValueError(f"{name}[{place}] must have {padded_axes} axes or more, got {shape}")
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
    low, high = (0, 1) if dtype == torch.bool else (torch.iinfo(dtype).min, torch.iinfo(dtype).max)
    if not (float(value).is_integer() and low <= value <= high):
        raise ValueError(f"value must be a whole number that {dtype} can hold, got {value}")
