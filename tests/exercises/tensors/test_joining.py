"""Typical mistakes in the exercises of tensors/joining; every one must be refused."""

import torch


def vote_over_examples(predictions):
    return torch.stack(predictions).mode(dim=1).values


def vote_of_everything(predictions):
    return torch.cat(predictions).mode(dim=0).values


def vote_by_mean(predictions):
    return torch.stack(predictions).double().mean(dim=0).long()


def vote_for_the_largest(predictions):
    return torch.stack(predictions).max(dim=0).values


def vote_with_ties_to_the_first_model(predictions):
    stacked = torch.stack(predictions)
    counts = (stacked[:, None] == stacked).sum(dim=1)
    return stacked.gather(0, counts.argmax(dim=0, keepdim=True))[0]


def shares_by_chunk(x, num_workers):
    return list(x.chunk(num_workers))


def shares_with_the_rest_at_the_end(x, num_workers):
    base = len(x) // num_workers
    return list(x.split([base] * (num_workers - 1) + [len(x) - base * (num_workers - 1)]))


def shares_as_tuple(x, num_workers):
    return x.tensor_split(num_workers)


def shares_of_columns(x, num_workers):
    return list(x.tensor_split(num_workers, dim=-1))


def shares_longer_last(x, num_workers):
    base, longer = divmod(len(x), num_workers)
    return list(x.split([base] * (num_workers - longer) + [base + 1] * longer))


def interleave_by_cat(a, b):
    return torch.cat([a, b])


def interleave_numbers(a, b):
    return torch.stack([a, b], dim=-1).reshape(2 * len(a), -1)


def interleave_unflattened(a, b):
    return torch.stack([a, b], dim=1)


def interleave_starting_with_b(a, b):
    return torch.stack([b, a], dim=1).flatten(0, 1)


def interleave_side_by_side(a, b):
    return torch.cat([a, b], dim=1)


WRONG = {
    "vote": [
        vote_over_examples,
        vote_of_everything,
        vote_by_mean,
        vote_for_the_largest,
        vote_with_ties_to_the_first_model,
    ],
    "shares": [
        shares_by_chunk,
        shares_with_the_rest_at_the_end,
        shares_as_tuple,
        shares_of_columns,
        shares_longer_last,
    ],
    "interleave": [
        interleave_by_cat,
        interleave_numbers,
        interleave_unflattened,
        interleave_starting_with_b,
        interleave_side_by_side,
    ],
}
