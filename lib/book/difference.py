"""What differs between a wanted and a computed result, in words that help to find the mistake."""

from numbers import Real

import torch
from torch import Tensor


def difference(
    wanted: object, got: object, *, rtol: float = 1e-5, atol: float = 1e-6
) -> str | None:
    """Return the first difference between two results, or None if there is none.

    Numbers and elements of tensors may differ by `atol + rtol · |wanted|`; NaN equals NaN. Devices
    are not compared. Tuples, lists and dicts of these are compared item by item, all else by `==`.
    """
    if isinstance(wanted, Tensor):
        return _tensor_difference(wanted, got, rtol, atol)
    if isinstance(wanted, bool) or not isinstance(wanted, Real):
        return _object_difference(wanted, got, rtol, atol)
    if isinstance(got, bool) or not isinstance(got, Real):
        advice = "; .item() makes a number of it" if isinstance(got, Tensor) else ""
        return f"wanted the number {_number(wanted)}, got {kind_of(got)}{advice}"
    if not _close(wanted, got, rtol, atol):
        return f"wanted {_number(wanted)}, got {_number(got)}"
    return None


def _tensor_difference(wanted: Tensor, got: object, rtol: float, atol: float) -> str | None:
    if not isinstance(got, Tensor):
        return f"wanted a tensor, got {kind_of(got)}"
    if wanted.shape != got.shape:
        return f"wanted shape {tuple(wanted.shape)}, got shape {tuple(got.shape)}"
    if wanted.dtype != got.dtype:
        return f"wanted dtype {wanted.dtype}, got {got.dtype}"
    wanted, got = wanted.detach().cpu(), got.detach().cpu()
    wrong = ~torch.isclose(got, wanted, rtol=rtol, atol=atol, equal_nan=True)
    count = int(wrong.sum())
    if count == 0:
        return None
    first = tuple(wrong.nonzero()[0].tolist())
    numbers = f"wanted {_number(wanted[first].item())}, got {_number(got[first].item())}"
    if not first:
        return numbers
    place = f"element [{', '.join(map(str, first))}]: {numbers}"
    return f"{place} ({count} of {wrong.numel()} elements differ)"


def _object_difference(wanted: object, got: object, rtol: float, atol: float) -> str | None:
    if isinstance(wanted, tuple | list):
        kind = tuple if isinstance(wanted, tuple) else list
        if not isinstance(got, kind):
            return f"wanted a {kind.__name__}, got {kind_of(got)}"
        if len(wanted) != len(got):
            return f"wanted length {len(wanted)}, got length {len(got)}"
        return _first(
            (f"item {index}", difference(w, g, rtol=rtol, atol=atol))
            for index, (w, g) in enumerate(zip(wanted, got, strict=True))
        )
    if isinstance(wanted, dict) and isinstance(got, dict):
        if set(wanted) != set(got):
            return f"wanted the keys {sorted(map(str, wanted))}, got {sorted(map(str, got))}"
        return _first(
            (f"key {key!r}", difference(wanted[key], got[key], rtol=rtol, atol=atol))
            for key in wanted
        )
    if type(wanted) is not type(got):
        return f"wanted {kind_of(wanted)}, got {kind_of(got)}"
    return None if wanted == got else f"wanted {wanted!r}, got {got!r}"


def _first(found: object) -> str | None:
    return next((f"{place}: {text}" for place, text in found if text is not None), None)


def _close(wanted: Real, got: Real, rtol: float, atol: float) -> bool:
    pair = torch.tensor([float(wanted), float(got)], dtype=torch.float64)
    return torch.isclose(pair[1], pair[0], rtol=rtol, atol=atol, equal_nan=True).item()


def _number(value: complex) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def kind_of(value: object) -> str:
    """Say what sort of thing a value is: `a tensor of shape (2, 3)`, `an int`, `None`."""
    if value is None or value is Ellipsis:
        return str(value)
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
