"""Exercises of training/training_loop."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

Batches = list[tuple[Tensor, Tensor]]


def _run(r: Draw) -> tuple:
    sizes = [r.int(2, 5) for _ in range(r.int(1, 3))]
    batches = [
        (r.tensor(n, 3, scale=1.0, offset=0.0), r.integers(0, 3, n)) for n in sizes]
    return batches, r.choice(True, False), r.int(0, 99)


def _net(seed: int, training: bool) -> nn.Sequential:
    """Build a small network with a stale gradient, in the mode in which it comes."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, 0.5)
    return net.train(training)


def _train(answer: Callable, batches: Batches, training: bool, seed: int) -> list:
    net = _net(seed, training)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    loss = answer(net, batches, nn.CrossEntropyLoss(), optimizer)
    return [loss, *(value.clone() for value in net.state_dict().values())]


def _epoch(
    clear: str = "before", mode: bool | None = True, step: bool = True,
    mean: bool = False, make: Callable = float, last: bool = False,
) -> Callable:
    """Build an epoch of training; each argument is a place for a fault."""

    def one_epoch(
        model: nn.Module, batches: Batches, loss_fn: nn.Module,
        optimizer: torch.optim.SGD,
    ) -> object:
        if mode is not None:
            model.train(mode)
        total, count, losses = 0.0, 0, []
        for inputs, targets in batches:
            loss = loss_fn(model(inputs), targets)
            if clear == "before":
                optimizer.zero_grad()
            loss.backward()
            if step:
                optimizer.step()
            if clear == "after":
                optimizer.zero_grad()
            losses.append(loss.item())
            total, count = total + loss.item() * len(targets), count + len(targets)
        total = losses[-1] * count if last else total
        return make(sum(losses) / len(losses) if mean else total / count)

    return one_epoch


def _measure(answer: Callable, batches: Batches, training: bool, seed: int) -> list:
    net, graphs = _net(seed, training), []
    net.register_forward_hook(lambda *call: graphs.append(call[-1].requires_grad))
    before = [value.clone() for value in net.state_dict().values()]
    share = answer(net, batches)
    same = all(map(torch.equal, before, net.state_dict().values()))
    return [share, net.training, any(graphs), same]


def _share(
    evaluate: bool = True, graph: bool = False, after: bool | None = None,
    mean: bool = False,
    right: Callable = lambda logits, y: (logits.argmax(1) == y).sum().item(),
) -> Callable:
    """Build a measurement of the accuracy; each argument is a place for a fault."""

    def share_right(model: nn.Module, batches: Batches) -> float:
        came = model.training
        model.eval() if evaluate else model.train()
        with torch.set_grad_enabled(graph):
            hits = [right(model(inputs), targets) for inputs, targets in batches]
        model.train(came if after is None else after)
        sizes = [len(targets) for _, targets in batches]
        if mean:
            return sum(h / n for h, n in zip(hits, sizes, strict=True)) / len(sizes)
        return sum(hits) / sum(sizes)

    return share_right


def _stops(stop: Callable, patience: int, losses: list[float]) -> list[bool]:
    callback = stop(patience)
    records = [{"epoch": i, "val_loss": loss} for i, loss in enumerate(losses, start=1)]
    return [bool(callback(records[:end])) for end in range(1, len(records) + 1)]


def _early(rule: Callable[[list[float], int], object]) -> Callable:
    return lambda patience: lambda history: rule(
        [record["val_loss"] for record in history], patience)


def _clip(factor: Callable[[list[Tensor], float], float]) -> Callable:
    return lambda gradients, max_norm: [
        g * factor(gradients, max_norm) for g in gradients]


def _length(gradients: list[Tensor]) -> float:
    return torch.cat([g.flatten() for g in gradients]).norm().item()


def _share_of(length: float, max_norm: float) -> float:
    return 1.0 if length <= max_norm else max_norm / length


def _clip_in_place(gradients: list[Tensor], max_norm: float) -> list[Tensor]:
    factor = _share_of(_length(gradients), max_norm)
    return [g.mul_(factor) for g in gradients]


def _gradients(r: Draw) -> tuple:
    rows = r.sizes(3, least=1, most=4)
    gradients = [r.tensor(rows[0]), r.tensor(rows[1], rows[2])]
    return gradients, _length(gradients) * r.choice(0.1, 0.5, 0.9, 1.5)


EXERCISES = {
    "clipped": Exercise(
        reference=_clip(lambda gs, m: _share_of(_length(gs), m)),
        cases=_gradients,
        fixed=lambda: [([torch.tensor([3.0]), torch.tensor([[4.0]])], 1.0),
                       ([torch.zeros(2), torch.zeros(1)], 1.0)],
        contract=Contract(fresh=True, exact=True),
        rtol=1e-4,
        mistakes={
            "Each tensor is clipped by itself here: that changes the step's direction.":
                lambda gs, m: [g * _share_of(g.norm().item(), m) for g in gs],
            "Each number is cut off here: that changes the step's direction.":
                lambda gs, m: [g.clamp(-m, m) for g in gs],
            "Short gradients are stretched here.": _clip(
                lambda gs, m: m / max(_length(gs), 1e-12)),
            "Lengths do not add up: those of 3 and 4 at a right angle are 5.": _clip(
                lambda gs, m: _share_of(sum(g.norm().item() for g in gs), m)),
            "The length is the root of the sum of squares.": _clip(
                lambda gs, m: _share_of(_length(gs) ** 2, m)),
            "The longest tensor is not the length of all.": _clip(
                lambda gs, m: _share_of(max(g.norm().item() for g in gs), m)),
            "A long gradient is left out here, not shortened.": _clip(
                lambda gs, m: float(_length(gs) <= m)),
            "The largest number is not the length.": _clip(
                lambda gs, m: _share_of(max(g.abs().max().item() for g in gs), m)),
            "The gradients of the caller are changed.": _clip_in_place,
        },
    ),
    "one_epoch": Exercise(
        reference=_epoch(), cases=_run, use=_train, contract=Contract(exact=True),
        rtol=1e-4,
        mistakes={
            "Gradients add up until somebody clears them.": _epoch(clear="never"),
            "Cleared too late: a gradient may be there when the epoch begins.":
                _epoch(clear="after"),
            "The mode stays what it was, perhaps evaluation.": _epoch(mode=None),
            "This trains in evaluation mode.": _epoch(mode=False),
            "Nothing takes a step.": _epoch(step=False),
            "A mean of means: a short batch counts as much as a long one.":
                _epoch(mean=True),
            "The loss of the last batch, not of the epoch.": _epoch(last=True),
            "A float is wanted, not a tensor.": _epoch(make=torch.tensor),
        },
    ),
    "share_right": Exercise(
        reference=_share(), cases=_run, use=_measure, rtol=1e-6,
        mistakes={
            "Batch norm uses, and learns from, the batches in training mode.":
                _share(evaluate=False),
            "A graph is built that nobody walks.": _share(graph=True),
            "The model leaves in evaluation mode, whatever it came in.":
                _share(after=False),
            "The model leaves in training mode, whatever it came in.":
                _share(after=True),
            "A mean of means: a short batch counts as much as a long one.":
                _share(mean=True),
            "These are the wrong answers.": _share(
                right=lambda z, y: (z.argmax(1) != y).sum().item()),
            "The lowest logit is the least likely class.": _share(
                right=lambda z, y: (z.argmin(1) == y).sum().item()),
            "argmax over the examples, not over the classes.": _share(
                right=lambda z, y: (z.argmax(0)[y] == y).sum().item()),
        },
    ),
    "early_stopping": Exercise(
        reference=_early(lambda xs, p: len(xs) - 1 - xs.index(min(xs)) >= p),
        cases=lambda r: (r.int(1, 4), [r.int(1, 6) / 2 for _ in range(r.int(1, 9))]),
        fixed=lambda: [
            (2, [1.0, 3.0, 2.0]), (1, [1.0, 1.0]), (2, [3.0, 4.0, 2.0, 3.0, 3.0])],
        use=_stops,
        mistakes={
            "One epoch late.": _early(
                lambda xs, p: len(xs) - 1 - xs.index(min(xs)) > p),
            "A tie counts as better here.": _early(
                lambda xs, p: xs[::-1].index(min(xs)) >= p),
            "Any rise stops here: patience has no part in it.": _early(
                lambda xs, p: len(xs) > 1 and xs[-1] > xs[-2]),
            "It compares with the loss `patience` epochs ago, which may itself be bad.":
                _early(lambda xs, p: len(xs) > p and xs[-1] >= xs[-1 - p]),
            "It stops after so many epochs, whatever the losses are.": _early(
                lambda xs, p: len(xs) > p),
            "It wants that many rises in a row; losses may also hover.":
                _early(lambda xs, p: len(xs) > p and all(
                    a < b for a, b in zip(xs[-p - 1:], xs[-p:], strict=False))),
            "The highest loss is watched.": _early(
                lambda xs, p: len(xs) - 1 - xs.index(max(xs)) >= p),
            "The first epoch is not counted as one that could be best.": _early(
                lambda xs, p: len(xs) > 1
                and len(xs) - 2 - xs[1:].index(min(xs[1:])) >= p),
            "It returns True or False at once; fit needs a function to call.":
                lambda patience: patience > 0,
        },
    ),
}
