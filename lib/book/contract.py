"""What a call may do beside returning the right result, and what it left behind."""

import os
import pickle
import random
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What an exercise's text demands of every call, beside the right result.

    fresh, view: the result shares no memory with an argument, or all of its memory.
    exact: numbers, tuples and lists are of the very types of the reference's.
    changes: names of arguments that may change, and must as the reference changes them.
    draws: the global random generators may be drawn from.
    no_loop: neither Python steps nor operations grow with a size.
    no_table: no intermediate is larger than twice the largest argument or result.
    without: names of functions that must not be called; "autograd" is all of it.
    only: names of the only functions that may be called.
    """

    fresh: bool = False
    view: bool = False
    exact: bool = False
    changes: tuple[str, ...] = ()
    draws: bool = False
    no_loop: bool = False
    no_table: bool = False
    without: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


# Memory and arguments


def contents(value: object, path: str, found: dict | None = None) -> dict[str, object]:
    """Return all that can change inside a value, by where it is."""
    found = {} if found is None else found
    if path in found or len(found) > 100_000:
        return found
    if isinstance(value, Tensor):
        found[path] = value.detach().clone()
        found[f"{path}.requires_grad"] = value.requires_grad
        found[f"{path}._version"] = None if value.is_inference() else value._version
        grad = value.grad if value.is_leaf else None
        found[f"{path}.grad"] = None if grad is None else grad.detach().clone()
    elif isinstance(value, np.ndarray):
        found[path] = value.copy()
    elif isinstance(value, torch.Generator):
        found[path] = value.get_state()
    elif isinstance(value, list | tuple | set | frozenset):
        found[path] = len(value)
        for place, item in enumerate(value):
            contents(item, f"{path}[{place}]", found)
    elif isinstance(value, dict):
        found[path] = tuple(value)
        for place, (key, item) in enumerate(value.items()):
            name = repr(key) if isinstance(key, str | int) else f"key {place}"
            contents(item, f"{path}[{name}]", found)
    elif _has_state(value):
        found[path] = id(value)
        if path.count(".") < 8:
            for name, item in vars(value).items():
                contents(item, f"{path}.{name}", found)
    else:
        found[path] = value
    return found


def _has_state(value: object) -> bool:
    plain = (type, types.ModuleType, types.FunctionType, types.MethodType)
    return hasattr(value, "__dict__") and not isinstance(value, plain)


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> str | None:
    """Return where the contents of an argument changed first, or None."""
    places = [*before, *after]
    missing = object()
    found = (
        place
        for place in places
        if not _same(before.get(place, missing), after.get(place, missing))
    )
    return next((place.removesuffix("._version") for place in found), None)


def _same(a: object, b: object) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        alike = a.dtype == b.dtype and a.shape == b.shape
        return alike and (a.is_meta or torch.equal(_bytes(a), _bytes(b)))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return a is b or (type(a) is type(b) and bool(a == b))


def _bytes(tensor: Tensor) -> Tensor:
    dense = tensor.cpu().to_dense().clone(memory_format=torch.contiguous_format)
    return dense.reshape(-1).view(torch.uint8)


def spans(value: object) -> Iterator[tuple[int, int]]:
    """Yield first and end of the memory of the tensors, arrays, lists in a value."""
    if isinstance(value, Tensor) and value.layout is torch.strided and value.numel():
        storage = value.untyped_storage()
        yield storage.data_ptr(), storage.data_ptr() + storage.nbytes()
    elif isinstance(value, np.ndarray) and value.size:
        while isinstance(value.base, np.ndarray):
            value = value.base
        yield value.ctypes.data, value.ctypes.data + value.nbytes
    elif isinstance(value, list | tuple | dict):
        if not isinstance(value, tuple):
            yield id(value), id(value) + 1
        for item in value.values() if isinstance(value, dict) else value:
            yield from spans(item)
    elif _has_state(value):
        for item in vars(value).values():
            yield from spans(item) if isinstance(item, Tensor) else ()


def overlaps(result: object, args: tuple) -> list[bool]:
    """Return for each piece of a result's memory whether an argument uses it, too."""
    taken = [span for span in spans(args) if span[0]]
    return [
        any(first < end and start < last for start, end in taken)
        for first, last in spans(result)
        if first
    ]


# Global state

FILTERS = "the warning filters"
STATE: dict[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {
    "Python's random generator": (random.getstate, random.setstate),
    "NumPy's random generator": (
        lambda: pickle.dumps(np.random.get_state()),
        lambda old: np.random.set_state(pickle.loads(old)),
    ),
    "torch's random generator": (torch.get_rng_state, torch.set_rng_state),
    "the default dtype": (torch.get_default_dtype, torch.set_default_dtype),
    "the default device": (
        torch.get_default_device,
        lambda old: torch.set_default_device(None if old.type == "cpu" else old),
    ),
    "the gradient mode": (torch.is_grad_enabled, torch.set_grad_enabled),
    "the number of threads": (torch.get_num_threads, torch.set_num_threads),
    "the switch for deterministic algorithms": (
        torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
    "the precision of matrix products": (
        torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    "the recursion limit": (sys.getrecursionlimit, sys.setrecursionlimit),
    "the current folder": (os.getcwd, os.chdir),
    FILTERS: (
        lambda: warnings.filters[:],
        lambda old: warnings.filters.__setitem__(slice(None), old),
    ),
    "NumPy's error switches": (np.geterr, lambda old: np.seterr(**old)),
}  # fmt: skip
GENERATORS = tuple(name for name in STATE if name.endswith("generator"))


def state() -> dict[str, object]:
    """Return the global state: generators, defaults, switches, limits, the folder."""
    return {name: read() for name, (read, _) in STATE.items()}


@contextmanager
def preserved(before: dict[str, object], touched: list[str]) -> Iterator[None]:
    """Put the global state back after the block, and list what was found changed."""
    try:
        yield
    finally:
        for name, (read, write) in STATE.items():
            if not _same(before[name], read()):
                touched.append(name)
                write(before[name])
