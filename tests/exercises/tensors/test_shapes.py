"""Typical mistakes in the exercises of tensors/shapes; every one must be refused."""

import torch


def mosaic_by_reshape(images, columns):
    return images.reshape(-1, columns * images.shape[3])


def mosaic_filled_by_columns(images, columns):
    number, _, height, width = images.shape
    grid = images.reshape(columns, number // columns, height, width)
    return grid.permute(1, 2, 0, 3).reshape(-1, columns * width)


def mosaic_with_rows_for_columns(images, columns):
    number, _, height, width = images.shape
    grid = images.reshape(columns, number // columns, height, width)
    return grid.permute(0, 2, 1, 3).reshape(columns * height, -1)


def mosaic_by_view(images, columns):
    number, _, height, width = images.shape
    grid = images.view(number // columns, columns, height, width)
    return grid.permute(0, 2, 1, 3).view(-1, columns * width)


def separate_by_reshape(x, num_heads):
    batch, length, features = x.shape
    return x.reshape(batch, num_heads, length, features // num_heads)


def separate_interleaved(x, num_heads):
    return x.unflatten(2, (-1, num_heads)).permute(0, 3, 1, 2)


def separate_without_swap(x, num_heads):
    return x.unflatten(2, (num_heads, -1))


def separate_without_check(x, num_heads):
    size = x.shape[2] // num_heads
    return x[:, :, : num_heads * size].unflatten(2, (num_heads, size)).transpose(1, 2)


def join_by_reshape(x):
    batch, heads, length, size = x.shape
    return x.reshape(batch, length, heads * size)


def join_by_view(x):
    batch, heads, length, size = x.shape
    return x.transpose(1, 2).view(batch, length, heads * size)


def join_interleaved(x):
    return x.permute(0, 2, 3, 1).flatten(2)


def join_too_much(x):
    return x.transpose(1, 2).flatten(1)


def step_then_reverse(x):
    return x[::2].flip(0)


def start_one_late(x):
    return x.flip(0)[1::2]


def reverse_every_axis(x):
    return x.flip(tuple(range(x.dim())))[::2]


def reverse_columns_too(x):
    return x.flip(0, 1)[::2]


def negative_step(x):
    return x[::-2]


def windows_copied(x, size):
    return torch.stack([x[i : i + size] for i in range(len(x) - size + 1)])


def windows_side_by_side(x, size):
    return x.unfold(0, size, size)


def windows_with_stride_one(x, size):
    return x.as_strided((len(x) - size + 1, size), (1, 1))


def windows_one_too_few(x, size):
    return x.unfold(0, size, 1)[:-1]


WRONG = {
    "mosaic": [
        mosaic_by_reshape,
        mosaic_filled_by_columns,
        mosaic_with_rows_for_columns,
        mosaic_by_view,
    ],
    "separate_heads": [
        separate_by_reshape,
        separate_interleaved,
        separate_without_swap,
        separate_without_check,
    ],
    "join_heads": [
        join_by_reshape,
        join_by_view,
        join_interleaved,
        join_too_much,
    ],
    "every_second_backwards": [
        step_then_reverse,
        start_one_late,
        reverse_every_axis,
        reverse_columns_too,
        negative_step,
    ],
    "sliding_windows": [
        windows_copied,
        windows_side_by_side,
        windows_with_stride_one,
        windows_one_too_few,
    ],
}
