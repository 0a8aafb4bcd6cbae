"""Typical mistakes in the exercises of tensors/attributes; every one must be refused."""

import torch


def sum_paired(a, b):
    return a + b


def sum_with_row_and_column_swapped(a, b):
    return a.unsqueeze(0) + b.unsqueeze(-1)


def sum_in_place(a, b):
    a += 1
    return a.unsqueeze(-1) - 1 + b.unsqueeze(0)


def sum_as_product(a, b):
    return a.unsqueeze(-1) * b.unsqueeze(0)


def brighten_wrapping(picture, amount):
    return picture + amount


def brighten_clamping_too_late(picture, amount):
    return (picture + amount).clamp(0, 255)


def brighten_without_lower_end(picture, amount):
    return (picture.int() + amount).clamp(max=255).to(torch.uint8)


def brighten_left_as_int(picture, amount):
    return (picture.int() + amount).clamp(0, 255)


def brighten_in_place(picture, amount):
    picture.copy_((picture.int() + amount).clamp(0, 255))
    return picture


def bytes_of_floats(shape, dtype):
    count = 1
    for size in shape:
        count *= size
    return 4 * count


def bytes_as_count(shape, dtype):
    count = 1
    for size in shape:
        count *= size
    return count


def bytes_of_sum(shape, dtype):
    return sum(shape) * dtype.itemsize


def bytes_in_bits(shape, dtype):
    count = 1
    for size in shape:
        count *= size
    return count * dtype.itemsize * 8


def bytes_of_no_axes_is_zero(shape, dtype):
    if not shape:
        return 0
    count = 1
    for size in shape:
        count *= size
    return count * dtype.itemsize


def bytes_of_a_made_tensor(shape, dtype):
    return torch.empty(shape, dtype=dtype).nbytes


WRONG = {
    "outer_sum": [sum_paired, sum_with_row_and_column_swapped, sum_in_place, sum_as_product],
    "brighten": [
        brighten_wrapping,
        brighten_clamping_too_late,
        brighten_without_lower_end,
        brighten_left_as_int,
        brighten_in_place,
    ],
    "bytes_needed": [
        bytes_of_floats,
        bytes_as_count,
        bytes_of_sum,
        bytes_in_bits,
        bytes_of_no_axes_is_zero,
        bytes_of_a_made_tensor,
    ],
}
