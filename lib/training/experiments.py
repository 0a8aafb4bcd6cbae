"""Experiments with many small networks: designs, ensembles, effects, error bars."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import product

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from lib.core.seed import preserve_random_state, seed_everything
from lib.core.shapes import check_shape
from lib.training.fit import preserve_modes

Levels = Mapping[str, Sequence[object]]
Setting = dict[str, object]
Parameters = dict[str, Tensor]


def factorial(levels: Levels) -> list[Setting]:
    """Return each combination of levels once, as dicts; the last factor changes first.

    Raises: ValueError if a factor has no level.
    """
    if empty := [name for name, values in levels.items() if not len(values)]:
        raise ValueError(f"levels must not be empty, got none for {', '.join(empty)}")
    return [
        dict(zip(levels, values, strict=True)) for values in product(*levels.values())
    ]


def signs(settings: Sequence[Setting], levels: Levels, *factors: str) -> Tensor:
    """Return the column of a factor, or the product of the columns of several.

    −1 at the first of a factor's two levels, +1 at the second.

    Shapes: -> (R,) float64 for R settings.
    Raises: ValueError if a factor has another number of levels than two.
    """
    column = torch.ones(len(settings), dtype=torch.float64)
    for factor in factors:
        if len(levels[factor]) != 2:
            number = len(levels[factor])
            raise ValueError(f"{factor} must have two levels, got {number}")
        low = levels[factor][0]
        column *= torch.tensor([-1.0 if s[factor] == low else 1.0 for s in settings])
    return column


def effect(results: Tensor, column: Tensor) -> Tensor:
    """Return the mean result at +1 minus the mean result at −1.

    e = 2/R Σᵣ cᵣ yᵣ

    Shapes: results (R, ...), column (R,) of ±1 -> (...), with as many +1 as −1.
    Raises: ValueError if the column is not half −1 and half +1.
    Same as: twice the least-squares coefficient of the column, in a full factorial.
    """
    check_shape("column", column, len(results))
    if (column.abs() != 1).any() or column.sum() != 0:
        raise ValueError("column must be half -1 and half +1")
    # (R,), (R, ...) -> (...)
    return 2 / len(results) * torch.tensordot(column, results.to(column.dtype), dims=1)


def main_effects(
    settings: Sequence[Setting], levels: Levels, results: Tensor
) -> dict[str, Tensor]:
    """Return the effect of each factor, averaged over the levels of the others.

    Shapes: results (R, ...) -> (...) for each factor.
    Raises: ValueError if a factor has another number of levels than two.
    """
    return {name: effect(results, signs(settings, levels, name)) for name in levels}


def interaction(
    settings: Sequence[Setting],
    levels: Levels,
    results: Tensor,
    first: str,
    second: str,
) -> Tensor:
    """Return half of what the effect of `first` gains when `second` changes level.

    e = (effect of first at second's + minus that at its −) / 2

    Shapes: results (R, ...) -> (...).
    Raises: ValueError if one of the two has another number of levels than two.
    """
    return effect(results, signs(settings, levels, first, second))


def t_interval(samples: Tensor, confidence: float = 0.95) -> tuple[float, float]:
    """Return the mean and the half width of its confidence interval.

    x̄ ± t s/√n, t from Student's distribution with n − 1 degrees of freedom; right if
    the samples are independent and normally distributed.

    Shapes: samples (n,).
    Raises: ValueError if there are fewer than two samples.
    Source: Student (1908), doi:10.1093/biomet/6.1.1
    """
    (n,) = check_shape("samples", samples, "n").values()
    if n < 2:
        raise ValueError(f"samples must be at least two, got {n}")
    # With T = √ν tan θ, the density of θ is proportional to cos θ to the power ν − 1.
    angle = torch.linspace(0, math.pi / 2, 200_001, dtype=torch.float64)
    area = torch.cumulative_trapezoid(angle.cos() ** (n - 2), angle)
    place = torch.searchsorted(area, confidence * area[-1]) + 1
    t = math.sqrt(n - 1) * angle[place].tan().item()
    return samples.mean().item(), t * samples.std().item() / math.sqrt(n)


def stack_networks(
    make_model: Callable[[], nn.Module], seeds: Sequence[int]
) -> tuple[nn.Module, Parameters]:
    """Make a network from each seed; return one of them, and all their parameters.

    Shapes: each parameter (E, *its own shape) for E seeds.
    Raises: ValueError if the networks have buffers, which would not be trained.
    """
    models = []
    with preserve_random_state():
        for seed in seeds:
            seed_everything(seed)
            models.append(make_model())
    parameters, buffers = stack_module_state(models)
    if buffers:
        names = ", ".join(buffers)
        raise ValueError(f"make_model must make networks without buffers, got {names}")
    return models[0], {name: p.detach() for name, p in parameters.items()}


def batch_orders(
    rows: Tensor, batch_size: int, num_epochs: int, generator: torch.Generator
) -> Tensor:
    """Return the rows of each batch, shuffled anew in each epoch, for one network.

    Shapes: rows (N,) -> (num_epochs · N / batch_size, batch_size).
    Raises: ValueError if `batch_size` does not divide the number of rows.
    """
    if len(rows) % batch_size:
        raise ValueError(
            f"batch_size ({batch_size}) must divide the number of rows ({len(rows)})"
        )
    epochs = [
        rows[torch.randperm(len(rows), generator=generator)] for _ in range(num_epochs)
    ]
    return torch.cat(epochs).reshape(-1, batch_size)  # (epochs · N,) -> (steps, B)


def train_ensemble(
    model: nn.Module,
    parameters: Parameters,
    inputs: Tensor,
    targets: Tensor,
    orders: Tensor,
    *,
    lr: float | Tensor,
    momentum: float = 0.9,
) -> Parameters:
    """Train E networks of one shape at once by SGD; return their parameters.

    In step s network e sees the examples `orders[e, s]`. The loss is the cross-entropy.
    With dropout each network draws masks of its own.

    Shapes: parameters (E, ...), inputs (N, D), targets (N,), orders (E, S, B), lr () or
    (E,) -> (E, ...).
    Raises: ValueError if `orders` or `lr` is not for as many networks as `parameters`.
    Same as: torch.optim.SGD on each network alone, if there is no dropout.
    """
    num_networks = len(next(iter(parameters.values())))
    check_shape("orders", orders, num_networks, "S", "B")
    if isinstance(lr, Tensor) and lr.ndim:
        check_shape("lr", lr, num_networks)
    rates = torch.as_tensor(lr).expand(num_networks)
    forward = vmap(partial(_logits, model), randomness="different")
    parameters = {name: p.clone().requires_grad_() for name, p in parameters.items()}
    velocities = [torch.zeros_like(p) for p in parameters.values()]
    with preserve_modes(model):
        model.train()
        for rows in orders.unbind(1):  # (E, S, B) -> S of (E, B)
            logits = forward(parameters, inputs[rows])  # (E, B, D) -> (E, B, C)
            losses = nn.functional.cross_entropy(
                logits.transpose(1, 2), targets[rows], reduction="none"
            )  # (E, C, B), (E, B) -> (E, B)
            total = losses.mean(dim=1).sum()  # each mean depends on one network only
            gradients = torch.autograd.grad(total, list(parameters.values()))
            _step(parameters.values(), velocities, gradients, rates, momentum)
    return {name: p.detach() for name, p in parameters.items()}


def predict_ensemble(
    model: nn.Module, parameters: Parameters, inputs: Tensor
) -> Tensor:
    """Return the logits of every network for the same inputs, in eval mode.

    Shapes: parameters (E, ...), inputs (N, D) -> (E, N, C).
    """
    forward = vmap(partial(_logits, model), in_dims=(0, None))
    with preserve_modes(model), torch.no_grad():
        model.eval()
        return forward(parameters, inputs)


@torch.no_grad()
def _step(
    parameters: Iterable[Tensor],
    velocities: Iterable[Tensor],
    gradients: Iterable[Tensor],
    rates: Tensor,
    momentum: float,
) -> None:
    """Move the parameters of every network in place, each at its own rate."""
    for p, v, g in zip(parameters, velocities, gradients, strict=True):
        v.mul_(momentum).add_(g)
        p -= rates.view(-1, *[1] * (p.ndim - 1)) * v  # (E,) -> (E, 1, ...)


def _logits(model: nn.Module, parameters: Parameters, inputs: Tensor) -> Tensor:
    """Return the logits of one network, with these parameters in place of its own."""
    return functional_call(model, parameters, (inputs,))
