"""Typical mistakes in the exercises of tensors/linear_algebra; every one must be refused."""

import itertools
import math

import torch


def cosines_without_norms(x, y):
    return x @ y.T


def cosines_with_one_norm(x, y):
    return x @ y.T / (torch.linalg.norm(x) * torch.linalg.norm(y))


def cosines_without_keepdim(x, y):
    if x.shape[0] != x.shape[1]:
        return cosines_right(x, y)
    return (x / x.norm(dim=1)) @ (y / y.norm(dim=1)).T


def cosines_right(x, y):
    return torch.nn.functional.cosine_similarity(x[:, None], y, dim=-1)


def cosines_transposed(x, y):
    return cosines_right(y, x)


def cosines_in_place(x, y):
    x /= x.norm(dim=1, keepdim=True)
    y /= y.norm(dim=1, keepdim=True)
    return x @ y.T


def forms_as_a_table(x, A):
    return x @ A @ x.T


def forms_of_the_diagonal(x, A):
    return (x**2 * A.diagonal()).sum(dim=1)


def forms_of_squares(x, A):
    return (x @ A).square().sum(dim=1)


def forms_with_a_column(x, A):
    return ((x @ A) * x).sum(dim=1, keepdim=True)


def forms_summed(x, A):
    return ((x @ A) * x).sum()


def cost_of_all_sizes(sizes):
    return math.prod(sizes)


def cost_from_the_right(sizes):
    rest = sizes[:-1]
    return sum(a * b * sizes[-1] for a, b in itertools.pairwise(rest))


def cost_of_neighbours(sizes):
    return sum(a * b for a, b in itertools.pairwise(sizes))


def cost_of_triples(sizes):
    return sum(a * b * c for a, b, c in zip(sizes, sizes[1:], sizes[2:], strict=False))


def cost_with_one_for_one(sizes):
    return cost_of_triples(sizes) or 1


WRONG = {
    "cosines": [
        cosines_without_norms,
        cosines_with_one_norm,
        cosines_without_keepdim,
        cosines_transposed,
        cosines_in_place,
    ],
    "quadratic_forms": [
        forms_as_a_table,
        forms_of_the_diagonal,
        forms_of_squares,
        forms_with_a_column,
        forms_summed,
    ],
    "chain_cost": [
        cost_of_all_sizes,
        cost_from_the_right,
        cost_of_neighbours,
        cost_of_triples,
        cost_with_one_for_one,
    ],
}
