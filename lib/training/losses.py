"""Losses: how wrong a prediction is, as one number; equal to torch's, gradients too."""

import torch
from torch import Tensor

from lib.training.softmax_regression import log_softmax


def mse_loss(
    predictions: Tensor, targets: Tensor, *, reduction: str = "mean"
) -> Tensor:
    r"""Return the squared errors, or their mean or sum.

    $$\ell_i = (\hat y_i - y_i)^2$$

    Shapes: predictions, targets (any shape, the same for both) -> () or that shape.
    Raises: ValueError if the shapes differ or `reduction` is unknown.
    Same as: torch.nn.functional.mse_loss, which broadcasts with a warning.
    """
    return reduced(_errors(predictions, targets).square(), reduction)


def l1_loss(predictions: Tensor, targets: Tensor, *, reduction: str = "mean") -> Tensor:
    r"""Return the absolute errors, or their mean or sum.

    $$\ell_i = |\hat y_i - y_i|$$

    Shapes: predictions, targets (any shape, the same for both) -> () or that shape.
    Raises: ValueError if the shapes differ or `reduction` is unknown.
    Same as: torch.nn.functional.l1_loss, which broadcasts with a warning.
    """
    return reduced(_errors(predictions, targets).abs(), reduction)


def huber_loss(
    predictions: Tensor, targets: Tensor, *, delta: float = 1.0, reduction: str = "mean"
) -> Tensor:
    r"""Return Huber's loss of the errors, squared near 0 and linear beyond `delta`.

    $$\ell_i = \begin{cases} e_i^2/2 & |e_i| \le \delta \\
    \delta\,(|e_i| - \delta/2) & |e_i| > \delta \end{cases} \qquad e = \hat y - y$$

    Shapes: predictions, targets (any shape, the same for both) -> () or that shape.
    Units: delta in the unit of the targets.
    Raises: ValueError if the shapes differ, `delta` is not positive or `reduction` is
    unknown.
    Same as: torch.nn.functional.huber_loss, which broadcasts with a warning.
    Source: Huber (1964), doi:10.1214/aoms/1177703732
    """
    if not delta > 0:
        raise ValueError(f"delta must be positive, got {delta}")
    size = _errors(predictions, targets).abs()
    values = torch.where(size <= delta, size.square() / 2, delta * (size - delta / 2))
    return reduced(values, reduction)


def cross_entropy(
    logits: Tensor,
    targets: Tensor,
    *,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Tensor:
    r"""Return minus the log-probability of the right classes, or their mean or sum.

    $$\ell_i = (1 - \varepsilon)\, \ell_{i y_i} + \frac\varepsilon C \sum_c \ell_{ic},
    \quad \ell_{ic} = -w_c \log p_{ic}, \quad L = \frac{\sum_i \ell_i}{\sum_i w_{y_i}}$$

    Targets that are `ignore_index` do not count; the mean of none is NaN. If targets
    are probabilities $q$, the first term is $\sum_c q_{ic} \ell_{ic}$ and the mean is
    over the examples.

    Shapes: logits (B, C, ...) or (C,); targets (B, ...) or () int64, or floating as
    logits; weight (C,) -> () or the shape of class targets.
    Raises: ValueError if shapes do not fit, a target is no class, `label_smoothing` is
    not in [0, 1] or `reduction` is unknown.
    Same as: torch.nn.functional.cross_entropy.
    """
    axis = min(1, logits.dim() - 1)  # of the classes
    if weight is None:
        weight = logits.new_ones(logits.shape[axis])
    losses = -log_softmax(logits, axis)  # of each class, if it were the right one
    losses = weight.reshape(-1, *[1] * (logits.dim() - axis - 1)) * losses
    if targets.is_floating_point():
        _check_shape(targets, logits.shape)
        values = (targets * losses).sum(axis)
        return reduced(smoothed(values, losses, axis, label_smoothing), reduction)
    right, ignored = _classes(targets, logits.shape, axis, ignore_index)
    values = losses.gather(axis, right.unsqueeze(axis)).squeeze(axis)
    values = smoothed(values, losses, axis, label_smoothing).masked_fill(ignored, 0)
    counts = weight[right].masked_fill(ignored, 0)
    if reduction == "mean":
        return values.sum() / counts.sum()
    return reduced(values, reduction)


def smoothed(values: Tensor, losses: Tensor, axis: int, share: float) -> Tensor:
    r"""Mix the loss of the right class with the mean of the losses of all classes.

    $$(1 - \varepsilon)\, \ell_y + \frac{\varepsilon}{C} \sum_c \ell_c$$

    Shapes: values (...), losses (..., C, ...) with C at `axis` -> (...).
    Raises: ValueError if the share is not from 0 to 1.
    Source: Szegedy et al. (2016), doi:10.1109/CVPR.2016.308
    """
    if not 0 <= share <= 1:
        raise ValueError(f"label_smoothing must be from 0 to 1, got {share}")
    return (1 - share) * values + share * losses.mean(axis) if share else values


def binary_cross_entropy_with_logits(
    logits: Tensor,
    targets: Tensor,
    *,
    pos_weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Return the cross-entropy of yes-or-no answers, one logit each.

    $$\ell = w\, y \log(1 + e^{-z}) + (1 - y) \log(1 + e^{z})$$

    Shapes: logits, targets (any shape, the same for both), pos_weight broadcast to it
    -> () or that shape.
    Raises: ValueError if the shapes differ or `reduction` is unknown.
    Same as: torch.nn.functional.binary_cross_entropy_with_logits, without its `weight`.
    """
    _check_shape(targets, logits.shape)
    zero = torch.zeros_like(logits)
    if_yes = torch.logaddexp(zero, -logits)  # log(1 + exp(-z)), without overflow
    if pos_weight is not None:
        if_yes = pos_weight * if_yes
    values = targets * if_yes + (1 - targets) * torch.logaddexp(zero, logits)
    return reduced(values, reduction)


def reduced(values: Tensor, reduction: str) -> Tensor:
    """Return the mean or the sum of the losses, or the losses themselves.

    Shapes: values (any) -> () for "mean" and "sum", the same for "none".
    Raises: ValueError if `reduction` is not "mean", "sum" or "none".
    """
    if reduction not in ("mean", "sum", "none"):
        names = "'mean', 'sum' or 'none'"
        raise ValueError(f"reduction must be {names}, got {reduction!r}")
    return values if reduction == "none" else getattr(values, reduction)()


def _errors(predictions: Tensor, targets: Tensor) -> Tensor:
    _check_shape(targets, predictions.shape)
    return predictions - targets


def _check_shape(targets: Tensor, wanted: torch.Size) -> None:
    if targets.shape != wanted:
        shapes = f"{tuple(wanted)}, got {tuple(targets.shape)}"
        raise ValueError(f"targets must have the shape of the predictions, {shapes}")


def _classes(
    targets: Tensor, shape: torch.Size, axis: int, ignore_index: int
) -> tuple[Tensor, Tensor]:
    """Return the right classes, 0 where they are ignored, and where that is."""
    wanted = shape[:axis] + shape[axis + 1 :]
    if targets.shape != wanted:
        got = f"{tuple(wanted)}, got {tuple(targets.shape)}"
        raise ValueError(f"targets must have the shape of the logits without C, {got}")
    ignored = targets == ignore_index
    wrong = ((targets < 0) | (targets >= shape[axis])) & ~ignored
    if wrong.any():
        raise ValueError(
            f"targets must be classes from 0 to {shape[axis] - 1} or ignore_index "
            f"({ignore_index}), got {targets[wrong][0].item()}"
        )
    return targets.masked_fill(ignored, 0), ignored
