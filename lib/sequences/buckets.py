"""Batches of sequences of about equal length, so that little is padding."""

from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler


class BucketSampler(Sampler[list[int]]):
    """Batches of sequences of about equal length, in another order in each epoch.

    All sequences are shuffled, sorted by length (equal lengths stay shuffled) and cut
    into batches, and the batches are shuffled. Each sequence occurs once. Without a
    `generator` nothing is shuffled: the shortest come first.

    Raises: ValueError if `batch_size` is below 1.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        batch_size: int,
        generator: torch.Generator | None = None,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        self.lengths = torch.as_tensor(lengths)
        self.batch_size = batch_size
        self.generator = generator

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        if self.generator is None:
            order = self.lengths.argsort(stable=True)
            yield from (batch.tolist() for batch in order.split(self.batch_size))
            return
        order = torch.randperm(len(self.lengths), generator=self.generator)
        order = order[self.lengths[order].argsort(stable=True)]
        batches = order.split(self.batch_size)
        for i in torch.randperm(len(self), generator=self.generator).tolist():
            yield batches[i].tolist()
