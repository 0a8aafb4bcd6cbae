"""Gradient descent: its path, a test of convexity, and the noise of a minibatch."""

from collections.abc import Callable

import torch
from torch import Tensor

from lib.core.shapes import check_shape


def descent_path(
    gradient_fn: Callable[[Tensor], Tensor], start: Tensor, lr: float, num_steps: int
) -> Tensor:
    r"""Return the start and the point after each step of gradient descent.

    $$x_{t+1} = x_t - \eta \, \nabla f(x_t)$$

    A `gradient_fn` that works element by element makes many descents in one call.

    Shapes: start (any); gradient_fn (any) -> the same; -> (num_steps + 1, *start).
    Raises: ValueError if `lr` is not positive, `num_steps` is negative or a gradient
        has another shape than `start`; TypeError if `start` does not hold real floats.
    Same as: torch.optim.SGD(lr=lr), `num_steps` times.
    """
    if not lr > 0:
        raise ValueError(f"lr must be positive, got {lr}")
    if num_steps < 0:
        raise ValueError(f"num_steps must be at least 0, got {num_steps}")
    if not start.is_floating_point():
        raise TypeError(f"start must hold floats, got {start.dtype}")
    path = [start]
    for _ in range(num_steps):
        gradient = gradient_fn(path[-1])
        check_shape("gradient_fn(x)", gradient, *start.shape)
        path.append(path[-1] - lr * gradient)
    return torch.stack(path)  # (*start) each -> (num_steps + 1, *start)


def chord_gap(
    function: Callable[[Tensor], Tensor], a: Tensor, b: Tensor, share: Tensor
) -> Tensor:
    r"""Return how far a chord of the graph lies above it: negative, so not convex.

    $$s f(a) + (1 - s) f(b) - f(s a + (1 - s) b), \qquad 0 \le s \le 1$$

    Shapes: a, b (K, D), share (K,); function (K, D) -> (K,); -> (K,).
    Raises: ValueError if a shape is another or a share is not from 0 to 1.
    """
    num_pairs, num_axes = check_shape("a", a, "K", "D").values()
    check_shape("b", b, num_pairs, num_axes)
    check_shape("share", share, num_pairs)
    if not ((share >= 0) & (share <= 1)).all():
        raise ValueError("share must be from 0 to 1")
    between = share[:, None] * a + (1 - share)[:, None] * b  # (K, D)
    return share * function(a) + (1 - share) * function(b) - function(between)


def gradient_noise(
    gradients: Tensor, batch_size: int, *, replacement: bool = False
) -> Tensor:
    r"""Return the typical distance of a minibatch's mean gradient from the full one.

    $$\sqrt{\frac{\sigma^2}{B} \cdot \frac{N - B}{N - 1}}, \qquad
    \sigma^2 = \frac1N \sum_i \lVert g_i - \bar g \rVert^2$$

    The second factor is there for a batch without repeated examples alone. Typical is
    the root of the mean square over all batches of that size.

    Shapes: gradients (N, D), one row per example -> ().
    Raises: ValueError if `gradients` has another number of axes than two, no row, or
        `batch_size` is below 1 or, without replacement, above N.
    """
    num_examples, _ = check_shape("gradients", gradients, "N", "D").values()
    if num_examples == 0:
        raise ValueError("gradients must have at least one row")
    most = float("inf") if replacement else num_examples
    if not 1 <= batch_size <= most:
        raise ValueError(f"batch_size must be from 1 to {most}, got {batch_size}")
    apart = gradients - gradients.mean(dim=0)  # (N, D)
    variance = apart.square().sum(dim=1).mean() / batch_size
    if not replacement:
        variance = variance * (num_examples - batch_size) / max(1, num_examples - 1)
    return variance.sqrt()
