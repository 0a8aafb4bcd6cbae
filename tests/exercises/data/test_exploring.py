"""Typical mistakes in the exercises of data/exploring; every one must be refused."""

import torch


def counts_of_present_classes(labels, num_classes):
    return labels.unique(return_counts=True)[1]


def counts_up_to_the_largest(labels, num_classes):
    if labels.max() >= num_classes:
        raise ValueError(f"label {labels.max()}")
    return torch.bincount(labels)


def counts_in_order_of_size(labels, num_classes):
    return torch.bincount(labels, minlength=num_classes).sort(descending=True).values


def counts_that_grow(labels, num_classes):
    return torch.bincount(labels, minlength=num_classes)


def counts_as_shares(labels, num_classes):
    return torch.bincount(labels, minlength=num_classes) / len(labels)


def duplicates_by_sum(first, second):
    return [(i, j) for i in range(len(first)) for j in range(len(second))
            if first[i].sum() == second[j].sum()]


def duplicates_in_any_order(first, second):
    return [(i, j) for i in range(len(first)) for j in range(len(second))
            if torch.equal(first[i].sort().values, second[j].sort().values)]


def only_the_first_duplicate(first, second):
    found = []
    for i in range(len(first)):
        for j in range(len(second)):
            if torch.equal(first[i], second[j]):
                found.append((i, j))
                break
    return found


def duplicates_at_the_same_place(first, second):
    return [(i, i) for i in range(min(len(first), len(second))) if torch.equal(first[i], second[i])]


def duplicates_after_rounding(first, second):
    first, second = first.long(), second.long()
    return [(i, j) for i in range(len(first)) for j in range(len(second))
            if torch.equal(first[i], second[j])]


def nearest_by_squares(test, train):
    found = (test[:, None] - train).square().sum(dim=2).min(dim=1)
    return found.values, found.indices


def nearest_the_other_way(test, train):
    found = torch.cdist(test, train).min(dim=0)
    return found.values, found.indices


def nearest_squeezed(test, train):
    found = torch.cdist(test, train).min(dim=1)
    return found.values.squeeze(), found.indices.squeeze()


def nearest_in_the_wrong_order(test, train):
    found = torch.cdist(test, train).min(dim=1)
    return found.indices, found.values


def _pairs(r, threshold):
    return [(i, j) for i in range(len(r)) for j in range(i + 1, len(r)) if r[i, j] > threshold]


def only_rising_pairs(x, threshold):
    return _pairs(torch.corrcoef(x.T), threshold)


def pairs_both_ways(x, threshold):
    r = torch.corrcoef(x.T).abs()
    return [(i, j) for i in range(len(r)) for j in range(len(r)) if i != j and r[i, j] > threshold]


def constant_as_perfect(x, threshold):
    return _pairs(torch.corrcoef(x.T).abs().nan_to_num(1.0), threshold)


def correlation_of_rows(x, threshold):
    return _pairs(torch.corrcoef(x).abs(), threshold)


def fixed_threshold(x, threshold):
    return _pairs(torch.corrcoef(x.T).abs(), 0.95)


WRONG = {
    "class_counts": [
        counts_of_present_classes,
        counts_up_to_the_largest,
        counts_in_order_of_size,
        counts_that_grow,
        counts_as_shares,
    ],
    "exact_duplicates": [
        duplicates_by_sum,
        duplicates_in_any_order,
        only_the_first_duplicate,
        duplicates_at_the_same_place,
        duplicates_after_rounding,
    ],
    "nearest_across": [
        nearest_by_squares,
        nearest_the_other_way,
        nearest_squeezed,
        nearest_in_the_wrong_order,
    ],
    "correlated_pairs": [
        only_rising_pairs,
        pairs_both_ways,
        constant_as_perfect,
        correlation_of_rows,
        fixed_threshold,
    ],
}
