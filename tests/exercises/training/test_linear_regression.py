"""Typical mistakes in the exercises of training/linear_regression; every one must be refused."""

import torch


def gradient_of_the_sum(features, targets, weight, bias):
    errors = features @ weight + bias - targets
    return 2 * features.T @ errors, 2 * errors.sum()


def gradient_without_transpose(features, targets, weight, bias):
    errors = features @ weight + bias - targets
    if features.shape[0] != features.shape[1]:
        return 2 * features.T @ errors / len(errors), 2 * errors.mean()
    return 2 * features @ errors / len(errors), 2 * errors.mean()


def gradient_with_the_sign_of_the_step(features, targets, weight, bias):
    errors = targets - features @ weight - bias
    return 2 * features.T @ errors / len(errors), 2 * errors.mean()


def gradient_for_batches_of_five(features, targets, weight, bias):
    errors = features @ weight + bias - targets
    return 2 * features.T @ errors / 5, 2 * errors.sum() / 5


def gradient_that_edits_the_targets(features, targets, weight, bias):
    targets -= features @ weight + bias
    return -2 * features.T @ targets / len(targets), -2 * targets.mean()


def mean_of_batch_means(batch_losses, batch_sizes):
    return sum(batch_losses) / len(batch_losses)


def loss_over_nominal_size(batch_losses, batch_sizes):
    total = sum(b * s for b, s in zip(batch_losses, batch_sizes, strict=True))
    return total / (max(batch_sizes) * len(batch_sizes))


def loss_of_no_batch_is_zero(batch_losses, batch_sizes):
    total = sum(b * s for b, s in zip(batch_losses, batch_sizes, strict=True))
    return total / max(sum(batch_sizes), 1)


def sum_of_losses(batch_losses, batch_sizes):
    return sum(batch_losses) / sum(batch_sizes)


def step_with_decay_after_it(weight, gradient, lr, weight_decay):
    weight = weight - lr * gradient
    return weight - lr * weight_decay * weight


def step_with_decay_of_the_wrong_sign(weight, gradient, lr, weight_decay):
    return weight - lr * (gradient - weight_decay * weight)


def step_uphill(weight, gradient, lr, weight_decay):
    return weight + lr * (gradient + weight_decay * weight)


def step_in_place(weight, gradient, lr, weight_decay):
    weight -= lr * (gradient + weight_decay * weight)
    return weight


def standardise_each_by_itself(train, test):
    def own(x):
        std = x.std(0, correction=0)
        return (x - x.mean(0)) / torch.where(std > 0, std, 1.0)

    return own(train), own(test)


def standardise_with_sample_std(train, test):
    std = train.std(0)
    std = torch.where(std > 0, std, 1.0)
    return (train - train.mean(0)) / std, (test - train.mean(0)) / std


def standardise_constant_to_nan(train, test):
    mean, std = train.mean(0), train.std(0, correction=0)
    return (train - mean) / std, (test - mean) / std


def standardise_per_example(train, test):
    mean, std = train.mean(1, keepdim=True), train.std(1, keepdim=True, correction=0)
    return (train - mean) / std, (test - mean[: len(test)]) / std[: len(test)]


def standardise_test_with_its_own_mean(train, test):
    std = train.std(0, correction=0)
    std = torch.where(std > 0, std, 1.0)
    own = test.mean(0) if len(test) > 1 else train.mean(0)
    return (train - train.mean(0)) / std, (test - own) / std


WRONG = {
    "gradient_by_hand": [
        gradient_of_the_sum,
        gradient_without_transpose,
        gradient_with_the_sign_of_the_step,
        gradient_for_batches_of_five,
        gradient_that_edits_the_targets,
    ],
    "epoch_loss": [
        mean_of_batch_means,
        loss_over_nominal_size,
        loss_of_no_batch_is_zero,
        sum_of_losses,
    ],
    "ridge_step": [
        step_with_decay_after_it,
        step_with_decay_of_the_wrong_sign,
        step_uphill,
        step_in_place,
    ],
    "standardise": [
        standardise_each_by_itself,
        standardise_with_sample_std,
        standardise_constant_to_nan,
        standardise_per_example,
        standardise_test_with_its_own_mean,
    ],
}
