"""Train a model for some epochs and measure it: any model, any loss, any loader."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from lib.training.errors import Place, check_loss
from lib.training.metrics import Mean, Metric
from lib.training.update import Update


class Loss(NamedTuple):
    """What an objective returns: the loss of a batch and what it is the mean of.

    `value` is the mean over `count` items: examples, tokens, pairs, nodes. Metrics get
    `outputs` and `targets`, which may stay away where nothing but the loss is measured.

    Shapes: value ()
    """

    value: Tensor
    count: float
    outputs: object = None
    targets: object = None


Objective = Callable[[nn.Module, object], Loss | tuple[Tensor, float]]
LossFn = Callable[[Tensor, Tensor], Tensor]
Loader = Iterable[object]
History = list[dict[str, float]]
Callback = Callable[[History], bool | None]


def supervised(
    loss_fn: LossFn, *, count_fn: Callable[[Tensor], float] | None = None
) -> Objective:
    """Return the objective loss_fn(model(inputs), targets), of batches of such pairs.

    The loss is the mean over `count_fn(targets)` items: if not given, over the targets
    that are not `loss_fn.ignore_index` where the loss has one, else over the examples.

    Shapes: what `model` and `loss_fn` take
    Raises: ValueError if `loss_fn` says that it returns something else than a mean.
    """
    reduction = getattr(loss_fn, "reduction", "mean")
    if reduction not in ("mean", "batchmean"):
        raise ValueError(f"loss_fn must return a mean, got reduction={reduction!r}")
    ignored = getattr(loss_fn, "ignore_index", None)

    def count_kept(targets: Tensor) -> float:
        return len(targets) if ignored is None else (targets != ignored).sum()

    def objective(model: nn.Module, batch: tuple[object, Tensor]) -> Loss:
        inputs, targets = batch
        outputs = model(inputs)
        count = (count_fn or count_kept)(targets)
        return Loss(loss_fn(outputs, targets), count, outputs, targets)

    return objective


def mixed_precision(objective: Objective, dtype: torch.dtype) -> Objective:
    """Return the objective computed in float16 or bfloat16 where that is safe enough.

    The parameters keep their dtype. Training in float16 also needs a scaler: `Update`.
    """

    def autocast(model: nn.Module, batch: object) -> Loss | tuple[Tensor, float]:
        with torch.autocast(device_of(model).type, dtype):
            return objective(model, batch)

    return autocast


def fit(
    model: nn.Module,
    train_loader: Loader,
    objective: Objective,
    *,
    optimizer: Optimizer | Update,
    num_epochs: int,
    val_loader: Loader | None = None,
    metrics: Mapping[str, Metric] | None = None,
    scheduler: LRScheduler | None = None,
    monitor: str | None = None,
    callbacks: Sequence[Callback] = (),
    history: Sequence[dict[str, float]] = (),
) -> History:
    """Train until the history, with the records given, has `num_epochs`; return it.

    A record has "epoch" (from 1), "lr" (at its start), "train_loss" and, if there is a
    `val_loader`, "val_loss" and "val_<name>" of each metric. After every epoch the
    scheduler steps (`monitor` names the entry for ReduceLROnPlateau) and the callbacks
    get the history so far; training ends early if one of them returns True.

    Raises: what went wrong inside, with notes that name the epoch and the batch.
    """
    update = optimizer if isinstance(optimizer, Update) else Update(optimizer)
    _check_scheduler(scheduler, monitor, update, val_loader is not None, metrics)
    history, place = list(history), Place("epoch")
    for place.number in range(len(history) + 1, num_epochs + 1):
        record = {"epoch": place.number, "lr": update.lr()}
        with place:
            record["train_loss"] = train_epoch(model, train_loader, objective, update)
            if val_loader is not None:
                measured = evaluate(model, val_loader, objective, metrics=metrics)
                record |= {f"val_{name}": value for name, value in measured.items()}
            history.append(record)
            if scheduler is not None:
                scheduler.step(*([] if monitor is None else [record[monitor]]))
            wishes = [callback(history) for callback in callbacks]
        if any(wishes):
            break
    return history


def train_epoch(
    model: nn.Module, loader: Loader, objective: Objective, update: Update
) -> float:
    """Train on each batch once and return the mean loss over all items seen.

    Batches go to the model's device. A model in eval mode is in train mode meanwhile;
    in a model in train mode a part put in eval mode (a frozen batch norm) stays so.

    Raises: ValueError if the loader is empty, or a loss is not the finite mean of
        something, or a gradient not finite, before that can spoil the weights.
    """
    mean_loss = Mean()
    update.reset()  # an epoch that ended in an error may have left something
    with preserve_modes(model), Place("training batch") as place:
        if not model.training:
            model.train()
        for batch in place.walk(loader):
            loss = _measure(model, batch, objective)
            update.add(model, loss.value, loss.count)
            mean_loss.update(loss.value, loss.count)
        update.step(model)  # with the last batches, if they were fewer than the others
    return mean_loss.compute()


def evaluate(
    model: nn.Module,
    loader: Loader,
    objective: Objective,
    *,
    metrics: Mapping[str, Metric] | None = None,
) -> dict[str, float]:
    """Return {"loss": the mean over all items} and each metric's value, in eval mode.

    No gradients are kept, and every module is back in its own mode afterwards.

    Raises: ValueError if the loader is empty, or a loss is not the finite mean of
        something, or there are metrics but the objective returns no outputs.
    """
    metrics, mean_loss = metrics or {}, Mean()
    for metric in metrics.values():
        metric.reset()
    with preserve_modes(model), Place("evaluation batch") as place, torch.no_grad():
        model.eval()
        for batch in place.walk(loader):
            loss = _measure(model, batch, objective)
            mean_loss.update(loss.value, loss.count)
            if metrics and loss.outputs is None:
                raise ValueError("metrics need Loss(value, count, outputs, targets)")
            for metric in metrics.values():
                metric.update(loss.outputs, loss.targets)
    values = {name: metric.compute() for name, metric in metrics.items()}
    return {"loss": mean_loss.compute()} | values


@contextmanager
def preserve_modes(model: nn.Module) -> Iterator[None]:
    """Put every module back in its own mode, train or eval, after the `with` block."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def move_to(batch: object, device: torch.device | str) -> object:
    """Return a tensor, or tuples, lists, dicts of tensors, however deep, on a device.

    Named tuples keep their names, and what has a method `to` is moved by it. Whatever
    else is in the batch (numbers, strings, None) stays as it is.
    """
    if hasattr(batch, "to"):
        return batch.to(device)
    if isinstance(batch, Mapping):
        return {key: move_to(value, device) for key, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(move_to(value, device) for value in batch))
    if isinstance(batch, list | tuple):
        return type(batch)(move_to(value, device) for value in batch)
    return batch


def device_of(model: nn.Module) -> torch.device:
    """Return the device of the model's first parameter; the CPU if it has none."""
    devices = (parameter.device for parameter in model.parameters())
    return next(devices, torch.device("cpu"))


def _measure(model: nn.Module, batch: object, objective: Objective) -> Loss:
    """Return the objective of a batch, moved to the model's device, and check it."""
    batch = move_to(batch, device_of(model))
    result = objective(model, batch)
    if not isinstance(result, tuple) or len(result) < 2:
        kind = type(result).__name__
        raise TypeError(f"objective must return a loss and its count, got {kind} alone")
    loss = Loss(*result)
    if isinstance(loss.count, Tensor):
        loss = loss._replace(count=loss.count.item())
    check_loss(loss.value, loss.count, model, batch)
    return loss


def _check_scheduler(
    scheduler: LRScheduler | None,
    monitor: str | None,
    update: Update,
    validated: bool,
    metrics: Mapping[str, Metric] | None,
) -> None:
    """Raise unless there is one scheduler at most, with what it has to monitor."""
    if scheduler is not None and update.scheduler is not None:
        raise ValueError("a scheduler must go to fit or to Update, not one to each")
    is_plateau = isinstance(scheduler, ReduceLROnPlateau)
    names = ["train_loss"]
    if validated:
        names += ["val_loss", *(f"val_{name}" for name in metrics or {})]
    if is_plateau and monitor not in names:
        raise ValueError(
            f"monitor must name what ReduceLROnPlateau looks at, one of {names}, "
            f"got {monitor!r}"
        )
    if monitor is not None and not is_plateau:
        kind = type(scheduler).__name__
        raise ValueError(f"monitor is for ReduceLROnPlateau, got {kind}")
