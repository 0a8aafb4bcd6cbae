"""Typical mistakes in the exercises of tensors/broadcasting; every one must be refused."""

import torch


def differences_paired_off(a, b):
    return a - b


def differences_transposed(a, b):
    return a - b[:, None]


def differences_with_the_wrong_sign(a, b):
    return b - a[:, None]


def standardise_all(x, eps=1e-5):
    return (x - x.mean()) / (x.var(correction=0) + eps).sqrt()


def standardise_with_sample_variance(x, eps=1e-5):
    return (x - x.mean(1, keepdim=True)) / (x.var(1, keepdim=True) + eps).sqrt()


def standardise_without_keepdim(x, eps=1e-5):
    if x.shape[0] != x.shape[1]:
        return (x - x.mean(1)[:, None]) / (x.var(1, correction=0)[:, None] + eps).sqrt()
    return (x - x.mean(1)) / (x.var(1, correction=0) + eps).sqrt()


def standardise_without_eps(x, eps=1e-5):
    return (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True, correction=0)


def standardise_in_place(x, eps=1e-5):
    x -= x.mean(1, keepdim=True)
    x /= (x.var(1, keepdim=True, correction=0) + eps).sqrt()
    return x


def scale_columns(images, factors):
    return images * factors


def scale_columns_where_they_fit(images, factors):
    if images.shape[-1] == len(factors):
        return images * factors
    return images * factors[:, None, None]


def scale_pictures(images, factors):
    if images.shape[0] == len(factors):
        return images * factors[:, None, None, None]
    return images * factors[:, None, None]


def scale_in_place(images, factors):
    images *= factors[:, None, None]
    return images


def loss_that_broadcasts(predictions, targets):
    return (predictions - targets).square().mean()


def loss_that_sums(predictions, targets):
    if predictions.shape != targets.shape:
        raise ValueError(f"{predictions.shape} {targets.shape}")
    return (predictions - targets).square().sum()


def loss_with_an_empty_message(predictions, targets):
    if predictions.shape != targets.shape:
        raise ValueError
    return (predictions - targets).square().mean()


def loss_that_compares_lengths(predictions, targets):
    if len(predictions) != len(targets.reshape(-1)):
        raise ValueError(f"{predictions.shape} {targets.shape}")
    return torch.mean((predictions - targets.reshape(-1)) ** 2)


WRONG = {
    "all_differences": [
        differences_paired_off,
        differences_transposed,
        differences_with_the_wrong_sign,
    ],
    "standardise_rows": [
        standardise_all,
        standardise_with_sample_variance,
        standardise_without_keepdim,
        standardise_without_eps,
        standardise_in_place,
    ],
    "scale_channels": [
        scale_columns,
        scale_columns_where_they_fit,
        scale_pictures,
        scale_in_place,
    ],
    "strict_squared_loss": [
        loss_that_broadcasts,
        loss_that_sums,
        loss_with_an_empty_message,
        loss_that_compares_lengths,
    ],
}
