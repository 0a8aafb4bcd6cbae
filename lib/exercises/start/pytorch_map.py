"""Checks of the exercises in start/pytorch_map."""

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from lib.book.checks import Check, call, leaves_inputs_unchanged, returns, satisfies


def _gradients(sizes: list[int]) -> tuple[list[torch.Tensor], list[int]]:
    """Return mean gradients of parts of these sizes, three numbers each."""
    generator = torch.Generator().manual_seed(3)
    return [torch.randn(3, generator=generator) for _ in sizes], sizes


def _combined(gradients: list[torch.Tensor], sizes: list[int]) -> torch.Tensor:
    weights = torch.tensor(sizes, dtype=torch.float32) / sum(sizes)
    return weights @ torch.stack(gradients)  # (K,) @ (K, 3) -> (3,)


def _average(says: str, sizes: list[int], hint: str) -> Check:
    return returns(says, lambda: _gradients(sizes), _combined, hint=hint)


def _floor(says: str, num_classes: int, hint: str) -> Check:
    logits = torch.eye(num_classes, dtype=torch.float64)[:1]
    lowest = F.cross_entropy(logits, torch.tensor([0])).item()
    return returns(says, lambda: (num_classes,), lowest, hint=hint)


def _where(batch: object) -> object:
    """Return the batch with the word meta, or other, in the place of each tensor."""
    if isinstance(batch, torch.Tensor):
        return "meta" if batch.is_meta else "other"
    if isinstance(batch, dict):
        return {key: _where(value) for key, value in batch.items()}
    if isinstance(batch, list | tuple):
        return type(batch)(_where(value) for value in batch)
    return batch


def _moved(says: str, make_batch: Callable[[], object], wanted: object, hint: str) -> Check:
    def law(result: object, batch: object, device: str) -> bool | str:
        found = _where(result)
        if found == wanted and type(result) is type(batch):
            return True
        return f"wanted {wanted!r}, got {found!r}, where 'meta' is a tensor on the device\n{hint}"

    return satisfies(says, lambda: (make_batch(), "meta"), law, hint=hint)


def _x() -> torch.Tensor:
    return torch.ones(2)


def _network() -> nn.Sequential:
    network = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
    for parameter in network.parameters():
        nn.init.zeros_(parameter)  # equal values, different objects
    return network


def _untrained(says: str, prepare: Callable, wanted: list[str], hint: str) -> Check:
    """Build the check on a model and optimiser; the candidate gets them, not copies."""

    def test(candidate: Callable) -> str | None:
        model, optimizer = prepare()
        got = call(lambda: candidate(model, optimizer), ())
        return None if got == wanted else f"wanted {wanted}, got {got}\n{hint}"

    return Check(says, test)


def _all_held() -> tuple[nn.Module, torch.optim.Optimizer]:
    network = _network()
    return network, torch.optim.SGD(network.parameters(), lr=0.1)


def _head_replaced() -> tuple[nn.Module, torch.optim.Optimizer]:
    network, optimizer = _all_held()
    network[2] = nn.Linear(3, 3)
    for parameter in network[2].parameters():
        nn.init.zeros_(parameter)
    return network, optimizer


def _two_groups() -> tuple[nn.Module, torch.optim.Optimizer]:
    network = _network()
    groups = [{"params": [network[2].weight]}, {"params": [network[0].weight], "lr": 0.01}]
    return network, torch.optim.SGD(groups, lr=0.1)


def _keeps_the_list(candidate: Callable) -> str | None:
    batch = [_x(), [_x()]]
    call(lambda: candidate(batch, "meta"), ())
    fine = not batch[0].is_meta and not batch[1][0].is_meta and math.isclose(batch[0][0], 1)
    return None if fine else "The batch of the caller was changed: make a new list."


CHECKS: dict[str, tuple[Check, ...]] = {
    "average_gradients": (
        _average("equal parts", [50, 50], "Equal parts: this is the plain mean of the gradients."),
        _average("unequal parts", [90, 10],
                 "The part with 90 examples has nine times the say of that with 10."),
        _average("three parts", [64, 64, 7], "Divide by the number of all examples, once."),
        leaves_inputs_unchanged(lambda: _gradients([3, 5])),
    ),
    "loss_floor": (
        _floor("ten classes", 10, "The best output, 1 for the right class and 0 for nine others, "
               "is taken for logits."),
        _floor("two classes", 2, "With two classes there is one wrong class."),
        _floor("a thousand classes", 1000, "The wrong classes have the logit 0, and exp(0) is 1."),
    ),
    "move_batch": (
        _moved("a tensor", _x, "meta", "A tensor has the method .to(device)."),
        _moved("a pair", lambda: (_x(), _x()), ("meta", "meta"), "A tuple stays a tuple."),
        _moved("a list", lambda: [_x(), _x()], ["meta", "meta"], "A list stays a list."),
        _moved("a dict", lambda: {"x": _x(), "y": _x()}, {"x": "meta", "y": "meta"},
               "The keys stay, the values move."),
        _moved("a dict in a tuple in a list", lambda: [({"x": _x()}, _x())],
               [({"x": "meta"}, "meta")], "The function must call itself for what is inside."),
        _moved("numbers, texts and None", lambda: (_x(), 3, "cat", None),
               ("meta", 3, "cat", None), "Whatever has no device is returned as it is."),
        Check("the list stays as it was", _keeps_the_list),
    ),
    "untrained_parameters": (
        _untrained("all are held", _all_held, [], "The optimiser holds every parameter here."),
        _untrained("a new last layer", _head_replaced, ["2.weight", "2.bias"],
                   "Equal numbers are not enough: compare which object it is."),
        _untrained("two groups", _two_groups, ["0.bias", "2.bias"],
                   "Look into every group of optimizer.param_groups."),
    ),
}
