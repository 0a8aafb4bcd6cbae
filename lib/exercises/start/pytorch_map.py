"""Exercises of start/pytorch_map."""

import math
from collections import namedtuple
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

Pair = namedtuple("Pair", "x y")


def _shared(
    total: Callable = torch.sum, count: Callable = lambda losses, total: total,
    factor: Callable = lambda losses, total, processes: processes,
) -> Callable:
    """Build a loss of one process; arguments are places for faults."""

    def process_loss(losses: Tensor, num_examples: int, num_processes: int) -> Tensor:
        scale = factor(losses, num_examples, num_processes)
        return total(losses) * scale / count(losses, num_examples)

    return process_loss


def _with_gradient(
    answer: Callable, losses: Tensor, num_examples: int, num_processes: int
) -> list:
    loss = answer(losses, num_examples, num_processes)
    return [loss, torch.autograd.grad(loss, losses)[0]]


def _part(r: Draw) -> tuple:
    size, processes = r.size(), r.int(1, 5)
    losses = r.tensor(size, offset=2.0, requires_grad=True)
    return losses, size + (processes > 1) * r.int(1, 9), processes


def _moved(
    tensor: Callable = Tensor.to, mapping: Callable = lambda old, new: new,
    named: Callable = lambda old, new: type(old)(*new),
    other: Callable = lambda x, device: x, inner: Callable | None = None,
    sequence: Callable = lambda old, new: type(old)(new),
) -> Callable:
    """Build a move of a batch; arguments are places for faults."""

    def move_batch(batch: object, device: str) -> object:
        move = inner or move_batch
        if isinstance(batch, Tensor):
            return tensor(batch, device)
        if isinstance(batch, dict):
            return mapping(batch, {key: move(x, device) for key, x in batch.items()})
        if isinstance(batch, list | tuple):
            make = named if hasattr(batch, "_fields") else sequence
            return make(batch, [move(x, device) for x in batch])
        return other(batch, device)

    return move_batch


def _into_list(old: object, new: list) -> object:
    if isinstance(old, list):
        old[:] = new
        return old
    return type(old)(new)


def _into_dict(old: dict, new: dict) -> dict:
    old.update(new)
    return old


def _seen(batch: object, old: object) -> object:
    """Return what stands in a batch: types, devices, and what is still the caller's."""
    if isinstance(batch, Tensor):
        return f"a tensor on {batch.device.type}"
    same = isinstance(batch, list | dict) and batch is old
    kind = "the caller's " * same + type(batch).__name__
    if isinstance(batch, dict):
        return kind, {key: _seen(x, old.get(key)) for key, x in batch.items()}
    if isinstance(batch, list | tuple):
        return kind, [_seen(x, y) for x, y in zip(batch, old, strict=True)]
    return batch


def _batch(r: Draw, depth: int = 0) -> object:
    kind = r.choice("tensor", "other", "list", "tuple", "dict", "named")
    if depth == 3 or kind == "tensor":
        return torch.ones(r.int(0, 2))
    if kind == "other":
        return r.choice(3, 0.5, "cat", None, True)
    items = [_batch(r, depth + 1) for _ in range(2 if kind == "named" else r.int(0, 3))]
    if kind == "list":
        return items
    if kind == "dict":
        return dict(zip("xyz", items, strict=False))
    return Pair(*items) if kind == "named" else tuple(items)


def _untrained(
    held: Callable = lambda groups: [p for group in groups for p in group["params"]],
    same: Callable = lambda p, q: p is q, keep: Callable = lambda p, found: not found,
    give: Callable = list, name: Callable = lambda name, p: name,
) -> Callable:
    """Build a search for what is not held; arguments are places for faults."""

    def untrained_parameters(model: nn.Module, optimizer: Optimizer) -> object:
        holds = held(optimizer.param_groups)
        return give(name(key, p) for key, p in model.named_parameters()
                    if keep(p, any(same(p, q) for q in holds)))

    return untrained_parameters


def _network(r: Draw) -> tuple:
    layers = [nn.Linear(r.choice(3, 3, 2), 3, bias=r.choice(True, False))
              for _ in range(r.int(1, 4))]
    model = nn.Sequential(nn.Sequential(*layers[::2]), *layers[1::2])
    stranger = nn.Parameter(torch.zeros(3))
    for parameter in model.parameters():
        nn.init.constant_(parameter, r.choice(0.0, 0.0, 1.0))
        parameter.requires_grad_(r.choice(True, True, False))
    held = [p for p in model.parameters() if r.choice(True, False)]
    cut = r.int(0, len(held))
    groups = [{"params": [stranger, *held[:cut]]}, {"params": held[cut:], "lr": 0.01}]
    return model, torch.optim.SGD(groups, lr=0.1)


EXERCISES = {
    "process_loss": Exercise(
        reference=_shared(),
        use=_with_gradient,
        cases=_part,
        fixed=lambda: [
            (torch.tensor([1.0, 2.0, 3.0], requires_grad=True), 4, 2),
            (torch.zeros(0, requires_grad=True), 3, 2)],
        mistakes={
            "The mean over this part is right for parts of equal size only.":
                lambda losses, n, k: losses.mean(),
            "A mean of no examples is NaN, and one process may have none.":
                lambda losses, n, k: losses.mean() * len(losses) * k / n,
            "The mean over the processes divides once more: by how much?":
                _shared(factor=lambda *_: 1),
            "The sum grows with the batch; the whole loss is a mean.":
                _shared(count=lambda losses, n: 1, factor=lambda *_: 1),
            "The gradients are averaged, not added up. What undoes a mean?":
                _shared(factor=lambda losses, n, k: 1 / k),
            "A mean is divided here by the number of all examples.":
                _shared(lambda losses: losses.sum() / max(len(losses), 1)),
            "Which count is right: of this part, or of all?":
                _shared(count=lambda losses, n: max(len(losses), 1)),
            "A number has no gradient: a loss must stay a tensor.":
                lambda losses, n, k: losses.sum().item() * k / n,
            "One loss is wanted, not one for each example.":
                lambda losses, n, k: losses * k / n,
            "This loss is cut off from the graph.": _shared(
                lambda losses: losses.detach().sum()),
        },
    ),
    "loss_floor": Exercise(
        reference=lambda num_classes: math.log(1 + (num_classes - 1) / math.e),
        cases=lambda r: (r.choice(r.int(2, 20), r.int(20, 100_000)),),
        fixed=lambda: [(2,), (10,)],
        contract=Contract(exact=True),
        mistakes={
            "0 is the floor for logits. What does the second softmax make of 1 and 0?":
                lambda num_classes: 0.0,
            "This is the loss of an answer that prefers nothing.": math.log,
            "That is the number for ten classes.":
                lambda num_classes: math.log(1 + 9 / math.e),
            "One of the classes is the right one: how many are left?":
                lambda num_classes: math.log(1 + num_classes / math.e),
            "There is more than one wrong class.":
                lambda num_classes: math.log(1 + 1 / math.e),
            "What is subtracted from the log of the sum, if the right logit is 1?":
                lambda num_classes: math.log(math.e + num_classes - 1),
            "The minus is missing: a loss is not negative.":
                lambda num_classes: -math.log(1 + (num_classes - 1) / math.e),
            "The logarithm of the base 2, not the natural one.":
                lambda num_classes: math.log2(1 + (num_classes - 1) / math.e),
            "This is the probability, not its loss.":
                lambda num_classes: 1 / (1 + (num_classes - 1) / math.e),
            "A float is wanted, not a tensor.": lambda num_classes: torch.tensor(
                1 + (num_classes - 1) / math.e).log(),
        },
    ),
    "move_batch": Exercise(
        reference=_moved(),
        use=lambda move, batch, device: _seen(move(batch, device), batch),
        cases=lambda r: (_batch(r), r.choice("meta", "meta", "cpu")),
        fixed=lambda: [
            (torch.ones(2), "meta"), (Pair(torch.ones(1), 3), "meta"),
            ([None, [torch.ones(1)]], "meta"), (("cat",), "meta"),
            ({"x": (torch.ones(1), {"y": torch.ones(1)})}, "meta")],
        contract=Contract(exact=True),
        mistakes={
            "A batch need not be a tensor.": lambda batch, device: batch.to(device),
            "A tensor does not move in place: what does .to return?":
                _moved(lambda x, device: (x.to(device), x)[1]),
            "The device is an argument.": _moved(lambda x, device: x.to("meta")),
            "A tuple stays a tuple.": _moved(sequence=lambda old, new: new),
            "A named tuple takes its fields one by one.": _moved(
                named=lambda old, new: type(old)(new)),
            "A named tuple is more than a tuple.": _moved(
                named=lambda old, new: tuple(new)),
            "What is inside may hold more: how deep does this look?": _moved(
                inner=lambda x, device: x.to(device) if isinstance(x, Tensor) else x),
            "A dict is passed over.": _moved(mapping=lambda old, new: old),
            "A number or a text has no .to: what becomes of it?":
                _moved(other=lambda x, device: x.to(device)),
            "What is no tensor gets lost.": _moved(other=lambda x, device: None),
            "The list of the caller is changed: make a new one.":
                _moved(sequence=_into_list),
            "The dict of the caller is changed: make a new one.":
                _moved(mapping=_into_dict),
        },
    ),
    "untrained_parameters": Exercise(
        reference=_untrained(),
        cases=_network,
        contract=Contract(exact=True),
        mistakes={
            "Equal numbers do not make two parameters one: which object is it?":
                _untrained(same=torch.equal),
            "Equal shapes do not make two parameters one.": _untrained(
                same=lambda p, q: p.shape == q.shape),
            "`in` compares numbers, and shapes that differ are an error.":
                lambda model, optimizer: [
                    name for name, p in model.named_parameters() if p not in
                    [q for group in optimizer.param_groups for q in group["params"]]],
            "There may be more than one group.": _untrained(
                held=lambda groups: groups[0]["params"]),
            "The other groups hold parameters, too, not only the last.": _untrained(
                held=lambda groups: groups[-1]["params"]),
            "These are the parameters that it does hold.": _untrained(
                keep=lambda p, found: found),
            "These are frozen, which is another matter.": _untrained(
                keep=lambda p, found: not p.requires_grad),
            "A frozen parameter that is not held belongs to the list, too.": _untrained(
                keep=lambda p, found: p.requires_grad and not found),
            "Names are wanted, not the parameters.": _untrained(name=lambda name, p: p),
            "A list is wanted, in the model's order.": _untrained(give=set),
            "These names are cut: where does each parameter sit?": _untrained(
                name=lambda name, p: name.rpartition(".")[2]),
        },
    ),
}
