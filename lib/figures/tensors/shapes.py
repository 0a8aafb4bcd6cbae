"""A tensor drawn over its storage: which element each index reaches, in which order."""

from html import escape
from itertools import product

import torch
from torch import Tensor

from lib.tensors.strides import shares_storage, storage_index

READ, UNREAD, CHOSEN = "#cfe3f5", "#ffffff", "#f6c98a"
MOST_STORED, MOST_ROWS, MOST_AXES = 12, 4, 3
STORED, PRINTED = (50, 36), (40, 31)  # width and height of an element
BETWEEN = 24  # gap between matrices
UPPER_ROW, LOWER_ROW = 212, 292  # heights of the storages
PAGE = (624, 386)  # size of the drawing


def draw_storage(tensor: Tensor, element: int, base: Tensor) -> str:
    """Draw a tensor as it prints and, below it, the storage that it reads, as SVG.

    Shaded elements of the storage are reached; the numbers below them count the
    tensor's elements in reading order. `element`, counted in this order, is marked
    together with the place it is read from. A copy of `base` has a storage of its own,
    drawn under that of `base`.

    Shapes: tensor and base (at most 3 axes and 4 rows; storages of at most 12
    elements).
    Raises: ValueError if there is more than can be drawn; IndexError if there is no
    such element.
    """
    _check("tensor", tensor)
    _check("base", base)
    index = _indices(tensor)[element]
    place = storage_index(index, tensor.stride(), tensor.storage_offset())
    is_view = shares_storage(tensor, base)
    parts = [_text(0, 16, _facts(tensor, is_view), "font-weight='bold'")]
    parts.append(_matrices(tensor, index))
    parts.append(_arrow(tensor, index, place))
    if not is_view:
        parts.append(_row(base, UPPER_ROW, "storage of the base", {}, None))
    title = "storage" if is_view else "new storage"
    parts.append(_row(tensor, LOWER_ROW, title, _visits(tensor), place))
    parts.append(_text(0, 376, _address(tensor, index)))
    width, height = PAGE
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='-12 -6 {width} {height}' "
        f"width='{width}' height='{height}' style='max-width:100%;height:auto' "
        "aria-hidden='true' "
        "font-family='DejaVu Sans, Verdana, sans-serif' font-size='17' fill='#1b1b1b'>"
        f"<rect x='-12' y='-6' width='{width}' height='{height}' fill='#fcfcfa'/>"
        f"{''.join(parts)}</svg>"
    )


def describe_storage(tensor: Tensor, element: int, base: Tensor) -> str:
    """Say what `draw_storage` draws: shape, strides, offset, view or copy, address.

    Shapes: tensor and base (any).
    Raises: IndexError if there is no such element.
    """
    index = _indices(tensor)[element]
    places = ", ".join(str(place) for place in _places(tensor))
    return (
        f"{_facts(tensor, shares_storage(tensor, base))}. {_address(tensor, index)}. "
        f"Reading order visits storage {places}."
    )


def _check(name: str, tensor: Tensor) -> None:
    rows = tensor.shape[-2] if tensor.dim() > 1 else 1
    stored = len(_stored(tensor))
    if tensor.dim() > MOST_AXES or rows > MOST_ROWS or stored > MOST_STORED:
        raise ValueError(
            f"{name} must have at most {MOST_AXES} axes, {MOST_ROWS} rows and "
            f"{MOST_STORED} stored elements to be drawn, "
            f"got shape {tuple(tensor.shape)} and {stored} stored"
        )


def _indices(tensor: Tensor) -> list[tuple[int, ...]]:
    """Return every index of a tensor in reading order."""
    return list(product(*map(range, tensor.shape)))


def _places(tensor: Tensor) -> list[int]:
    """Return the storage index of each element in reading order."""
    stride, offset = tensor.stride(), tensor.storage_offset()
    return [storage_index(index, stride, offset) for index in _indices(tensor)]


def _visits(tensor: Tensor) -> dict[int, list[int]]:
    """Return, for each storage index that is reached, the elements read from it."""
    found: dict[int, list[int]] = {}
    for number, place in enumerate(_places(tensor)):
        found.setdefault(place, []).append(number)
    return found


def _stored(tensor: Tensor) -> Tensor:
    """Return everything that the storage of a tensor holds, (M,)."""
    count = tensor.untyped_storage().nbytes() // tensor.element_size()
    return torch.as_strided(tensor, (count,), (1,), 0)


def _facts(tensor: Tensor, is_view: bool) -> str:
    shape, kind = tuple(tensor.shape), "view" if is_view else "copy"
    stride, offset = tensor.stride(), tensor.storage_offset()
    return f"shape {shape}, strides {stride}, offset {offset}: a {kind}"


def _address(tensor: Tensor, index: tuple[int, ...]) -> str:
    """Write out the address formula for one index."""
    offset, stride = tensor.storage_offset(), tensor.stride()
    terms = "".join(f" + {i}·{step}" for i, step in zip(index, stride, strict=True))
    shown = ", ".join(map(str, index))
    place = storage_index(index, stride, offset)
    return f"index [{shown}] reads storage {offset}{terms} = {place}"


def _row(
    tensor: Tensor, y: int, title: str, visits: dict[int, list[int]], chosen: int | None
) -> str:
    """Draw the storage of a tensor with its numbering above and the visits below."""
    width, height = STORED
    halo = "paint-order='stroke' stroke='#fcfcfa' stroke-width='6'"
    parts = [_text(0, y - 25, title, f"font-size='15' {halo}")]
    for place, value in enumerate(_stored(tensor).tolist()):
        colour = CHOSEN if place == chosen else READ if place in visits else UNREAD
        parts.append(_element(place * width, y, STORED, value, colour))
        middle = (place + 0.5) * width
        small = "font-size='12' text-anchor='middle'"
        parts.append(_text(middle - 16, y - 5, place, small))
        if place in visits:
            words = ",".join(map(str, visits[place]))
            style = f"{small} fill='#0072b2' font-weight='bold'"
            parts.append(_text(middle, y + height + 17, words, style))
    return "".join(parts)


def _matrices(tensor: Tensor, chosen: tuple[int, ...]) -> str:
    """Draw the elements as printed, the matrices of three axes side by side."""
    return "".join(
        _element(*_corner(tensor, index), PRINTED, tensor[index].item(),
                 CHOSEN if index == chosen else READ)
        for index in _indices(tensor)
    )  # fmt: skip


def _corner(tensor: Tensor, index: tuple[int, ...]) -> tuple[int, int]:
    """Return where the printed element of an index has its upper left corner."""
    block, row, column = (0, 0, 0, *index)[-3:]
    columns = tensor.shape[-1] if tensor.dim() else 1
    width, height = PRINTED
    return block * (columns * width + BETWEEN) + column * width, 32 + row * height


def _arrow(tensor: Tensor, index: tuple[int, ...], place: int) -> str:
    """Lead from a printed element, down the edge of its column, to the stored one.

    On the edge the line crosses out no number of the rows below.
    """
    x, y = _corner(tensor, index)
    x, y, end = x + PRINTED[0], y + PRINTED[1], place * STORED[0] + STORED[0] // 2
    rows = tensor.shape[-2] if tensor.dim() > 1 else 1
    foot = _corner(tensor, (0,) * tensor.dim())[1] + rows * PRINTED[1]
    tip = f"{end - 6},{LOWER_ROW - 11} {end + 6},{LOWER_ROW - 11} {end},{LOWER_ROW}"
    return (
        f"<path d='M{x} {y}L{x} {foot}L{end} {LOWER_ROW - 10}' fill='none' "
        "stroke='#a03a00' stroke-width='2.5'/>"
        f"<polygon points='{tip}' fill='#a03a00'/>"
    )


def _element(x: int, y: int, size: tuple[int, int], value: float, colour: str) -> str:
    """Draw a box with its value, the chosen one with a thick edge."""
    width, height = size
    edge = 3 if colour == CHOSEN else 1
    ink = "fill='#5a5a5a'" if colour == UNREAD else ""
    style = f"text-anchor='middle' {ink}"
    words = _text(x + width / 2, y + height / 2 + 6, f"{value:g}", style)
    return (
        f"<rect x='{x}' y='{y}' width='{width}' height='{height}' fill='{colour}' "
        f"stroke='#444' stroke-width='{edge}'/>{words}"
    )


def _text(x: float, y: float, words: object, style: str = "") -> str:
    return f"<text x='{x:g}' y='{y:g}' {style}>{escape(str(words))}</text>"
