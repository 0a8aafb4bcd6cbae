"""SGD, AdaGrad and RMSprop: what each does with the gradients.

Parameter groups, `zero_grad` and state dicts come from torch's `Optimizer`. Options,
defaults and the names of the state are torch's, so a state dict fits both.
"""

from collections.abc import Iterable, Iterator, Mapping

import torch
from torch import Tensor
from torch.optim import Optimizer

Params = Iterable[Tensor] | Iterable[dict[str, object]]


class SGD(Optimizer):
    r"""Gradient descent, along a running sum of the gradients if there is momentum.

    $$v \leftarrow \beta v + (1 - \tau) g, \quad \theta \leftarrow \theta - \eta v$$

    $\beta$ is `momentum`, $\tau$ is `dampening`; the first gradient is not dampened.
    With `nesterov` the step is $g + \beta v$ in place of $v$. Weight decay $\lambda$
    adds $\lambda \theta$ to $g$; `maximize` climbs.

    Raises: ValueError for a negative lr, momentum or weight_decay, or for nesterov
        without momentum or with dampening; TypeError for a tensor as lr.
    Same as: torch.optim.SGD, without closure, foreach, fused and differentiable.
    Source: Sutskever, Martens, Dahl, Hinton (2013), On the importance of initialization
        and momentum in deep learning, https://proceedings.mlr.press/v28/sutskever13.html
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        check_not_negative(
            {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        )
        if nesterov and (momentum == 0 or dampening != 0):
            raise ValueError(
                "nesterov needs momentum and no dampening, "
                f"got momentum={momentum}, dampening={dampening}"
            )
        options = {"lr": lr, "momentum": momentum, "dampening": dampening}
        options |= {"weight_decay": weight_decay, "nesterov": nesterov}
        super().__init__(params, options | {"maximize": maximize})

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter that has a gradient."""
        for group, parameter, gradient, state in with_gradients(self):
            step = add_penalty(gradient, parameter, group["weight_decay"])
            momentum = group["momentum"]
            if momentum:
                velocity = state.get("momentum_buffer")
                if velocity is None:
                    velocity = state["momentum_buffer"] = step.clone()
                else:
                    velocity.mul_(momentum).add_(step, alpha=1 - group["dampening"])
                nesterov = group["nesterov"]
                step = step.add(velocity, alpha=momentum) if nesterov else velocity
            parameter.add_(step, alpha=-group["lr"])


class Adagrad(Optimizer):
    r"""Divide each gradient by the root of the sum of all its squares so far.

    $$s \leftarrow s + g^2, \quad
    \theta \leftarrow \theta - \frac{\eta_t}{\sqrt{s} + \epsilon} g, \quad
    \eta_t = \frac{\eta}{1 + (t - 1)\,\delta}$$

    $\delta$ is `lr_decay`, and $s$ starts at `initial_accumulator_value`.

    Raises: ValueError for a negative option; TypeError for a tensor as lr.
    Same as: torch.optim.Adagrad, without closure, foreach, fused and differentiable.
    Source: Duchi, Hazan, Singer (2011), Adaptive subgradient methods for online
        learning and stochastic optimization, https://jmlr.org/papers/v12/duchi11a.html
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "lr_decay": lr_decay, "weight_decay": weight_decay}
        options |= {"initial_accumulator_value": initial_accumulator_value, "eps": eps}
        check_not_negative(options)
        super().__init__(params, options | {"maximize": maximize})

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter that has a gradient."""
        for group, parameter, gradient, state in with_gradients(self):
            gradient = add_penalty(gradient, parameter, group["weight_decay"])
            if not state:
                start = group["initial_accumulator_value"]
                state |= {"step": 0, "sum": torch.full_like(parameter, start)}
            state["step"] = int(state["step"]) + 1
            squares = state["sum"].addcmul_(gradient, gradient)
            lr = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
            scale = squares.sqrt().add_(group["eps"])
            parameter.addcdiv_(gradient, scale, value=-lr)


class RMSprop(Optimizer):
    r"""Divide each gradient by the root of a running mean of its squares.

    $$s \leftarrow \alpha s + (1 - \alpha) g^2, \quad
    \theta \leftarrow \theta - \frac{\eta}{\sqrt{s} + \epsilon} g$$

    `centered` takes the square of a running mean of $g$ from $s$, which leaves an
    estimate of the variance; `momentum` sums the quotients as `SGD` sums gradients.

    Raises: ValueError for a negative option; TypeError for a tensor as lr.
    Same as: torch.optim.RMSprop, without closure, foreach, capturable, differentiable.
    Source: Graves (2013), Generating sequences with recurrent neural networks,
        arXiv:1308.0850, for the centred form
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "alpha": alpha, "eps": eps}
        options |= {"weight_decay": weight_decay, "momentum": momentum}
        check_not_negative(options)
        super().__init__(params, options | {"centered": centered, "maximize": maximize})

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter that has a gradient."""
        for group, parameter, gradient, state in with_gradients(self):
            alpha, momentum = group["alpha"], group["momentum"]
            gradient = add_penalty(gradient, parameter, group["weight_decay"])
            if not state:
                state |= {"step": 0, "square_avg": torch.zeros_like(parameter)}
                for name, used in (
                    ("grad_avg", group["centered"]), ("momentum_buffer", momentum)
                ):  # fmt: skip
                    if used:
                        state[name] = torch.zeros_like(parameter)
            state["step"] += 1
            square = state["square_avg"].mul_(alpha)
            square.addcmul_(gradient, gradient, value=1 - alpha)
            if group["centered"]:
                mean = state["grad_avg"].lerp_(gradient, 1 - alpha)
                square = square.addcmul(mean, mean, value=-1)
            scale = square.sqrt().add_(group["eps"])
            if momentum:
                velocity = state["momentum_buffer"].mul_(momentum)
                velocity.addcdiv_(gradient, scale)
                parameter.add_(velocity, alpha=-group["lr"])
            else:
                parameter.addcdiv_(gradient, scale, value=-group["lr"])


def add_penalty(gradient: Tensor, parameter: Tensor, weight_decay: float) -> Tensor:
    """Return the gradient of the loss plus weight_decay / 2 times the squared length.

    Shapes: gradient (any), parameter (the same) -> (the same)
    """
    if not weight_decay:
        return gradient
    return gradient.add(parameter, alpha=weight_decay)


def with_gradients(
    optimizer: Optimizer,
) -> Iterator[tuple[dict, Tensor, Tensor, dict]]:
    """Yield group, parameter, gradient and state where a parameter has a gradient.

    Shapes: parameter (any), gradient (the same)
    """
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            gradient = parameter.grad
            if gradient is not None:
                gradient = -gradient if group.get("maximize") else gradient
                yield group, parameter, gradient, optimizer.state[parameter]


def check_not_negative(options: Mapping[str, float]) -> None:
    """Refuse a negative option, and a tensor in the place of a number.

    Raises: ValueError or TypeError, naming the option.
    """
    for name, value in options.items():
        if isinstance(value, Tensor):
            raise TypeError(f"{name} must be a number, got a tensor")
        if not value >= 0:
            raise ValueError(f"{name} must not be negative, got {value}")
