"""Random arguments for the calls that check an exercise."""

import random
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor

Item = TypeVar("Item")
Dtype = torch.dtype


class Draw:
    """Draws the arguments of one call; equal indices draw equal ones.

    `grow=(k, n)` makes the k-th size that is asked for n, to see what it costs.
    """

    def __init__(self, index: int, grow: tuple[int, int] | None = None) -> None:
        self.index, self.grow, self.asked = index, grow, 0
        self.random = random.Random(index)

    def sizes(self, count: int, least: int = 0, most: int = 7) -> list[int]:
        """Return sizes, by turns different, equal, one of them 1 or `least`."""
        sizes = _sizes(self.random, self.index % 6, count, least, most)
        if self.grow:
            at, n, small = self.grow[0] - self.asked, self.grow[1], max(least, 2)
            sizes = [n if at == here else small + here for here in range(count)]
        self.asked += count
        return sizes

    def size(self, least: int = 0, most: int = 7) -> int:
        """Return one size."""
        return self.sizes(1, least, most)[0]

    def tensor(
        self,
        *shape: int,
        dtype: Dtype = torch.float32,
        requires_grad: bool = False,
        scale: float | None = None,
        offset: float | None = None,
        ties: bool | None = None,
    ) -> Tensor:
        """Return normal numbers, some large, with ties, or not contiguous.

        Shapes: (*shape)
        """
        scale = self.choice(1e-3, 1.0, 1.0, 1e3) if scale is None else scale
        offset = self.choice(0.0, 0.0, 100.0) if offset is None else offset
        ties = self.choice(False, False, True) if ties is None else ties
        x = torch.randn(shape, generator=self.generator(), dtype=torch.float64)
        x = scale * ((x.round() if ties else x) + offset)
        return _laid_out(x.to(dtype), self.random).requires_grad_(requires_grad)

    def integers(
        self, low: int, high: int, *shape: int, dtype: Dtype = torch.int64
    ) -> Tensor:
        """Return whole numbers, high excluded.

        Shapes: (*shape)
        """
        x = torch.randint(low, high, shape, generator=self.generator())
        return _laid_out(x.to(dtype), self.random)

    def mask(self, *shape: int, share: float = 0.6) -> Tensor:
        """Return booleans, about that share of them True.

        Shapes: (*shape)
        """
        numbers = torch.rand(shape, generator=self.generator())
        return _laid_out(numbers < share, self.random)

    def int(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return self.random.randint(low, high)

    def float(self, low: float, high: float) -> float:
        """Return a number between low and high."""
        return self.random.uniform(low, high)

    def choice(self, *items: Item) -> Item:
        """Return one of the items."""
        return self.random.choice(items)

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """Return the items in another order."""
        return self.random.sample(list(items), len(items))

    def generator(self) -> torch.Generator:
        """Return a generator of torch with a seed of its own."""
        return torch.Generator().manual_seed(self.random.getrandbits(32))


def _sizes(
    random: random.Random, turn: int, count: int, least: int, most: int
) -> list[int]:
    """Return sizes, in turns 2 and 5 equal, in 3 with a 1 and in 4 with the least."""
    first = max(least, 2)
    sizes = random.sample(range(first, max(most + 1, first + count)), count)
    place = random.randrange(count)
    if turn in (2, 5):
        return [sizes[0]] * count
    if turn in (3, 4):
        sizes[place] = max(least, 1) if turn == 3 else least
    return sizes


def _laid_out(x: Tensor, random: random.Random) -> Tensor:
    """Return a tensor contiguous, or transposed or with gaps in memory."""
    layout = random.choice(("contiguous", "contiguous", "transposed", "stepped"))
    if layout == "transposed" and x.ndim > 1:
        return x.mT.contiguous().mT
    if layout == "stepped" and x.ndim:
        wide = x.new_zeros(*x.shape[:-1], 2 * x.shape[-1] + 1)
        wide[..., 1::2] = x
        return wide[..., 1::2]
    return x.contiguous()
