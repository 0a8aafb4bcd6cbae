"""Exercises of tensors/shapes."""

import torch
from torch.nn.functional import pad

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def mosaic(images, columns):
    H, W = images.shape[2:]
    grid = images.reshape(-1, columns, H, W).permute(0, 2, 1, 3)
    return grid.reshape(-1, columns * W)


def _images(r: Draw) -> tuple:
    rows, columns, H, W = r.sizes(4, least=1, most=4)
    return r.tensor(rows * columns, 1, H, W), columns


def separate_heads(x, num_heads):
    if x.shape[2] % num_heads:
        raise ValueError(f"{x.shape[2]}, {num_heads}")
    return x.unflatten(2, (num_heads, -1)).transpose(1, 2)


def _features(r: Draw) -> tuple:
    B, T, K = r.sizes(3, least=1)
    num_heads = r.int(1, 4)
    return r.tensor(B, T, num_heads * K + r.choice(0, 0, 0, 1)), num_heads


def join_heads(x):
    return x.transpose(1, 2).flatten(2)


def every_second_backwards(x):
    return x.flip(0)[::2]


def sliding_windows(x, size):
    step = x.stride(0)
    return x.as_strided((len(x) - size + 1, size), (step, step))


def _windows(r: Draw) -> tuple:
    T = r.size(least=1, most=12)
    return r.tensor(T), r.int(1, T)


EXERCISES = {
    "mosaic": Exercise(
        reference=mosaic,
        cases=_images,
        fixed=lambda: [(torch.arange(12).reshape(6, 1, 1, 2), 3)],
        mistakes={
            "A reshape leaves the order in memory, and rows of pixels must move.":
                ".permute(0, 2, 1, 3) -> ",
            "columns is the number of pictures in a row, not of rows.":
                "H, W = -> columns, H, W = len(images) // columns, *",
            "The second picture stands to the right of the first.":
                "images.reshape(-1, columns, H, W) -> "
                "images.reshape(columns, -1, H, W).transpose(0, 1)",
            "All pictures below each other: the columns are missing.":
                "columns * W -> W",
            "The pictures lie on their side: H and W are swapped.":
                "H, W = -> images = images.mT; H, W = ",
            "After permute, axes lie apart in memory: view cannot join them.":
                "grid.reshape -> grid.view",
            "A poster has two axes.": "(-1, columns * W) -> (1, -1, columns * W)",
            "The axes are in order; join them two by two.":
                ".reshape(-1, columns * W) -> ",
            "The last row of pictures comes first.":
                "images.reshape -> images.flip(0).reshape",
        },
    ),
    "separate_heads": Exercise(
        reference=separate_heads,
        cases=_features,
        fixed=lambda: [
            (torch.arange(8).reshape(1, 2, 4), 2), (torch.zeros(1, 2, 7), 2)
        ],
        mistakes={
            "A reshape mixes positions: N and T must be swapped, not renamed.":
                "unflatten(2, (num_heads, -1)).transpose(1, 2) -> "
                "reshape(len(x), num_heads, x.shape[1], -1)",
            "That is (B, T, N, K): two axes are still to be swapped.":
                ".transpose(1, 2) -> ",
            "A head holds neighbouring features, not every N-th one.":
                "(num_heads, -1)).transpose(1, 2) -> "
                "(-1, num_heads)).permute(0, 3, 1, 2)",
            "K features a head, N heads: this has them the wrong way round.":
                "(num_heads, -1) -> (-1, num_heads)",
            "Where N does not divide D the task wants an error, not zeros.":
                lambda x, n:
                separate_heads(pad(x, (0, -x.shape[2] % n)), n),
            "The error should be a ValueError.": "ValueError -> RuntimeError",
            "The message should hold both numbers.": "{x.shape[2]},  -> ",
            "(B, N, K, T): positions and features are swapped.":
                "transpose(1, 2) -> permute(0, 2, 3, 1)",
        },
    ),
    "join_heads": Exercise(
        reference=join_heads,
        cases=lambda r: (r.tensor(*r.sizes(4, least=1, most=5)),),
        fixed=lambda: [(torch.arange(8).reshape(1, 2, 2, 2),)],
        mistakes={
            "A reshape alone joins N and T, not N and K.":
                "transpose(1, 2).flatten(2) -> reshape(len(x), x.shape[2], -1)",
            "The features of the heads are interleaved: head 0 comes first.":
                "transpose(1, 2) -> permute(0, 2, 3, 1)",
            "After a transposition view cannot join N and K; something else can.":
                "flatten(2) -> view(len(x), x.shape[2], -1)",
            "The heads are added up, not joined.":
                "transpose(1, 2).flatten(2) -> sum(dim=1)",
            "Where are the other heads?": "x.transpose(1, 2).flatten(2) -> x[:, 0]",
            "Joined along the positions.":
                "transpose(1, 2).flatten(2) -> flatten(1, 2)",
            "Head 0 comes first.": "x.transpose -> x.flip(1).transpose",
            "N and K are neighbours; now the two should become one.": ".flatten(2) -> ",
        },
    ),
    "every_second_backwards": Exercise(
        reference=every_second_backwards,
        cases=lambda r: (r.tensor(*r.sizes(r.int(1, 3), least=1)),),
        fixed=lambda: [(torch.arange(3),), (torch.arange(4),)],
        mistakes={
            "For an even number of rows this begins with the last but one.":
                "flip(0)[::2] -> __getitem__(slice(None, None, 2)).flip(0)",
            "torch refuses negative steps.": ".flip(0)[::2] -> [::-2]",
            "Only the first axis is reversed.": "flip(0) -> flip(*range(x.ndim))",
            "The last row belongs to the result.": "::2 -> 1::2",
            "Every row, not every second one.": "[::2] -> ",
            "Every second row, but forwards.": ".flip(0) -> ",
            "The last axis was reversed, not the first.": "flip(0) -> flip(-1)",
            "The first row may belong to the result: a range ends before its end.":
                "flip(0)[::2] -> __getitem__(torch.arange(len(x) - 1, 0, -2))",
        },
    ),
    "sliding_windows": Exercise(
        reference=sliding_windows,
        cases=_windows,
        fixed=lambda: [(torch.arange(4), 2), (torch.arange(8)[1::2], 2)],
        contract=Contract(view=True),
        mistakes={
            "Right numbers, but they were copied: clone and stack make no views.":
                "return x -> return x.clone().as_strided((len(x),), (1,))",
            "Not every number begins a window: the last are too near the end.":
                "len(x) - size + 1 -> len(x)",
            "In a slice with a step, the next number is not the next in memory.":
                "x.stride(0) -> 1",
            "The last window is missing.": "size + 1 -> size",
            "Windows may share numbers: the next one begins one further.":
                "as_strided((len(x) - size + 1, size), (step, step)) -> "
                "unfold(0, size, size)",
            "Each row is a window; here each column is.":
                "(step, step)) -> (step, step)).mT",
            "A slice need not begin where its memory begins.":
                "(step, step) -> (step, step), 0",
            "contiguous copies what is not: then it is no view of x.":
                "step = -> x = x.contiguous(); step = ",
        },
    ),
}
