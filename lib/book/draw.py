"""Random arguments for the calls that check an exercise."""

import random
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor

Item = TypeVar("Item")


class Draw:
    """Draws the arguments of one call; equal indices draw equal ones.

    `grow=(k, n)` makes the k-th size that is asked for n, and all others small: what a
    call costs then shows whether it loops, and how large its tables are.
    """

    def __init__(self, index: int, grow: tuple[int, int] | None = None) -> None:
        self.index, self.grow, self.asked = index, grow, 0
        self.random = random.Random(index)

    def sizes(self, count: int, least: int = 0, most: int = 7) -> list[int]:
        """Return sizes, by turns different, equal, one of them 1 or `least`."""
        first = max(least, 2)
        sizes = self.random.sample(range(first, max(most + 1, first + count)), count)
        place, turn = self.random.randrange(count), self.index % 6
        if turn in (2, 5):
            sizes = [sizes[0]] * count
        elif turn in (3, 4):
            sizes[place] = max(least, 1) if turn == 3 else least
        if self.grow:
            sizes = [first + at for at in range(count)]
            at = self.grow[0] - self.asked
            sizes = [self.grow[1] if at == here else s for here, s in enumerate(sizes)]
        self.asked += count
        return sizes

    def size(self, least: int = 0, most: int = 7) -> int:
        """Return one size."""
        return self.sizes(1, least, most)[0]

    def tensor(
        self,
        *shape: int,
        dtype: torch.dtype = torch.float32,
        requires_grad: bool = False,
        scale: float | None = None,
        offset: float | None = None,
        ties: bool | None = None,
    ) -> Tensor:
        """Return normal numbers, small or large, around 0 or not, some with ties.

        A third of them are not contiguous. Shapes: (*shape).
        """
        scale = self.choice(1e-3, 1.0, 1.0, 1e3) if scale is None else scale
        offset = self.choice(0.0, 0.0, 100.0) if offset is None else offset
        ties = self.choice(False, False, True) if ties is None else ties
        x = torch.randn(shape, generator=self.generator(), dtype=torch.float64)
        x = scale * ((x.round() if ties else x) + offset)
        return self._laid_out(x.to(dtype)).requires_grad_(requires_grad)

    def integers(
        self, low: int, high: int, *shape: int, dtype: torch.dtype = torch.int64
    ) -> Tensor:
        """Return whole numbers, high excluded. Shapes: (*shape)."""
        x = torch.randint(low, high, shape, generator=self.generator())
        return self._laid_out(x.to(dtype))

    def mask(self, *shape: int, share: float = 0.6) -> Tensor:
        """Return booleans, about that share of them True. Shapes: (*shape)."""
        return self._laid_out(torch.rand(shape, generator=self.generator()) < share)

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

    def _laid_out(self, x: Tensor) -> Tensor:
        """Return a tensor contiguous, or transposed or with gaps in memory."""
        layout = self.choice("contiguous", "contiguous", "transposed", "stepped")
        if layout == "transposed" and x.ndim > 1:
            return x.mT.contiguous().mT
        if layout == "stepped" and x.ndim:
            wide = x.new_zeros(*x.shape[:-1], 2 * x.shape[-1] + 1)
            wide[..., 1::2] = x
            return wide[..., 1::2]
        return x.contiguous()
