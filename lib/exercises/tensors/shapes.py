"""Exercises of tensors/shapes."""

from collections.abc import Callable

import torch
from torch import Tensor

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def _images(r: Draw) -> tuple:
    rows, columns, H, W = r.sizes(4, least=1, most=4)
    return r.tensor(rows * columns, 1, H, W), columns


def _mosaic(images: Tensor, columns: int, order: tuple = (0, 2, 1, 3)) -> Tensor:
    H, W = images.shape[2:]
    grid = images.reshape(-1, columns, H, W).permute(order)  # axes 0 to 3 are R, C, H, W
    return grid.flatten(2).flatten(0, 1)


def _by_columns(images: Tensor, columns: int) -> Tensor:
    order = torch.arange(len(images)).reshape(columns, -1).T.flatten()
    return _mosaic(images[order], columns)


def _features(r: Draw) -> tuple:
    B, T, K = r.sizes(3, least=1)
    num_heads = r.int(1, 4)
    return r.tensor(B, T, num_heads * K + r.choice(0, 0, 0, 1)), num_heads


def _split(heads: Callable, error: object = ValueError, text: str = "{0}, {1}") -> Callable:
    """Build an answer from `heads(x, num_heads)`, and what it raises."""

    def separate_heads(x: Tensor, num_heads: int) -> Tensor:
        if x.shape[2] % num_heads and error:
            raise error(text.format(x.shape[2], num_heads))
        return heads(x[..., : x.shape[2] // num_heads * num_heads], num_heads)

    return separate_heads


def _separate(x: Tensor, num_heads: int) -> Tensor:
    return x.unflatten(2, (num_heads, -1)).transpose(1, 2)


def _heads(r: Draw) -> tuple:
    B, N, T, K = r.sizes(4, least=1, most=5)
    return (r.tensor(B, N, T, K),)


def _join(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(2)


def _windows(r: Draw) -> tuple:
    T = r.size(least=1, most=12)
    return r.tensor(T), r.int(1, T)


def _strided(x: Tensor, size: int, *, step: int | None = None, drop: int = 0) -> Tensor:
    step = x.stride(0) if step is None else step
    return x.as_strided((len(x) - size + 1 - drop, size), (step, step))


EXERCISES = {
    "mosaic": Exercise(
        reference=_mosaic,
        cases=_images,
        fixed=lambda: [(torch.arange(12).reshape(6, 1, 1, 2), 3)],
        mistakes={
            "A reshape alone never changes the order in memory, and here rows of pixels must "
            "change places.": lambda images, columns: images.reshape(
                -1, columns * images.shape[3]),
            "columns is the number of pictures in a row, not of rows.":
                lambda images, columns: _mosaic(images, len(images) // columns),
            "The second picture stands to the right of the first.": _by_columns,
            "All pictures below each other: the columns are missing.":
                lambda images, columns: images.flatten(0, 2),
            "The pictures lie on their side: H and W have changed places.":
                lambda images, columns: _mosaic(images.mT, columns),
            "After permute, neighbouring axes lie apart in memory: view cannot join them.":
                lambda images, columns: images.reshape(-1, columns, *images.shape[2:])
                .permute(0, 2, 1, 3).view(-1, columns * images.shape[3]),
            "A poster has two axes.": lambda images, columns: _mosaic(images, columns)[None],
            "The axes are in order; join them two by two.": lambda images, columns:
                images.reshape(-1, columns, *images.shape[2:]).transpose(1, 2),
            "The last row of pictures comes first.": lambda images, columns:
                _mosaic(images.flip(0), columns),
        },
    ),
    "separate_heads": Exercise(
        reference=_split(_separate),
        cases=_features,
        fixed=lambda: [(torch.arange(8).reshape(1, 2, 4), 2), (torch.zeros(1, 2, 7), 2)],
        mistakes={
            "A reshape mixes positions: N and T must change places, not just be renamed.":
                _split(lambda x, n: x.reshape(len(x), n, x.shape[1], -1)),
            "That is (B, T, N, K): two axes are still to change places.":
                _split(lambda x, n: x.unflatten(2, (n, -1))),
            "A head holds neighbouring features, not every N-th one.":
                _split(lambda x, n: x.unflatten(2, (-1, n)).permute(0, 3, 1, 2)),
            "K features a head, N heads: this has them the wrong way round.":
                _split(lambda x, n: _separate(x, x.shape[2] // n)),
            "Features that are left over are lost silently.": _split(_separate, error=None),
            "The error should be a ValueError.": _split(_separate, error=RuntimeError),
            "The message should hold both numbers.": _split(_separate, text="{1} heads"),
            "Where N does not divide D the text wants an error, not zeros.": lambda x, n:
                _separate(torch.nn.functional.pad(x, (0, -x.shape[2] % n)), n),
            "(B, N, K, T): positions and features have changed places.":
                _split(lambda x, n: _separate(x, n).mT),
        },
    ),
    "join_heads": Exercise(
        reference=_join,
        cases=_heads,
        fixed=lambda: [(torch.arange(8).reshape(1, 2, 2, 2),)],
        mistakes={
            "A reshape alone joins N and T, not N and K.":
                lambda x: x.reshape(len(x), x.shape[2], -1),
            "The features of the heads are interleaved: head 0 comes first.":
                lambda x: x.permute(0, 2, 3, 1).flatten(2),
            "After a transposition view cannot join N and K; something else can.":
                lambda x: x.transpose(1, 2).view(len(x), x.shape[2], -1),
            "The heads are added up, not joined.": lambda x: x.sum(dim=1),
            "Where are the other heads?": lambda x: x[:, 0],
            "Joined along the positions.": lambda x: torch.cat(list(x.unbind(1)), dim=1),
            "Head 0 comes first.": lambda x: _join(x.flip(1)),
            "N and K are neighbours now; the two should become one axis.":
                lambda x: x.transpose(1, 2),
        },
    ),
    "every_second_backwards": Exercise(
        reference=lambda x: x.flip(0)[::2],
        cases=lambda r: (r.tensor(*r.sizes(r.int(1, 3), least=1)),),
        fixed=lambda: [(torch.arange(3),), (torch.arange(4),)],
        mistakes={
            "For an even number of rows this begins with the last but one.":
                lambda x: x[::2].flip(0),
            "torch refuses negative steps.": lambda x: x[::-2],
            "Only the first axis is reversed.": lambda x: x.flip(*range(x.ndim))[::2],
            "The last row belongs to the result.": lambda x: x.flip(0)[1::2],
            "Every row, not every second one.": lambda x: x.flip(0),
            "Every second row, but forwards.": lambda x: x[::2],
            "The last axis was reversed, not the first.": lambda x: x.flip(-1)[::2],
            "The first row is missing where it should be the last: a range ends before "
            "its end.": lambda x: x[torch.arange(len(x) - 1, 0, -2)],
        },
    ),
    "sliding_windows": Exercise(
        reference=_strided,
        cases=_windows,
        fixed=lambda: [(torch.arange(4), 2), (torch.arange(8)[1::2], 2)],
        contract=Contract(view=True),
        mistakes={
            "Right numbers, but they were copied: clone and stack make no views.":
                lambda x, size: x.clone().unfold(0, size, 1),
            "Not every number begins a window: the last ones are too near the end.":
                lambda x, size: _strided(x, size, drop=1 - size),
            "In a slice with a step, the next number is not the next in memory.":
                lambda x, size: _strided(x, size, step=1),
            "The last window is missing.": lambda x, size: _strided(x, size, drop=1),
            "Windows may share numbers: the next one begins one further.":
                lambda x, size: x.unfold(0, size, size),
            "Each row is a window; here each column is.":
                lambda x, size: _strided(x, size).mT,
            "A slice need not begin where its memory begins.": lambda x, size:
                x.as_strided((len(x) - size + 1, size), x.stride() * 2, 0),
            "contiguous copies what is not: then it is no view of x.":
                lambda x, size: _strided(x.contiguous(), size),
        },
    ),
}
