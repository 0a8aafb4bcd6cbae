"""Metrics over a whole data set, from batches of any size: keep sums and counts, divide once."""

from typing import Protocol

import torch
from torch import Tensor


class Metric(Protocol):
    """What `evaluate` and `fit` call on a metric; any class with these three methods will do."""

    def update(self, outputs: Tensor, targets: Tensor, /) -> None:
        """Take in one batch.

        Shapes: outputs (N, ...), targets (N, ...)
        """

    def compute(self) -> float:
        """Return the value over everything taken in since the last reset."""

    def reset(self) -> None:
        """Forget everything."""


class Mean:
    r"""The mean of a number over all examples, from its means $m_b$ over batches of $n_b$ examples.

    $$m = \frac{\sum_b n_b m_b}{\sum_b n_b}$$
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._total, self._count = 0.0, 0

    def update(self, value: Tensor | float, count: int = 1) -> None:
        """Take in `value`, the mean over a batch of `count` examples.

        Shapes: value () or a number
        Raises: ValueError if value is not one number or count is below 1.
        """
        value = torch.as_tensor(value).detach()  # without detach, every batch's graph would stay
        if value.numel() != 1:
            raise ValueError(f"value must be one number, got shape {tuple(value.shape)}")
        if count < 1:
            raise ValueError(f"count must be at least 1, got {count}")
        self._total = self._total + value.double() * count  # stays on its device: no waiting
        self._count += count

    def compute(self) -> float:
        """Return the mean of everything taken in.

        Raises: ValueError if there was nothing.
        """
        if self._count == 0:
            raise ValueError("Mean needs at least one batch, got none")
        return float(self._total / self._count)


class Accuracy:
    r"""The share of examples whose highest logit is that of their class, between 0 and 1.

    $$\frac{1}{N} \sum_{n=1}^{N} \left[\operatorname{argmax}_c \text{logits}_{nc} = y_n\right]$$
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._correct, self._count = 0, 0

    def update(self, logits: Tensor, targets: Tensor) -> None:
        """Take in one batch of logits and the indices of the right classes.

        Shapes: logits (N, C) with C at least 2, targets (N,)
        Raises: ValueError for other shapes; TypeError unless logits are floating and targets whole
            numbers.
        """
        if logits.ndim != 2 or logits.shape[1] < 2:
            raise ValueError(f"logits must have shape (N, C >= 2), got {tuple(logits.shape)}")
        if targets.shape != logits.shape[:1]:
            wanted, got = tuple(logits.shape[:1]), tuple(targets.shape)
            raise ValueError(f"targets must have shape {wanted} as logits have rows, got {got}")
        if not logits.is_floating_point():
            raise TypeError(f"logits must be floating-point numbers, got {logits.dtype}")
        if targets.is_floating_point() or targets.is_complex() or targets.dtype == torch.bool:
            raise TypeError(f"targets must be whole numbers (class indices), got {targets.dtype}")
        predictions = logits.argmax(dim=1)  # (N, C) -> (N,)
        self._correct = self._correct + (predictions == targets).sum()  # no waiting for the device
        self._count += len(targets)

    def compute(self) -> float:
        """Return the accuracy over everything taken in.

        Raises: ValueError if there was nothing.
        """
        if self._count == 0:
            raise ValueError("Accuracy needs at least one batch, got none")
        return int(self._correct) / self._count
