"""Typical mistakes in the exercises of tensors/statistics; every one must be refused."""

import torch


def best_by_flat_argmax(scores, items):
    return items.flatten()[scores.argmax()]


def best_of_columns(scores, items):
    return items.gather(0, scores.argmax(dim=0, keepdim=True)).squeeze(0)


def best_scores(scores, items):
    return scores.max(dim=1).values


def best_as_a_column(scores, items):
    return items.gather(1, scores.argmax(dim=1, keepdim=True))


def best_as_a_table(scores, items):
    return items[:, scores.argmax(dim=1)]


def best_squeezed_to_nothing(scores, items):
    return items.gather(1, scores.argmax(dim=1, keepdim=True)).squeeze()


def merge_without_the_distance(first, second):
    (n1, m1, v1), (n2, m2, v2) = first, second
    n = n1 + n2
    return n, (n1 * m1 + n2 * m2) / n, (n1 * v1 + n2 * v2) / n


def merge_unweighted(first, second):
    (n1, m1, v1), (n2, m2, v2) = first, second
    return n1 + n2, (m1 + m2) / 2, (v1 + v2) / 2 + (m1 - m2) ** 2 / 4


def merge_adding_variances(first, second):
    (n1, m1, v1), (n2, m2, v2) = first, second
    n = n1 + n2
    return n, (n1 * m1 + n2 * m2) / n, v1 + v2


def merge_with_half_the_distance(first, second):
    (n1, m1, v1), (n2, m2, v2) = first, second
    n = n1 + n2
    return n, (n1 * m1 + n2 * m2) / n, (n1 * v1 + n2 * v2) / n + (m1 - m2) ** 2 / 4


def error_of_the_values(values, num_draws, generator):
    draws = torch.randint(len(values), (num_draws, len(values)), generator=generator)
    return values[draws].std().item()


def error_without_the_generator(values, num_draws, generator):
    draws = torch.randint(len(values), (num_draws, len(values)))
    return values[draws].mean(dim=1).std().item()


def error_over_the_wrong_axis(values, num_draws, generator):
    draws = torch.randint(len(values), (num_draws, len(values)), generator=generator)
    return values[draws].mean(dim=0).std().item()


def error_with_a_fixed_seed(values, num_draws, generator):
    own = torch.Generator().manual_seed(0)
    draws = torch.randint(len(values), (num_draws, len(values)), generator=own)
    return values[draws].mean(dim=1).std().item()


def error_as_a_tensor(values, num_draws, generator):
    draws = torch.randint(len(values), (num_draws, len(values)), generator=generator)
    return values[draws].mean(dim=1).std()


WRONG = {
    "best_of_rows": [
        best_by_flat_argmax,
        best_of_columns,
        best_scores,
        best_as_a_column,
        best_as_a_table,
        best_squeezed_to_nothing,
    ],
    "merge": [
        merge_without_the_distance,
        merge_unweighted,
        merge_adding_variances,
        merge_with_half_the_distance,
    ],
    "bootstrap_error": [
        error_of_the_values,
        error_without_the_generator,
        error_over_the_wrong_axis,
        error_with_a_fixed_seed,
        error_as_a_tensor,
    ],
}
