"""Typical mistakes in the exercises of tensors/creation; every one must be refused."""

import numpy as np
import torch


def one_hot_of_integers(labels, num_classes):
    return torch.nn.functional.one_hot(labels, num_classes)


def one_hot_as_wide_as_the_labels(labels, num_classes):
    width = int(labels.max()) + 1 if len(labels) else num_classes
    return torch.eye(width)[labels]


def one_hot_transposed(labels, num_classes):
    return torch.eye(num_classes)[:, labels]


def one_hot_with_a_loop_from_the_first(labels, num_classes):
    return torch.stack([torch.eye(num_classes)[label] for label in labels])


def board_starting_with_one(n):
    steps = torch.arange(n)
    return (steps[:, None] + steps + 1) % 2


def board_of_floats(n):
    steps = torch.arange(float(n))
    return (steps[:, None] + steps) % 2


def board_by_counting(n):
    return torch.arange(n * n).reshape(n, n) % 2


def board_as_one_row(n):
    return torch.arange(n) % 2


def floats_by_256(array):
    return torch.from_numpy(array).float() / 256


def floats_by_own_maximum(array):
    x = torch.from_numpy(array).float()
    return x / x.max()


def floats_of_64_bits(array):
    return torch.from_numpy(array / 255.0).double()


def floats_divided_in_place(array):
    return torch.from_numpy(array).float().div_(255)


def floats_scaled_only_if_bytes(array):
    x = torch.as_tensor(array)
    return x.float() / 255 if x.dtype == torch.uint8 else x


def floats_after_clearing(array):
    result = torch.from_numpy(array).float() / 255
    array[:] = np.uint8(0)
    return result


WRONG = {
    "one_hot": [
        one_hot_of_integers,
        one_hot_as_wide_as_the_labels,
        one_hot_transposed,
        one_hot_with_a_loop_from_the_first,
    ],
    "chessboard": [
        board_starting_with_one,
        board_of_floats,
        board_by_counting,
        board_as_one_row,
    ],
    "to_floats": [
        floats_by_256,
        floats_by_own_maximum,
        floats_of_64_bits,
        floats_divided_in_place,
        floats_scaled_only_if_bytes,
        floats_after_clearing,
    ],
}
