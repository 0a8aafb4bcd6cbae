"""From the losses of some batches to one optimizer step."""

from torch import Tensor, nn
from torch.amp import GradScaler
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from lib.training.errors import check_gradient


class Update:
    r"""Adds up the gradients of `accumulate` batches, then takes one optimizer step.

    The step is that of one large batch: with losses $m_b$, means of $n_b$ items each,

    $$g = \frac{\sum_b n_b \nabla m_b}{\sum_b n_b}$$

    `max_norm` clips the length of $g$; `scaler` keeps small float16 gradients from
    becoming 0; `scheduler` is one that moves on after each step, not after each epoch.

    Shapes: loss ()
    Raises: ValueError if `accumulate` is below 1 or `max_norm` is not positive;
        TypeError for ReduceLROnPlateau, which has to wait for the end of an epoch.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        *,
        accumulate: int = 1,
        max_norm: float | None = None,
        scaler: GradScaler | None = None,
        scheduler: LRScheduler | None = None,
    ) -> None:
        if accumulate < 1:
            raise ValueError(f"accumulate must be at least 1, got {accumulate}")
        if max_norm is not None and not max_norm > 0:
            raise ValueError(f"max_norm must be positive, got {max_norm}")
        if isinstance(scheduler, ReduceLROnPlateau):
            raise TypeError("ReduceLROnPlateau steps once an epoch: pass it to fit")
        self.optimizer, self.accumulate, self.max_norm = optimizer, accumulate, max_norm
        self.scaler = GradScaler(enabled=False) if scaler is None else scaler
        self.scheduler = scheduler
        self._counts: list[float] = []

    def lr(self) -> float:
        """Return the learning rate of the first parameter group."""
        return float(self.optimizer.param_groups[0]["lr"])

    def reset(self) -> None:
        """Forget what was added since the last step."""
        self._counts.clear()

    def add(self, model: nn.Module, loss: Tensor, count: float) -> None:
        """Add the gradient of a batch's loss; after `accumulate` of them, step."""
        if not self._counts:
            self.optimizer.zero_grad()
        self._counts.append(count)
        weight = count / self._counts[0]  # 1 for a batch alone: nothing is rounded
        self.scaler.scale(loss * weight).backward()
        if len(self._counts) == self.accumulate:
            self.step(model)

    def step(self, model: nn.Module) -> None:
        """Take a step with what was added since the last one, if anything was.

        Raises: ValueError if the gradient is not finite; a scaler skips such a step.
        """
        if not self._counts:
            return
        self.scaler.unscale_(self.optimizer)
        groups = self.optimizer.param_groups
        trained = [p for group in groups for p in group["params"] if p.grad is not None]
        if len(self._counts) > 1:
            for parameter in trained:
                parameter.grad.mul_(self._counts[0] / sum(self._counts))
        self.reset()
        norm = get_total_norm([parameter.grad for parameter in trained])
        if not self.scaler.is_enabled():
            check_gradient(norm, model)
        if self.max_norm is not None:
            clip_grads_with_norm_(trained, self.max_norm, norm)
        scale = self.scaler.get_scale()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.scheduler is not None and self.scaler.get_scale() >= scale:
            self.scheduler.step()
