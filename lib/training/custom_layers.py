"""Layers by hand: weights, random numbers, running statistics, a learnt slope."""

import math

import torch
from torch import Tensor, nn

from lib.core.shapes import check_shape


class Linear(nn.Module):
    """Multiply by a learnt matrix and add a learnt bias.

    y = x Wᵀ + b

    Shapes: (..., in_features) -> (..., out_features).
    Raises: ValueError if the last axis of the input has another size.
    Same as: torch.nn.Linear.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = nn.Parameter(torch.empty(out_features, in_features, dtype=dtype))
        if bias:
            self.bias = nn.Parameter(torch.empty(out_features, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias uniformly between ±1/√in_features."""
        bound = 1 / math.sqrt(self.in_features) if self.in_features else 0.0
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        """Return x Wᵀ + b."""
        if x.dim() == 0 or x.shape[-1] != self.in_features:
            raise ValueError(
                f"x must have shape (..., {self.in_features}), got {tuple(x.shape)}"
            )
        y = x @ self.weight.T  # (..., D) @ (D, H) -> (..., H)
        return y if self.bias is None else y + self.bias

    def extra_repr(self) -> str:
        """Return what stands between the brackets when the layer is printed."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Dropout(nn.Module):
    """In training, set each number to 0 with probability p, and scale up the others.

    y = m x / (1 − p), m = 1 with probability 1 − p, else 0; in evaluation y = x

    Shapes: (any) -> the same.
    Raises: ValueError if `p` is not between 0 and 1.
    Same as: torch.nn.Dropout, without `inplace`.
    Source: Srivastava et al. (2014), JMLR 15, 1929-1958.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"p must be between 0 and 1, got {p}")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Return x, in training with some numbers set to 0."""
        if not self.training or self.p == 0:
            return x
        if self.p == 1:
            return x * 0
        mask = torch.empty_like(x).bernoulli_(1 - self.p)
        return x * (mask / (1 - self.p))

    def extra_repr(self) -> str:
        """Return what stands between the brackets when the layer is printed."""
        return f"p={self.p}"


class PReLU(nn.Module):
    """Multiply negative numbers by a learnt slope, one for all or one per channel.

    y = max(0, x) + a min(0, x)

    Shapes: (B, C, ...) -> the same; with one slope any shape.
    Raises: ValueError if the slopes are neither one nor one per channel.
    Same as: torch.nn.PReLU.
    Source: He, Zhang, Ren, Sun (2015), doi:10.1109/ICCV.2015.123
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = nn.Parameter(torch.empty(num_parameters))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the slopes to the number given at the start."""
        nn.init.constant_(self.weight, self.init)

    def forward(self, x: Tensor) -> Tensor:
        """Return x with its negative numbers multiplied by the slope."""
        slope = self.weight
        if len(slope) == 1:
            slope = slope[0]
        else:
            if x.dim() < 2 or x.shape[1] != len(slope):
                wanted, got = f"(B, {len(slope)}, ...)", tuple(x.shape)
                raise ValueError(f"x must have shape {wanted}, got {got}")
            slope = slope.reshape(-1, *[1] * (x.dim() - 2))  # (C,) -> (C, 1, ..., 1)
        return torch.where(x > 0, x, slope * x)

    def extra_repr(self) -> str:
        """Return what stands between the brackets when the layer is printed."""
        return f"num_parameters={self.num_parameters}"


class RunningStandardiser(nn.Module):
    """Standardise each feature with mean and variance of all that it saw in training.

    A batch of B rows with mean m and variance v joins the n rows seen before:
    δ = m − μ, μ ← μ + δ B / (n + B),
    σ² ← (n σ² + B v + δ² n B / (n + B)) / (n + B), n ← n + B; y = (x − μ) / √(σ² + ε)

    Shapes: (B, D) -> (B, D).
    Raises: ValueError for another shape, or in evaluation before any training batch.
    Same as: torch.nn.BatchNorm1d(D, affine=False) in evaluation with equal statistics;
        in training that one uses the batch's own, and its averages forget.
    Source: Chan, Golub, LeVeque (1983), doi:10.1080/00031305.1983.10483115
    """

    def __init__(self, num_features: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.num_features, self.eps = num_features, eps
        self.register_buffer("mean", torch.zeros(num_features))
        self.register_buffer("var", torch.ones(num_features))
        self.register_buffer("count", torch.tensor(0))

    @torch.no_grad()
    def update(self, x: Tensor) -> None:
        """Take the rows of a batch into the statistics."""
        rows, seen = len(x), self.count.clone()
        total, delta = seen + rows, x.mean(dim=0) - self.mean
        spread = seen * self.var + rows * x.var(dim=0, correction=0)
        self.var.copy_((spread + delta**2 * seen * rows / total) / total)
        self.mean += delta * rows / total
        self.count += rows

    def forward(self, x: Tensor) -> Tensor:
        """Return x standardised, after taking it in if this is training."""
        check_shape("x", x, "B", self.num_features)
        if self.training and len(x):
            self.update(x)
        elif self.count == 0:
            raise ValueError("the standardiser has seen no rows: train before eval()")
        return (x - self.mean) * (self.var + self.eps).rsqrt()

    def extra_repr(self) -> str:
        """Return what stands between the brackets when the layer is printed."""
        return f"num_features={self.num_features}, eps={self.eps}"
