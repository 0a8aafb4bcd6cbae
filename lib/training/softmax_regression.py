"""Softmax regression: from scores to probabilities, without overflow."""

import torch
from torch import Tensor

from lib.core.shapes import check_shape


def log_sum_exp(scores: Tensor, dim: int | tuple[int, ...] = -1) -> Tensor:
    r"""Return the logarithm of the sum of exponentials along one axis or several.

    $$\operatorname{lse}(z) = m + \log \sum_c e^{z_c - m}, \qquad m = \max_c z_c$$

    Shapes: scores (..., C, ...) -> (..., ...), without `dim`.
    Raises: IndexError if the axis has no elements.
    Same as: torch.logsumexp, which can also keep the axis, and takes an empty one.
    """
    largest = scores.detach().amax(dim, keepdim=True)  # (..., C, ...) -> (..., 1, ...)
    largest = largest.masked_fill(largest.isinf(), 0)  # inf - inf is no number
    return (scores - largest).exp().sum(dim).log() + largest.squeeze(dim)


def log_softmax(scores: Tensor, dim: int = -1) -> Tensor:
    r"""Return the logarithms of the softmax: of finite scores finite, even far below 0.

    $$\log p_c = (z_c - m) - \log \sum_k e^{z_k - m}$$

    Shapes: scores (..., C, ...) -> the same.
    Raises: IndexError if the axis has no elements.
    Same as: torch.log_softmax, which also takes an empty axis.
    """
    shifted = scores - scores.detach().amax(dim, keepdim=True)
    return shifted - shifted.exp().sum(dim, keepdim=True).log()


def softmax(scores: Tensor, dim: int = -1) -> Tensor:
    r"""Return shares from 0 to 1 that sum to 1 along an axis, in the scores' order.

    $$p_c = \frac{e^{z_c - m}}{\sum_k e^{z_k - m}}$$

    Shapes: scores (..., C, ...) -> the same.
    Raises: IndexError if the axis has no elements.
    Same as: torch.softmax, which also takes an empty axis.
    """
    exponentials = (scores - scores.detach().amax(dim, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim, keepdim=True)


def cross_entropy_gradient(logits: Tensor, targets: Tensor) -> Tensor:
    r"""Return the gradient of the mean cross-entropy with respect to the logits.

    $$\frac{\partial L}{\partial z_{ic}} = \frac{p_{ic} - [c = y_i]}{B}$$

    Shapes: logits (B, C), targets (B,) int64, from 0 to C - 1 -> (B, C).
    Raises: ValueError if the shapes are others.
    Same as: what backward() through torch.nn.functional.cross_entropy leaves in .grad.
    """
    num_examples, _ = check_shape("logits", logits, "B", "C").values()
    check_shape("targets", targets, num_examples)
    gradient = softmax(logits)  # (B, C)
    gradient[torch.arange(num_examples), targets] -= 1
    return gradient / num_examples
