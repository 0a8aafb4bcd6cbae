"""Exercises of cnn/batch_norm."""

import torch
from torch import nn

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

NEAR = {"scale": 1.0, "offset": 1.0, "ties": False}


def update_running(mean, variance, x, momentum):
    new_mean, new_variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
    return (
        (1 - momentum) * mean + momentum * new_mean,
        (1 - momentum) * variance + momentum * new_variance,
    )


def _statistics(r: Draw) -> tuple:
    B, C, H, W = (size + 1 for size in r.sizes(4, least=1, most=4))
    mean, spread = r.tensor(C, **NEAR), r.tensor(C, **NEAR).abs()
    return mean, spread, r.tensor(B, C, H, W, **NEAR), r.choice(0.1, 0.3, 0.9)


def group_norm(x, num_groups, eps):
    groups = x.reshape(len(x), num_groups, -1)
    mean = groups.mean(2, keepdim=True)
    variance = groups.var(2, correction=0, keepdim=True)
    return ((groups - mean) / (variance + eps).sqrt()).reshape(x.shape)


def _interleaved(x, num_groups, eps):
    order = torch.arange(x.shape[1]).reshape(-1, num_groups).T.flatten()
    return group_norm(x[:, order], num_groups, eps)[:, order.argsort()]


def _groups(r: Draw) -> tuple:
    B, G, K, H, W = r.sizes(5, least=2, most=5)
    near = {"scale": r.choice(0.1, 1.0), "offset": 1.0, "ties": False}
    return r.tensor(B, G * K, H, W, **near), G, r.choice(1e-5, 0.1)


def fold_forward(norm, linear):
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    shift = norm.bias - scale * norm.running_mean
    folded = nn.Linear(linear.in_features, linear.out_features)
    folded.weight = nn.Parameter(linear.weight * scale)
    folded.bias = nn.Parameter(linear.bias + linear.weight @ shift)
    return folded


def _layers(r: Draw) -> tuple:
    D, K = r.sizes(2, least=2)
    norm = nn.BatchNorm1d(D, eps=r.choice(1e-5, 0.1)).eval()
    linear, names = nn.Linear(D, K), ("running_mean", "weight", "bias")
    norm.load_state_dict({name: r.tensor(D, **NEAR) for name in names}
                         | {"running_var": r.tensor(D, **NEAR).abs() + 0.1}, False)
    sizes = {name: p.shape for name, p in linear.named_parameters()}
    linear.load_state_dict({name: r.tensor(*size, **NEAR)
                            for name, size in sizes.items()})  # fmt: skip
    return norm, linear


def _folded(answer, norm, linear):
    with torch.no_grad():
        folded = answer(norm, linear)
    return {name: p.detach().clone() for name, p in folded.state_dict().items()}


def norm_gradient(x, gradient, eps):
    std = (x.var(0, correction=0) + eps).sqrt()
    y = (x - x.mean(0)) / std
    return (gradient - gradient.mean(0) - y * (y * gradient).mean(0)) / std


def _gradient(r: Draw) -> tuple:
    B, D = r.sizes(2, least=2)
    near, double = {"scale": 1.0, "ties": False, "offset": 1.0}, torch.float64
    x, gradient = (r.tensor(B, D, dtype=double, **near) for _ in range(2))
    return x, gradient, r.choice(1e-5, 0.5)


EXERCISES = {
    "update_running": Exercise(
        reference=update_running,
        cases=_statistics,
        rtol=1e-4,
        contract=Contract(fresh=True, without=("batch_norm",)),
        mistakes={
            "The running variance learns from the unbiased estimate.":
                "x.var((0, 2, 3)) -> x.var((0, 2, 3), correction=0)",
            "momentum is the share of the new batch.":
                "(1 - momentum) * mean + momentum * new_mean, -> "
                "momentum * mean + (1 - momentum) * new_mean,",
            "The mean fits; the variance has the shares swapped.":
                "(1 - momentum) * variance + momentum * new_variance, -> "
                "momentum * variance + (1 - momentum) * new_variance,",
            "A standard deviation is not a variance.": "x.var -> x.std",
            "One mean for the whole batch: each channel has its own.":
                "x.mean((0, 2, 3)) -> x.mean()",
            "The mean of the variances of single pictures misses how these differ.":
                "x.var((0, 2, 3)) -> x.var((2, 3)).mean(0)",
            "The variance has not moved.":
                "(1 - momentum) * variance + momentum * new_variance -> variance",
            "An optimizer's momentum keeps a sum; this is a weighted mean.":
                "(1 - momentum) * mean -> mean",
            "The arguments must stay as they are.":
                "(1 - momentum) * mean -> mean.mul_(1 - momentum)",
        },
    ),
    "group_norm": Exercise(
        reference=group_norm,
        cases=_groups,
        rtol=1e-4,
        contract=Contract(no_loop=True, without=("group_norm",)),
        mistakes={
            "This is instance norm: a group holds several channels.":
                "num_groups, -1) -> x.shape[1], -1)",
            "This is layer norm: all channels in one group.": "num_groups, -1 -> 1, -1",
            "Neighbouring channels share a group; here every num_groups-th one does.":
                _interleaved,
            "The variance that divides is the biased one.": "correction=0, -> ",
            "eps belongs under the root.":
                "(variance + eps).sqrt() -> (variance.sqrt() + eps)",
            "Without the root this divides by the variance.": ").sqrt() -> )",
            "Each group has a mean of its own.": "groups - mean -> groups - x.mean()",
            "RMS norm subtracts no mean; group norm does.": "groups - mean -> groups",
            "eps is not used.": " + eps -> ",
        },
    ),
    "fold_forward": Exercise(
        reference=fold_forward,
        cases=_layers,
        use=_folded,
        contract=Contract(draws=True),  # a new nn.Linear draws its weights
        rtol=1e-4,
        mistakes={
            "This scales outputs; the norm comes first and scales the inputs.":
                "linear.weight * scale -> scale[:, None] * linear.weight",
            "The weight fits. What does the norm's shift become in the layer?":
                " + linear.weight @ shift -> ",
            "The shift has passed through the weight twice.":
                "linear.weight @ shift -> folded.weight @ shift",
            "The mean is subtracted.": "norm.bias - scale -> norm.bias + scale",
            "The mean is divided like everything else.":
                "- scale * norm.running_mean -> - norm.running_mean",
            "The norm's weight is missing.": "norm.weight / -> 1 /",
            "The norm's bias is missing.": "norm.bias - -> -",
            "eps is missing.": " + norm.eps -> ",
            "Divide by the root of the variance.": ").sqrt() -> )",
        },
    ),
    "norm_gradient": Exercise(
        reference=norm_gradient,
        cases=_gradient,
        contract=Contract(without=("autograd",)),
        rtol=1e-6,
        mistakes={
            "x also moves mean and variance; here both count as constants.":
                " - gradient.mean(0) - y * (y * gradient).mean(0) -> ",
            "The mean is accounted for. How does the variance depend on x?":
                " - y * (y * gradient).mean(0) -> ",
            "The variance is accounted for. How does the mean depend on x?":
                " - gradient.mean(0) -> ",
            "The last term of each row is in proportion to its y.":
                "- y * ( -> - (",
            "Divide by the standard deviation.": "/ std -> * std",
            "The forward pass divides by the biased variance.": ", correction=0 -> ",
            "eps is part of the divisor.": " + eps -> ",
            "A mean over the rows, not a sum.":
                "(y * gradient).mean(0) -> (y * gradient).sum(0)",
            "The second term is missing its minus.": "- y * -> + y *",
        },
    ),
}
