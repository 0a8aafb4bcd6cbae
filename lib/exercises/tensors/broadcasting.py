"""Checks of the exercises in tensors/broadcasting."""

import torch
from torch import Tensor

from lib.book.checks import Check, leaves_inputs_unchanged, raises, returns

NAME_BOTH = "The message should name both shapes as they came."

def _pair(*shapes: tuple[int, ...]) -> tuple[Tensor, ...]:
    """Return tensors of these shapes filled with different small numbers."""
    return tuple(
        torch.arange(1.0, 1 + torch.Size(shape).numel()).reshape(shape) * (place + 1) ** 2 / 4
        for place, shape in enumerate(shapes)
    )


def _standardised(x: Tensor, eps: float = 1e-5) -> Tensor:
    rows = [(row - row.mean()) / (row.var(correction=0) + eps).sqrt() for row in x]
    return torch.stack(rows)


def _scaled(images: Tensor, factors: Tensor) -> Tensor:
    channels = [images[:, c] * factors[c] for c in range(len(factors))]
    return torch.stack(channels, dim=1)


def _rows_of_different_scale() -> tuple[Tensor]:
    return (torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 60.0], [5.0, -5.0, 0.5]]),)


CHECKS: dict[str, tuple[Check, ...]] = {
    "all_differences": (
        returns(
            "three numbers against two",
            lambda: (torch.tensor([10.0, 20.0, 30.0]), torch.tensor([1.0, 2.0])),
            torch.tensor([[9.0, 8.0], [19.0, 18.0], [29.0, 28.0]]),
            hint="Row i belongs to a[i], column j to b[j], and b is subtracted from a.",
        ),
        returns(
            "as many numbers on both sides",
            lambda: (torch.tensor([1.0, 2.0]), torch.tensor([5.0, 7.0])),
            torch.tensor([[-4.0, -6.0], [-3.0, -5.0]]),
            hint="With equal lengths a - b pairs them off; every a must meet every b.",
        ),
        returns(
            "one number against none",
            lambda: (torch.ones(1), torch.ones(0)),
            torch.ones(1, 0),
            hint="The table has n rows and m columns, also where m is 0.",
        ),
    ),
    "standardise_rows": (
        returns(
            "two rows of four",
            lambda: (torch.tensor([[1.0, 2.0, 3.0, 4.0], [10.0, 10.0, 30.0, 50.0]]),),
            _standardised,
            hint="Mean and variance run along each row, and the variance divides by D.",
        ),
        returns(
            "a square tensor",
            _rows_of_different_scale,
            _standardised,
            hint="In a square tensor a row's mean of shape (B,) aligns with the columns: keepdim.",
        ),
        returns(
            "a constant row",
            lambda: (torch.full((2, 3), 7.0),),
            torch.zeros(2, 3),
            hint="eps belongs inside the square root, so that nothing is divided by 0.",
        ),
        leaves_inputs_unchanged(_rows_of_different_scale),
    ),
    "scale_channels": (
        returns(
            "two channels of pictures with 3 by 5 pixels",
            lambda: _pair((4, 2, 3, 5), (2,)),
            _scaled,
            hint="factors[c] belongs to axis 1, which is axis -3 from the right.",
        ),
        returns(
            "pictures as wide as there are channels",
            lambda: _pair((2, 3, 2, 3), (3,)),
            _scaled,
            hint="Here (C,) also fits the width: torch gives no error and scales columns.",
        ),
        returns(
            "as many pictures as channels",
            lambda: _pair((3, 3, 2, 1), (3,)),
            _scaled,
            hint="Each picture of the batch gets the same factors, each channel its own.",
        ),
        leaves_inputs_unchanged(lambda: _pair((2, 3, 1, 2), (3,))),
    ),
    "strict_squared_loss": (
        returns(
            "equal shapes",
            lambda: (torch.tensor([1.0, 2.0, 4.0]), torch.tensor([1.0, 4.0, 1.0])),
            torch.tensor(13 / 3),
            hint="The mean of the squared differences.",
        ),
        raises(
            "(3,) against (3, 1)",
            lambda: (torch.zeros(3), torch.zeros(3, 1)),
            ValueError,
            match=r"\(3,\)[\s\S]*\(3, 1\)|\(3, 1\)[\s\S]*\(3,\)"
            r"|\[3\][\s\S]*\[3, 1\]|\[3, 1\][\s\S]*\[3\]",
            hint=NAME_BOTH,
        ),
        raises(
            "a scalar target",
            lambda: (torch.zeros(2), torch.zeros(())),
            ValueError,
            match=r"\(2,\)[\s\S]*\(\)|\(\)[\s\S]*\(2,\)"
            r"|\[2\][\s\S]*\[\]|\[\][\s\S]*\[2\]",
            hint=NAME_BOTH,
        ),
    ),
}
