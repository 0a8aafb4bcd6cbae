"""Results compared and shown: what was wanted, what came, both short enough to read."""

import reprlib
from numbers import Number, Real
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

FEW = 16  # a tensor with more elements than this is shown by its dtype and shape
TINY = 1e-15  # what rounding leaves of a zero: never wrong
PLAIN = (torch.float32, torch.int64, torch.bool)
_short = reprlib.Repr()
_short.maxstring = _short.maxother = 80
_short.maxlist = _short.maxtuple = _short.maxdict = 8
_short.maxlong = 40


class Difference(NamedTuple):
    """What was wanted and what came instead, in words."""

    wanted: str
    got: str

    def at(self, place: str) -> "Difference":
        """Say where inside a tuple, list or dict it was found."""
        return Difference(f"{place}: {self.wanted}", f"{place}: {self.got}")


def difference(
    wanted: object, got: object, *, exact: bool = False, rtol: float = 1e-5
) -> Difference | None:
    """Return the first difference between two results, or None if there is none.

    Integers must be equal. Floats may differ by `rtol` of the wanted number and of the
    largest finite one beside it (in 16 bits, by the rounding of the dtype); NaN equals
    NaN alone. Shape, dtype and requires_grad of tensors count, their device does not.
    Without `exact`, a number may come as a tensor without axes, and a list as a tuple.
    """
    if isinstance(wanted, np.ndarray) and isinstance(got, np.ndarray):
        wanted, got = torch.from_numpy(wanted.copy()), torch.from_numpy(got.copy())
    if isinstance(wanted, Tensor) and (exact or wanted.ndim):
        return _tensors(wanted, got, rtol)
    if isinstance(wanted, Number | Tensor | np.generic):
        return _numbers(wanted, got, exact, rtol)
    if isinstance(wanted, tuple | list):
        return _sequences(wanted, got, exact, rtol)
    if isinstance(wanted, dict) and isinstance(got, dict):
        if wanted.keys() != got.keys():
            return Difference(f"the keys {show(list(wanted))}", f"{show(list(got))}")
        found = (
            (key, difference(wanted[key], got[key], exact=exact, rtol=rtol))
            for key in wanted
        )
        return next((d.at(f"key {show(key)}") for key, d in found if d), None)
    if type(wanted) is type(got) and wanted == got:
        return None
    return Difference(show(wanted), show(got))


def _tensors(wanted: Tensor, got: object, rtol: float) -> Difference | None:
    if not isinstance(got, Tensor):
        return Difference(f"a tensor, {show(wanted)}", kind_of(got))
    for what in ("shape", "dtype", "layout", "requires_grad"):
        want, have = getattr(wanted, what), getattr(got, what)
        if want != have:
            want, have = (tuple(v) if what == "shape" else v for v in (want, have))
            few = max(wanted.numel(), got.numel()) <= FEW
            want, have = f"{what} {want}", f"{what} {have}"
            if few:
                want, have = f"{show(wanted)}, {want}", f"{show(got)}, {have}"
            return Difference(want, have)
    wrong = _wrong(wanted.detach().cpu(), got.detach().cpu(), rtol)
    if not wrong.any():
        return None
    pair = Difference(show(wanted), show(got))
    if pair.wanted != pair.got:
        return pair
    place = tuple(wrong.nonzero()[0].tolist())
    numbers = (repr(tensor[place].item()) for tensor in (wanted, got))
    where = f"element {list(place)} ({int(wrong.sum())} of {wrong.numel()} differ)"
    return Difference(*numbers).at(where)


def _wrong(wanted: Tensor, got: Tensor, rtol: float) -> Tensor:
    """Return where two tensors of one shape and dtype are not equal within rounding."""
    if not (wanted.is_floating_point() or wanted.is_complex()):
        return wanted != got
    rtol = max(rtol, 4 * torch.finfo(wanted.dtype).eps) if rtol else 0.0
    kind = torch.complex128 if wanted.is_complex() else torch.float64
    wanted, got = wanted.to(kind), got.to(kind)
    finite = wanted[wanted.isfinite()].abs()
    atol = max(rtol * finite.max().item(), TINY) if finite.numel() and rtol else 0.0
    return ~torch.isclose(got, wanted, rtol=rtol, atol=atol, equal_nan=True)


def _numbers(
    wanted: object, got: object, exact: bool, rtol: float
) -> Difference | None:
    if exact and type(got) is not type(wanted):
        return Difference(*(f"{kind_of(x)}, {show(x)}" for x in (wanted, got)))
    plain = _plain(wanted)
    have = _plain(got) if isinstance(got, Number | Tensor | np.generic) else None
    if have is None or isinstance(plain, bool) != isinstance(have, bool):
        return Difference(f"{kind_of(wanted)}, {show(wanted)}", kind_of(got))
    if any(isinstance(x, Tensor) and x.requires_grad for x in (wanted, got)):
        flags = [isinstance(x, Tensor) and x.requires_grad for x in (wanted, got)]
        if flags[0] != flags[1]:
            return Difference(*(f"requires_grad {flag}" for flag in flags))
    if isinstance(plain, int) or isinstance(have, bool):
        same = plain == have
    else:
        pair = torch.tensor([plain, have]).to(
            torch.complex128 if isinstance(plain, complex) else torch.float64
        )
        if isinstance(plain, float) and isinstance(have, Real):
            pair = torch.tensor([plain, have], dtype=torch.float64)
        same = not _wrong(pair[:1], pair[1:], rtol).any()
    if same:
        return None
    pair = Difference(show(wanted), show(got))
    return pair if pair.wanted != pair.got else Difference(repr(plain), repr(have))


def _plain(value: object) -> object:
    """Return the Python number of a number or of a tensor without axes, else None."""
    if isinstance(value, Tensor):
        return value.detach().item() if value.ndim == 0 else None
    return value.item() if isinstance(value, np.generic) else value


def _sequences(
    wanted: tuple | list, got: object, exact: bool, rtol: float
) -> Difference | None:
    kinds = (list if isinstance(wanted, list) else tuple) if exact else (list, tuple)
    if not isinstance(got, kinds):
        return Difference(f"{kind_of(wanted)}, {show(wanted)}", kind_of(got))
    if len(wanted) != len(got):
        return Difference(
            f"{len(wanted)} items, {show(wanted)}", f"{len(got)} items, {show(got)}"
        )
    found = (
        difference(w, g, exact=exact, rtol=rtol)
        for w, g in zip(wanted, got, strict=True)
    )
    return next((d.at(f"item {index}") for index, d in enumerate(found) if d), None)


def show(value: object) -> str:
    """Write a value on one short line; small tensors with their numbers."""
    if isinstance(value, Tensor | np.ndarray):
        tensor = value if isinstance(value, Tensor) else torch.from_numpy(value.copy())
        return _tensor(tensor, "array " if isinstance(value, np.ndarray) else "")
    if isinstance(value, list | tuple):
        inner = ", ".join(show(item) for item in value[:8]) + ", …" * (len(value) > 8)
        if isinstance(value, list):
            return _cut(f"[{inner}]")
        return _cut(f"({inner}{',' * (len(value) == 1)})")
    if isinstance(value, dict):
        pairs = [f"{show(key)}: {show(item)}" for key, item in list(value.items())[:8]]
        return _cut(f"{{{', '.join(pairs + ['…'] * (len(value) > 8))}}}")
    if isinstance(value, bool) or not isinstance(value, Real):
        return _object(value)
    return f"{value:.6g}" if isinstance(value, float) else _object(value)


def _object(value: object) -> str:
    name = getattr(value, "__name__", None)
    if callable(value) and isinstance(name, str):
        return "a function" if name == "<lambda>" else name
    try:
        return _cut(_short.repr(value).replace("\n", " "))
    except Exception:
        return kind_of(value)


def _tensor(tensor: Tensor, prefix: str) -> str:
    name = _name(tensor.dtype)
    dtype = "" if tensor.dtype in PLAIN and not prefix else f"{prefix}{name} "
    if tensor.is_meta or tensor.numel() > FEW or not tensor.numel():
        kind = f"{prefix or 'tensor '}of shape {tuple(tensor.shape)}"
        return f"{name} {kind}"
    return dtype + _nested(tensor.detach().cpu().to_dense().tolist())


def _nested(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_nested, value))}]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _cut(text: str, most: int = 160) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def kind_of(value: object) -> str:
    """Say what sort of thing a value is: `a tensor of shape (2, 3)`, `an int`."""
    if value is None or value is Ellipsis:
        return str(value)
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    name = type(value).__name__
    name = f"numpy.{name}" if type(value).__module__ == "numpy" else name
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
