"""Train a model for some epochs and measure it: any model, any loss, any loader of pairs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from lib.training.metrics import Mean, Metric

Loader = Iterable[tuple[Tensor, Tensor]]
LossFn = Callable[[Tensor, Tensor], Tensor]
History = list[dict[str, float]]
Callback = Callable[[History], bool | None]


def fit(
    model: nn.Module,
    train_loader: Loader,
    *,
    loss_fn: LossFn,
    optimizer: Optimizer,
    num_epochs: int,
    val_loader: Loader | None = None,
    metrics: Mapping[str, Metric] | None = None,
    scheduler: LRScheduler | None = None,
    max_norm: float | None = None,
    callbacks: Sequence[Callback] = (),
    history: Sequence[dict[str, float]] = (),
) -> History:
    """Train until the history has `num_epochs` records, those given included, and return it.

    A record has "epoch" (from 1), "lr", "train_loss" and, where there is a `val_loader`, "val_loss"
    and "val_<name>" of each metric. After every epoch the scheduler steps and all callbacks are
    called with the history so far; training ends early if one of them returns True.

    Raises: TypeError for ReduceLROnPlateau, which needs a number to step: do it in a callback;
        ValueError as `train_epoch`.
    """
    if isinstance(scheduler, ReduceLROnPlateau):
        raise TypeError("scheduler must step by itself, got ReduceLROnPlateau: use a callback")
    history = list(history)
    for epoch in range(len(history) + 1, num_epochs + 1):
        record = {"epoch": epoch, "lr": float(optimizer.param_groups[0]["lr"])}
        loss = train_epoch(model, train_loader, loss_fn, optimizer, max_norm=max_norm, epoch=epoch)
        record["train_loss"] = loss
        if val_loader is not None:
            measured = evaluate(model, val_loader, loss_fn, metrics=metrics)
            record |= {f"val_{name}": value for name, value in measured.items()}
        history.append(record)
        if scheduler is not None:
            scheduler.step()
        wishes = [callback(history) for callback in callbacks]
        if any(wishes):
            break
    return history


def train_epoch(
    model: nn.Module,
    loader: Loader,
    loss_fn: LossFn,
    optimizer: Optimizer,
    *,
    max_norm: float | None = None,
    epoch: int = 1,
) -> float:
    """Take one optimiser step per batch and return the mean loss over the examples seen.

    `loss_fn(outputs, targets)` is the mean over a batch, so it counts once per example. Batches go
    to the model's device. A model in eval mode is in train mode meanwhile; in a model in train mode
    a part put in eval mode (a frozen batch norm) stays so. `max_norm` clips the gradient's length.

    Raises: ValueError naming `epoch` and batch if the loss is not one finite number (before it can
        spoil the weights); ValueError if the loader is empty or `max_norm` is not positive.
    """
    if max_norm is not None and not max_norm > 0:
        raise ValueError(f"max_norm must be positive, got {max_norm}")
    device = _device_of(model)
    mean_loss = Mean()
    with preserve_modes(model):
        if not model.training:
            model.train()
        for batch, (inputs, targets) in enumerate(loader, start=1):
            loss = loss_fn(model(inputs.to(device)), targets.to(device))
            _check_loss(loss, epoch, batch)
            optimizer.zero_grad()
            loss.backward()
            if max_norm is not None:
                nn.utils.clip_grad_norm_(model.parameters(), max_norm)
            optimizer.step()
            mean_loss.update(loss, len(targets))
    return mean_loss.compute()


def evaluate(
    model: nn.Module,
    loader: Loader,
    loss_fn: LossFn,
    *,
    metrics: Mapping[str, Metric] | None = None,
) -> dict[str, float]:
    """Return {"loss": the mean over all examples} and the value of each metric, in eval mode.

    No gradients are kept, and every module of the model is back in its own mode afterwards.

    Raises: ValueError if the loader is empty.
    """
    metrics = metrics or {}
    device = _device_of(model)
    mean_loss = Mean()
    for metric in metrics.values():
        metric.reset()
    with preserve_modes(model), torch.no_grad():
        model.eval()
        for inputs, targets in loader:
            outputs, targets = model(inputs.to(device)), targets.to(device)
            mean_loss.update(loss_fn(outputs, targets), len(targets))
            for metric in metrics.values():
                metric.update(outputs, targets)
    return {"loss": mean_loss.compute()} | {name: m.compute() for name, m in metrics.items()}


@contextmanager
def preserve_modes(model: nn.Module) -> Iterator[None]:
    """Put every module of `model` back in its own mode, train or eval, after the `with` block."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def _device_of(model: nn.Module) -> torch.device:
    """Return the device of the model's first parameter; the CPU if it has none."""
    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))


def _check_loss(loss: Tensor, epoch: int, batch: int) -> None:
    """Raise ValueError unless the loss is one finite number; on a GPU this waits for it."""
    if loss.numel() != 1:
        shape = tuple(loss.shape)
        raise ValueError(f"loss_fn must return one number, the batch's mean, got shape {shape}")
    if not torch.isfinite(loss):
        where = f"in epoch {epoch}, batch {batch}"
        raise ValueError(f"loss must be finite, got {loss.item()} {where}: try a smaller lr")
