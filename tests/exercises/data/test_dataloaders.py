"""Typical mistakes in the exercises of data/dataloaders; every one must be refused."""

import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence


def cut(order, batch_size):
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def batches_always_whole(order, batch_size, drop_last=False):
    return [order[i * batch_size : (i + 1) * batch_size] for i in range(len(order) // batch_size)]


def batches_that_ignore_drop_last(order, batch_size, drop_last=False):
    return cut(order, batch_size)


def batches_without_their_last(order, batch_size, drop_last=False):
    batches = cut(order, batch_size)
    return batches[:-1] if drop_last else batches


def batches_sorted(order, batch_size, drop_last=False):
    batches = cut(sorted(order), batch_size)
    return [batch for batch in batches if len(batch) == batch_size or not drop_last]


def batches_of_nothing_accepted(order, batch_size, drop_last=False):
    if batch_size < 1:
        return []
    return [batch for batch in cut(order, batch_size) if len(batch) == batch_size or not drop_last]


def max_over_everything(values, mask):
    return values.amax(dim=1)


def max_with_zeros(values, mask):
    return (values * mask[..., None]).amax(dim=1)


def max_with_minus_a_thousand(values, mask):
    return values.masked_fill(~mask[..., None], -1000.0).amax(dim=1)


def max_over_features(values, mask):
    return values.masked_fill(~mask[..., None], -torch.inf).amax(dim=2)


def max_in_place(values, mask):
    return values.masked_fill_(~mask[..., None], -torch.inf).amax(dim=1)


def lengths_instead_of_indices(lengths, batch_size):
    return cut(sorted(lengths), batch_size)


def longest_first(lengths, batch_size):
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    return cut(order, batch_size)


def ties_backwards(lengths, batch_size):
    order = sorted(range(len(lengths)), key=lambda index: (lengths[index], -index))
    return cut(order, batch_size)


def last_batch_lost(lengths, batch_size):
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    return [batch for batch in cut(order, batch_size) if len(batch) == batch_size]


def right_padding(examples):
    values = pad_sequence([sequence for sequence, _ in examples], batch_first=True)
    lengths = torch.tensor([len(sequence) for sequence, _ in examples])
    mask = torch.arange(values.shape[1]) < lengths[:, None]
    return values, mask, torch.tensor([label for _, label in examples])


def left_padding(examples):
    longest = max(len(sequence) for sequence, _ in examples)
    rows = [F.pad(sequence, (longest - len(sequence), 0)) for sequence, _ in examples]
    real = torch.tensor([len(sequence) for sequence, _ in examples])
    mask = torch.arange(longest) >= longest - real[:, None]
    return torch.stack(rows), mask, torch.tensor([label for _, label in examples])


def left_values_with_a_right_mask(examples):
    return left_padding(examples)[0], *right_padding(examples)[1:]


def mask_from_values(examples):
    values, _, labels = left_padding(examples)
    return values, values != 0, labels


def left_padding_without_mask(examples):
    values, _, labels = left_padding(examples)
    return values, labels


def whole_numbers_only(examples):
    values, mask, labels = left_padding(examples)
    return values.long(), mask, labels


WRONG = {
    "batch_indices": [
        batches_always_whole,
        batches_that_ignore_drop_last,
        batches_without_their_last,
        batches_sorted,
        batches_of_nothing_accepted,
    ],
    "masked_max": [
        max_over_everything,
        max_with_zeros,
        max_with_minus_a_thousand,
        max_over_features,
        max_in_place,
    ],
    "length_batches": [
        lengths_instead_of_indices,
        longest_first,
        ties_backwards,
        last_batch_lost,
    ],
    "collate_left": [
        right_padding,
        left_values_with_a_right_mask,
        mask_from_values,
        left_padding_without_mask,
        whole_numbers_only,
    ],
}
