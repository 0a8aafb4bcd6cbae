"""Errors of a training run that say where it stood and what went wrong first."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType

import torch
from torch import Tensor, nn

ONE_EXAMPLE = "Expected more than 1 value per channel"  # torch's message begins so
SMALLER = "try a smaller lr, or max_norm=1.0"

Named = Iterable[tuple[str, Tensor]]


class Place:
    """Counts the batches of a loader; an error inside `with place` gets the number.

    The error keeps its type, its message and its traceback.
    """

    def __init__(self, kind: str) -> None:
        self.kind, self.number = kind, 0

    def walk(self, loader: Iterable[object]) -> Iterator[object]:
        """Yield the loader's batches and count them.

        Raises: ValueError if there is none.
        """
        self.number = 1  # an error while the loader makes a batch belongs to that batch
        for batch in loader:
            yield batch
            self.number += 1
        if self.number == 1:
            raise ValueError(
                "the loader gave no batch: no examples, drop_last=True with fewer than "
                "one batch of them, or a generator that was read to its end before"
            )

    def __enter__(self) -> "Place":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not isinstance(error, Exception):
            return
        if str(error).startswith(ONE_EXAMPLE) and not hasattr(error, "__notes__"):
            error.add_note(
                "Batch norm cannot learn from a batch of one example: "
                "DataLoader(..., drop_last=True) leaves out a last batch that is short."
            )
        error.add_note(f"in {self.kind} {self.number}")


def check_loss(loss: Tensor, count: float, model: nn.Module, batch: object) -> None:
    """Check that a loss is one finite number and the mean of something.

    On a GPU this waits for the loss.

    Shapes: loss ()
    Raises: TypeError if it is no tensor; ValueError otherwise, saying whether the batch
        or the model holds what is not finite, and what helps.
    """
    if not isinstance(loss, Tensor):
        raise TypeError(f"the loss must be a tensor, got {type(loss).__name__}")
    if loss.numel() != 1:
        shape = tuple(loss.shape)
        raise ValueError(f"the loss must be one number, a mean, got shape {shape}")
    if not count > 0:
        raise ValueError(f"the loss must be the mean of something, got count {count}")
    if not torch.isfinite(loss):
        why = _why(model, batch)
        raise ValueError(f"loss must be finite, got {loss.item()}: {why}")


def check_gradient(norm: Tensor, model: nn.Module) -> None:
    """Check that the gradient's length is finite, before a step can spoil the weights.

    Shapes: norm ()
    Raises: ValueError naming the first parameter whose gradient is not.
    """
    if torch.isfinite(norm):
        return
    parameters = model.named_parameters()
    gradients = ((name, p.grad) for name, p in parameters if p.grad is not None)
    holder = _first_holder(gradients, _not_finite)
    if holder is None:
        length = norm.item()
        raise ValueError(f"gradient must be finite, got length {length}: {SMALLER}")
    raise ValueError(
        f"gradient must be finite, but that of {holder}, although the loss is finite. "
        "If earlier losses grew, try a smaller lr. If not, look for a root, a norm or "
        "a division at 0: torch.autograd.set_detect_anomaly(True) names the operation"
    )


def named_tensors(batch: object, name: str = "batch") -> Iterator[tuple[str, Tensor]]:
    """Yield every tensor in a nested batch with the expression that reaches it.

    Shapes: tensors (any)
    """
    if isinstance(batch, Tensor):
        yield name, batch
    elif isinstance(batch, Mapping):
        for key, value in batch.items():
            yield from named_tensors(value, f"{name}[{key!r}]")
    elif isinstance(batch, tuple) and hasattr(batch, "_fields"):
        for field, value in zip(batch._fields, batch, strict=True):
            yield from named_tensors(value, f"{name}.{field}")
    elif isinstance(batch, list | tuple):
        for index, value in enumerate(batch):
            yield from named_tensors(value, f"{name}[{index}]")


def _why(model: nn.Module, batch: object) -> str:
    """Say what holds a number that is not finite: the batch, the model, or neither."""
    clean = "repair the data, or leave such examples out"
    inputs = _first_holder(named_tensors(batch), _wrong)
    if inputs is not None:
        return f"{inputs}; {clean}"
    weights = _first_holder(model.named_parameters(), _not_finite)
    weights = weights or _first_holder(model.named_buffers(), _wrong)
    if weights is not None:
        return (
            f"the batch is finite, but the model's {weights}; if it did not come so "
            f"from a file, the step before was too large: {SMALLER}"
        )
    inputs = _first_holder(named_tensors(batch), _not_finite)
    if inputs is not None:
        return f"{inputs}; {clean}, unless it is a mask: then a whole row may be masked"
    return (
        "the batch and the model's parameters are finite. If earlier losses grew, the "
        f"run diverges: {SMALLER}. If not, look in the loss for log(0) or 0/0"
    )


def _first_holder(tensors: Named, wrong: Callable[[Tensor], Tensor]) -> str | None:
    """Describe the first tensor with wrong numbers: its name, the first, how many."""
    for name, tensor in tensors:
        if not (tensor.is_floating_point() or tensor.is_complex()):
            continue
        values = tensor.detach().to_dense()
        places = wrong(values).nonzero()
        if len(places):
            place = tuple(places[0].tolist())
            share = f"{len(places)} of {values.numel()} numbers"
            return f"{name} holds {values[place].item()} at {list(place)} ({share})"
    return None


def _not_finite(values: Tensor) -> Tensor:
    return ~values.isfinite()


def _wrong(values: Tensor) -> Tensor:
    """Mark NaN and infinity, but not -infinity, which masks hold on purpose."""
    return ~values.isfinite() & (values != -torch.inf)
