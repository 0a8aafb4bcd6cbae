"""Metrics over all batches, of any size: keep sums and counts, divide once."""

from typing import Protocol

import torch
from torch import Tensor

MOST_WAITING = 1000  # numbers on a GPU, before they are fetched


class Metric(Protocol):
    """What `evaluate` and `fit` call; any class with these three methods will do."""

    def update(self, outputs: Tensor, targets: Tensor, /) -> None:
        """Take in one batch.

        Shapes: outputs (N, ...), targets (N, ...)
        """

    def compute(self) -> float:
        """Return the value over everything taken in since the last reset."""

    def reset(self) -> None:
        """Forget everything."""


class Mean:
    r"""The mean of a number over all items, from means $m_b$ of batches of $n_b$ items.

    $$m = \frac{\sum_b n_b m_b}{\sum_b n_b}$$

    The sums are float64, on the CPU: some GPUs have no float64. Numbers on a GPU wait
    there and are fetched together.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._total, self._count = 0.0, 0.0
        self._waiting: list[tuple[Tensor | float, float]] = []

    def update(self, value: Tensor | float, count: float = 1) -> None:
        """Take in `value`, the mean over a batch of `count` items.

        Shapes: value () or a number
        Raises: ValueError if value is not one number or count is not positive.
        """
        if isinstance(value, Tensor):
            if value.numel() != 1:
                shape = tuple(value.shape)
                raise ValueError(f"value must be one number, got shape {shape}")
            value = value.detach().clone()  # keeps no graph, and may change later
        if not count > 0:
            raise ValueError(f"count must be positive, got {count}")
        self._waiting.append((value, count))
        if len(self._waiting) >= MOST_WAITING:
            self._fetch()

    def compute(self) -> float:
        """Return the mean of everything taken in.

        Raises: ValueError if there was nothing.
        """
        self._fetch()
        if self._count == 0:
            raise ValueError("Mean needs at least one batch, got none")
        return self._total / self._count

    def _fetch(self) -> None:
        """Add up what waits; only here the CPU waits for the GPU."""
        for value, count in self._waiting:
            self._total += float(value) * count
            self._count += count
        self._waiting.clear()


class Accuracy:
    r"""The share of examples whose highest logit is that of their class, from 0 to 1.

    $$\frac1N \sum_{n=1}^N \big[\operatorname{argmax}_c \text{logits}_{nc} = y_n\big]$$
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._correct, self._count = 0, 0

    def update(self, logits: Tensor, targets: Tensor) -> None:
        """Take in one batch of logits and the indices of the right classes.

        Shapes: logits (N, C) with C at least 2, targets (N,)
        Raises: ValueError for other shapes; TypeError unless logits are floating and
            targets whole numbers.
        """
        shape, dtype = tuple(logits.shape), targets.dtype
        if len(shape) != 2 or shape[1] < 2:
            raise ValueError(f"logits must have shape (N, C >= 2), got {shape}")
        if targets.shape != shape[:1]:
            wanted, got = f"{shape[:1]} as logits have rows", tuple(targets.shape)
            raise ValueError(f"targets must have shape {wanted}, got {got}")
        if not logits.is_floating_point():
            raise TypeError(f"logits must be floating-point, got {logits.dtype}")
        if dtype.is_floating_point or dtype.is_complex or dtype == torch.bool:
            wanted = "whole numbers (class indices)"
            raise TypeError(f"targets must be {wanted}, got {dtype}")
        predictions = logits.argmax(dim=1)  # (N, C) -> (N,)
        correct = (predictions == targets).sum()
        self._correct = self._correct + correct  # on its device: nobody waits
        self._count += len(targets)

    def compute(self) -> float:
        """Return the accuracy over everything taken in.

        Raises: ValueError if there was nothing.
        """
        if self._count == 0:
            raise ValueError("Accuracy needs at least one batch, got none")
        return int(self._correct) / self._count
