"""Load a file that fits in part, or one of an earlier version, and say what fits."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from torch import Tensor, nn

from lib.training.differences import model_differences

Content = dict[str, object]


class Matching(NamedTuple):
    """What a partial load did with each name in the model and in the file.

    taken: names whose tensors the model has now.
    missing: names in the model alone; unexpected: names in the file alone.
    misfits: names in both whose shapes differ, or which hold integers in one only.
    share: the share of the model's numbers that came from the file, from 0 to 1.
    """

    taken: list[str]
    missing: list[str]
    unexpected: list[str]
    misfits: list[str]
    share: float


def load_matching(
    model: nn.Module, state: Mapping[str, Tensor], *, fresh: Sequence[str] = ()
) -> Matching:
    """Load the entries that fit, if all else is expected, and report every name.

    What may stay as the model has it is said by `fresh`, prefixes of names: ["head."].
    Floats are converted to the model's dtype. If anything else does not fit, nothing
    changes. Names in the file alone are reported, and no reason to refuse.

    Shapes: state maps names to tensors (any)
    Raises: ValueError if a name outside of `fresh` is missing or does not fit, if a
        prefix fits no name of the model, or if no entry would be loaded; TypeError if
        an entry is no tensor.
    Same as: model.load_state_dict(state, strict=False), which takes any name for
        expected and stops at other shapes.
    """
    _check_tensors(state)
    given = model.state_dict()
    both = [name for name in given if name in state]
    misfits = [name for name in both if not _fits(state[name], given[name])]
    taken = [name for name in both if name not in misfits]
    missing = [name for name in given if name not in state]
    unexpected = [name for name in state if name not in given]
    _check_fresh(fresh, given)
    refused = {
        name: given[name]
        for name in (*missing, *misfits)
        if not name.startswith(tuple(fresh))
    }
    if refused or not taken:
        kept = {name: state[name] for name in (*refused, *unexpected) if name in state}
        lines = model_differences(kept, refused)
        lines += [] if taken else ["nothing would be loaded"]
        raise ValueError("\n  ".join(["the state does not fit the model:", *lines]))
    model.load_state_dict({name: state[name] for name in taken}, strict=False)
    loaded = sum(given[name].numel() for name in taken)
    total = sum(tensor.numel() for tensor in given.values())
    return Matching(taken, missing, unexpected, misfits, loaded / total)


def migrate(
    content: Mapping[str, object],
    steps: Mapping[int, Callable[[Content], Content]],
    *,
    version: int,
) -> Content:
    """Bring what a file holds to `version`, one step at a time.

    steps[n] gets a copy of the mapping of version n and returns that of version n + 1.
    The entry "version" counts; without one, the content is of version 1. What is given
    stays as it is, as long as the steps replace entries and edit no tensor in place.

    Raises: ValueError if the content is newer than `version`, or a step is missing.
    """
    content = dict(content)
    current = content.setdefault("version", 1)
    if current > version:
        raise ValueError(
            f"the file has version {current}, this program knows up to {version}: "
            "update the program"
        )
    while current < version:
        if current not in steps:
            raise ValueError(f"steps must lead from version {current} to {current + 1}")
        current += 1
        content = {**steps[current - 1](content), "version": current}
    return content


def _check_tensors(state: Mapping[str, Tensor]) -> None:
    """Raise TypeError unless all entries are tensors."""
    for name, entry in state.items():
        if not isinstance(entry, Tensor):
            kind = type(entry).__name__
            raise TypeError(f"state must hold tensors, got a {kind} as {name!r}")


def _fits(saved: Tensor, given: Tensor) -> bool:
    """Whether a tensor can replace another: same shape, and both floats or neither."""
    kinds = [(t.is_floating_point(), t.is_complex()) for t in (saved, given)]
    return saved.shape == given.shape and kinds[0] == kinds[1]


def _check_fresh(fresh: Sequence[str], given: Mapping[str, Tensor]) -> None:
    if isinstance(fresh, str):
        raise TypeError(f"fresh must be a list of prefixes, got the str {fresh!r}")
    for prefix in fresh:
        if not any(name.startswith(prefix) for name in given):
            raise ValueError(f"fresh: no name in the model begins with {prefix!r}")
