"""Learning-rate schedules as functions of the step, and what applies them."""

import bisect
import math
from collections.abc import Callable, Sequence

from torch.optim import Optimizer

Schedule = Callable[[int], float]


def step_decay(step_size: int, gamma: float = 0.1) -> Schedule:
    r"""Multiply by `gamma` after every `step_size` steps.

    $$m(t) = \gamma^{\lfloor t / s \rfloor}$$

    Raises: ValueError if `step_size` is below 1.
    Same as: torch.optim.lr_scheduler.StepLR
    """
    _check_length("step_size", step_size)
    return lambda step: gamma ** (step // step_size)


def multi_step(milestones: Sequence[int], gamma: float = 0.1) -> Schedule:
    r"""Multiply by `gamma` at each milestone; one that is named twice counts twice.

    $$m(t) = \gamma^{\#\{k : t_k \le t\}}$$

    Same as: torch.optim.lr_scheduler.MultiStepLR
    """
    ordered = sorted(milestones)
    return lambda step: gamma ** bisect.bisect_right(ordered, step)


def exponential(gamma: float) -> Schedule:
    r"""Multiply by `gamma` at each step.

    $$m(t) = \gamma^t$$

    Same as: torch.optim.lr_scheduler.ExponentialLR
    """
    return lambda step: gamma**step


def ramp(num_steps: int, start: float = 1 / 3, end: float = 1.0) -> Schedule:
    r"""Go from `start` to `end` along a line, and stay there: a warm-up.

    $$m(t) = a + (b - a) \min(t / T, 1)$$

    Raises: ValueError if `num_steps` is below 1.
    Same as: torch.optim.lr_scheduler.LinearLR
    """
    _check_length("num_steps", num_steps)
    return lambda step: start + (end - start) * min(step / num_steps, 1)


def cosine(num_steps: int, final: float = 0.0) -> Schedule:
    r"""Fall from 1 to `final` along half a cosine. After `num_steps` it rises again.

    $$m(t) = f + (1 - f)\, \frac{1 + \cos(\pi t / T)}{2}$$

    Raises: ValueError if `num_steps` is below 1.
    Same as: torch.optim.lr_scheduler.CosineAnnealingLR, where `eta_min` is a learning
        rate, the same for each parameter group, and here `final` a share of each lr.
    Source: Loshchilov, Hutter (2017), arXiv:1608.03983
    """
    _check_length("num_steps", num_steps)
    return lambda step: (
        final + (1 - final) * (1 + math.cos(math.pi * step / num_steps)) / 2
    )


def one_cycle(
    num_steps: int, warmup_share: float = 0.3, start: float = 0.04, final: float = 4e-6
) -> Schedule:
    r"""Rise from `start` to 1 along half a cosine, then fall to `final` along another.

    $$m(t) = \begin{cases}
    a + (1 - a)\,(1 - \cos(\pi t / p))/2 & t \le p \\
    f + (1 - f)\,(1 + \cos(\pi (t - p) / (T - 1 - p)))/2 & t > p
    \end{cases}$$

    with the peak at $p$ = `warmup_share * num_steps - 1`. It stays at `final`.

    Raises: ValueError unless the peak lies after step 0 and before the last.
    Same as: torch.optim.lr_scheduler.OneCycleLR with cycle_momentum=False, where
        `max_lr` is the optimizer's lr here.
    Source: Smith, Topin (2019), arXiv:1708.07120
    """
    peak, last = warmup_share * num_steps - 1, num_steps - 1
    if not 0 < peak < last:
        raise ValueError(
            f"warmup_share * num_steps must lie between 1 and num_steps ({num_steps}), "
            f"got {warmup_share * num_steps:g}"
        )

    def multiplier(step: int) -> float:
        low, done = start, step / peak
        if step > peak:
            low, done = final, 1 - (min(step, last) - peak) / (last - peak)
        return low + (1 - low) * (1 - math.cos(math.pi * done)) / 2

    return multiplier


def sequential(schedules: Sequence[Schedule], milestones: Sequence[int]) -> Schedule:
    """Follow one schedule after another; each counts from its own milestone.

    Raises: ValueError unless the milestones rise and are one fewer than the schedules.
    Same as: torch.optim.lr_scheduler.SequentialLR of schedules with a closed form
    """
    if len(milestones) != len(schedules) - 1:
        raise ValueError(
            f"{len(schedules)} schedules need {len(schedules) - 1} milestones, "
            f"got {len(milestones)}"
        )
    if list(milestones) != sorted(set(milestones)):
        raise ValueError(f"milestones must rise, got {list(milestones)}")
    starts = [0, *milestones]

    def multiplier(step: int) -> float:
        current = bisect.bisect_right(milestones, step)
        return schedules[current](step - starts[current])

    return multiplier


class Scheduler:
    """Set the lr of each parameter group to its first lr times a schedule.

    lr = initial_lr · m(t), with t the number of calls of `step()`

    Same as: torch.optim.lr_scheduler.LambdaLR with one function for all groups
    """

    def __init__(self, optimizer: Optimizer, schedule: Schedule) -> None:
        self.optimizer, self.schedule, self.num_steps = optimizer, schedule, 0
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self._set_lr()

    def step(self) -> None:
        """Move on by one step: after the optimizer's."""
        self.num_steps += 1
        self._set_lr()

    def state_dict(self) -> dict[str, int]:
        """Return what a resumed run needs; the first rates are the optimizer's."""
        return {"num_steps": self.num_steps}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on from a saved state, after the optimizer's was loaded."""
        self.num_steps = state["num_steps"]
        self._set_lr()

    def _set_lr(self) -> None:
        multiplier = self.schedule(self.num_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * multiplier


class ReduceOnPlateau:
    """Multiply each lr by `factor` when a measured value has stopped improving.

    A value improves if it beats the best so far by more than `threshold`: a share of
    the best ("rel") or a difference ("abs"). After more than `patience` values in a row
    that do not, the lr falls; for the next `cooldown` values none is counted. No lr
    falls below `min_lr`, or by less than `eps`.

    Raises: ValueError if `mode`, `threshold_mode` or `factor` is not one of these.
    Same as: torch.optim.lr_scheduler.ReduceLROnPlateau with one `min_lr` for all groups
    """

    def __init__(
        self,
        optimizer: Optimizer,
        *,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float = 0.0,
        eps: float = 1e-8,
    ) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"mode must be 'min' or 'max', got {mode!r}")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(
                f"threshold_mode must be 'rel' or 'abs', got {threshold_mode!r}"
            )
        if not 0 < factor < 1:
            raise ValueError(f"factor must lie between 0 and 1, got {factor}")
        self.optimizer, self.factor, self.patience = optimizer, factor, patience
        self.sign = 1 if mode == "min" else -1
        self.threshold, self.relative = threshold, threshold_mode == "rel"
        self.cooldown, self.min_lr, self.eps = cooldown, min_lr, eps
        self.best, self.num_bad, self.waiting = self.sign * math.inf, 0, 0

    def step(self, value: float) -> None:
        """Look at the value of one epoch; lower the rates if it is time."""
        value = float(value)
        if self._improves(value):
            self.best, self.num_bad = value, 0
        else:
            self.num_bad += 1
        if self.waiting > 0:
            self.waiting, self.num_bad = self.waiting - 1, 0
        if self.num_bad > self.patience:
            self._reduce()
            self.waiting, self.num_bad = self.cooldown, 0

    def state_dict(self) -> dict[str, float]:
        """Return what a resumed run needs; the rates are the optimizer's."""
        return {name: getattr(self, name) for name in ("best", "num_bad", "waiting")}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from a saved state."""
        for name in ("best", "num_bad", "waiting"):
            setattr(self, name, state[name])

    def _improves(self, value: float) -> bool:
        bar = self.best - self.sign * self.threshold
        if self.relative:
            bar = self.best * (1 - self.sign * self.threshold)
        return self.sign * value < self.sign * bar

    def _reduce(self) -> None:
        for group in self.optimizer.param_groups:
            lowered = max(group["lr"] * self.factor, self.min_lr)
            if group["lr"] - lowered > self.eps:
                group["lr"] = lowered


def _check_length(name: str, length: int) -> None:
    if length < 1:
        raise ValueError(f"{name} must be at least 1, got {length}")
