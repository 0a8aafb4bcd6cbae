"""Adam and AdamW: one step, and two places for the weight decay."""

import torch
from torch import Tensor
from torch.optim import Optimizer

from lib.training.optimizers import (
    Params,
    add_penalty,
    check_not_negative,
    with_gradients,
)


class Adam(Optimizer):
    r"""Step along a running mean of the gradients over the root of one of the squares.

    $$m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad
    s \leftarrow \beta_2 s + (1 - \beta_2) g^2, \quad
    \theta \leftarrow \theta -
    \eta \frac{m / (1 - \beta_1^t)}{\sqrt{s / (1 - \beta_2^t)} + \epsilon}$$

    Weight decay $\lambda$ adds $\lambda \theta$ to $g$, and so to both means.

    Raises: ValueError for a negative option or betas outside [0, 1); TypeError for a
        tensor as lr.
    Same as: torch.optim.Adam, without closure, amsgrad, decoupled_weight_decay,
        differentiable and torch's ways to be faster.
    Source: Kingma, Ba (2015), Adam: a method for stochastic optimization,
        arXiv:1412.6980
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        options = adam_options(lr, betas, eps, weight_decay)
        super().__init__(params, options | {"maximize": maximize})

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter that has a gradient."""
        for group, parameter, gradient, state in with_gradients(self):
            gradient = add_penalty(gradient, parameter, group["weight_decay"])
            adam_step(parameter, gradient, state, group)


class AdamW(Optimizer):
    r"""Adam, with weight decay apart from the gradient.

    $$\theta \leftarrow (1 - \eta \lambda)\,\theta$$

    and then the step of `Adam` without weight decay.

    Raises: ValueError for a negative option or betas outside [0, 1); TypeError for a
        tensor as lr.
    Same as: torch.optim.AdamW, without closure, amsgrad, differentiable and torch's
        ways to be faster.
    Source: Loshchilov, Hutter (2019), Decoupled weight decay regularization,
        arXiv:1711.05101
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        *,
        maximize: bool = False,
    ) -> None:
        options = adam_options(lr, betas, eps, weight_decay)
        super().__init__(params, options | {"maximize": maximize})

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter that has a gradient."""
        for group, parameter, gradient, state in with_gradients(self):
            parameter.mul_(1 - group["lr"] * group["weight_decay"])
            adam_step(parameter, gradient, state, group)


def adam_step(parameter: Tensor, gradient: Tensor, state: dict, group: dict) -> None:
    """Take Adam's step, in place; the means in `state` start at zero.

    Shapes: parameter (any), gradient (the same)
    """
    beta1, beta2 = group["betas"]
    if not state:
        names = ("exp_avg", "exp_avg_sq")
        state |= {"step": 0} | {name: torch.zeros_like(parameter) for name in names}
    t = state["step"] = int(state["step"]) + 1
    mean = state["exp_avg"].lerp_(gradient, 1 - beta1)
    square = state["exp_avg_sq"].mul_(beta2)
    square.addcmul_(gradient, gradient, value=1 - beta2)
    scale = (square / (1 - beta2**t)).sqrt_().add_(group["eps"])
    parameter.addcdiv_(mean, scale, value=-group["lr"] / (1 - beta1**t))


def adam_options(
    lr: float, betas: tuple[float, float], eps: float, weight_decay: float
) -> dict[str, object]:
    """Return the options of Adam and AdamW, checked.

    Raises: ValueError for a negative one, or betas outside [0, 1).
    """
    check_not_negative({"lr": lr, "eps": eps, "weight_decay": weight_decay})
    if not all(0 <= beta < 1 for beta in betas):
        raise ValueError(f"betas must lie in [0, 1), got {betas}")
    return {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
