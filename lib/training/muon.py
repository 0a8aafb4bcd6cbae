"""Muon: momentum whose singular values are all brought near one."""

import torch
from torch import Tensor
from torch.optim import Optimizer

from lib.training.optimizers import Params, check_not_negative, with_gradients

QUINTIC = (3.4445, -4.775, 2.0315)  # steep at 0: small singular values grow quickly


class Muon(Optimizer):
    r"""Momentum, orthogonalised: for the weight matrices of hidden layers.

    $$M \leftarrow \beta M + (1 - \beta) G, \quad
    O = \mathrm{NS}(\beta M + (1 - \beta) G), \quad
    W \leftarrow (1 - \eta \lambda) W - \eta \sqrt{\max(1, R / C)}\, O$$

    for a matrix of $R$ rows and $C$ columns. NS is `newton_schulz`, in bfloat16.

    Shapes: each parameter (R, C)
    Raises: ValueError for a negative option, or a parameter that is no matrix;
        TypeError for a tensor as lr.
    Same as: torch.optim.Muon with nesterov=True, adjust_lr_fn="original" and its other
        defaults, without closure.
    Source: Jordan et al. (2024), https://kellerjordan.github.io/posts/muon/
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
    ) -> None:
        options = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum}
        check_not_negative(options)
        super().__init__(params, options)
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.dim() != 2:
                    shape = tuple(parameter.shape)
                    raise ValueError(f"Muon moves matrices alone, got shape {shape}")

    @torch.no_grad()
    def step(self) -> None:
        """Move each matrix that has a gradient."""
        for group, parameter, gradient, state in with_gradients(self):
            lr, momentum = group["lr"], group["momentum"]
            if not state:
                state["momentum_buffer"] = torch.zeros_like(gradient)
            mean = state["momentum_buffer"].lerp_(gradient, 1 - momentum)
            direction = newton_schulz(gradient.lerp(mean, momentum))
            rows, columns = parameter.shape
            parameter.mul_(1 - lr * group["weight_decay"])
            parameter.add_(direction, alpha=-lr * max(1, rows / columns) ** 0.5)


def newton_schulz(
    matrix: Tensor,
    steps: int = 5,
    *,
    coefficients: tuple[float, float, float] = QUINTIC,
    dtype: torch.dtype = torch.bfloat16,
) -> Tensor:
    r"""Bring all singular values near 1 by products alone, leaving the directions.

    $$X \leftarrow a X + (b A + c A^2) X, \quad A = X X^\top$$

    Each step sends a singular value $\sigma$ to $a\sigma + b\sigma^3 + c\sigma^5$.
    The matrix is first divided by the root of the sum of its squares, so that none is
    larger than 1.

    Shapes: matrix (R, C) -> (R, C) in `dtype`
    Same as: what torch.optim.Muon does with a matrix, in bfloat16.
    """
    a, b, c = coefficients
    X = matrix.to(dtype)
    is_tall = X.shape[0] > X.shape[1]
    X = X.T if is_tall else X  # the smaller of the two products X Xᵀ
    X = X / X.norm().clamp(min=1e-7)
    for _ in range(steps):
        A = X @ X.T
        X = torch.addmm(X, torch.addmm(A, A, A, beta=b, alpha=c), X, beta=a)
    return X.T if is_tall else X
