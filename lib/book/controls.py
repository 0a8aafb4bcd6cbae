"""The controls of an explorable figure: names, values, and where to start."""

import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import NamedTuple

MAX_FRAMES = 64
MAX_PARAMETERS = 3
FEW = 6  # up to this many texts make a list to choose from; more make a slider


class Parameter(NamedTuple):
    """One control: its name for `draw`, its label, its values, where it starts."""

    name: str
    label: str
    values: tuple[object, ...]
    start: int

    def texts(self) -> list[str]:
        """Return how each value is written beside the control."""
        return [_text(value) for value in self.values]

    def is_slider(self) -> bool:
        """Return whether the control is a slider: for numbers, and for long lists."""
        return len(self.values) > FEW or all(
            isinstance(value, Real) for value in self.values
        )


def read_parameters(
    parameters: Mapping[str, Sequence[object]],
    labels: Mapping[str, str] | None,
    start: Mapping[str, object] | None,
) -> list[Parameter]:
    """Check the arguments of `explore` and return its controls.

    Raises: ValueError if there are too many frames or parameters, a parameter has fewer
    than two values or two that read alike, `labels` or `start` name an unknown
    parameter, or a start value is not among the values.
    """
    labels, start = labels or {}, start or {}
    if not 1 <= len(parameters) <= MAX_PARAMETERS:
        raise ValueError(
            f"parameters must be 1 to {MAX_PARAMETERS}, got {len(parameters)}"
        )
    for argument, mapping in (("labels", labels), ("start", start)):
        if unknown := sorted(set(mapping) - set(parameters)):
            raise ValueError(
                f"{argument} must name parameters {list(parameters)}, got {unknown}"
            )
    found = [
        _read_one(
            name, values, labels.get(name, name.replace("_", " ")), name in start, start
        )
        for name, values in parameters.items()
    ]
    sizes = [len(parameter.values) for parameter in found]
    if (count := len(list(choices(found)))) > MAX_FRAMES:
        product = " × ".join(map(str, sizes))
        raise ValueError(
            f"parameters make {product} = {count} frames, more than {MAX_FRAMES}"
        )
    return found


def choices(parameters: Sequence[Parameter]) -> itertools.product:
    """Return every choice of indices in the order of the frames, the last fastest."""
    return itertools.product(
        *(range(len(parameter.values)) for parameter in parameters)
    )


def chosen(
    parameters: Sequence[Parameter], indices: Sequence[int]
) -> dict[str, object]:
    """Return the keyword arguments of `draw` for one choice of indices."""
    pairs = zip(parameters, indices, strict=True)
    return {parameter.name: parameter.values[index] for parameter, index in pairs}


def check_takes(
    argument: str, function: Callable[..., object], names: Sequence[str]
) -> None:
    """Check that a function can be called with these names.

    Raises: TypeError if it cannot.
    """
    try:
        inspect.signature(function).bind(**dict.fromkeys(names))
    except TypeError as error:
        wanted = ", ".join(names)
        raise TypeError(f"{argument} must take {wanted} by name: {error}") from error


def _read_one(
    name: str,
    values: Sequence[object],
    label: str,
    has_start: bool,
    start: Mapping[str, object],
) -> Parameter:
    values = tuple(values)
    texts = [_text(value) for value in values]
    if len(values) < 2:
        raise ValueError(
            f"parameters[{name!r}] must have at least 2 values, got {len(values)}"
        )
    if twice := [text for text in texts if texts.count(text) > 1]:
        raise ValueError(f"parameters[{name!r}] has two values that read {twice[0]!r}")
    if has_start and _text(start[name]) not in texts:
        raise ValueError(
            f"start[{name!r}] must be one of {', '.join(texts)}, got {start[name]!r}"
        )
    return Parameter(
        name, label, values, texts.index(_text(start[name])) if has_start else 0
    )


def _text(value: object) -> str:
    """Write a value as a reader would: up to 6 digits and a true minus sign."""
    if not isinstance(value, Real):
        return str(value)
    return (str(value) if isinstance(value, int) else f"{value:g}").replace("-", "−")
