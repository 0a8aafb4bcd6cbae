"""Exercises of training/training_loop."""

import torch
from torch import nn

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def clipped(gradients, max_norm):
    length = torch.cat([g.flatten() for g in gradients]).norm().item()
    factor = 1.0 if length <= max_norm else max_norm / length
    return [g * factor for g in gradients]


def _gradients(r: Draw) -> tuple:
    rows = r.sizes(3, least=1, most=4)
    gradients = [r.tensor(rows[0]), r.tensor(rows[1], rows[2])]
    length = torch.cat([g.flatten() for g in gradients]).norm().item()
    return gradients, length * r.choice(0.1, 0.5, 0.9, 1.5)


def one_epoch(model, batches, loss_fn, optimizer):
    model.train()
    total, losses = 0.0, []
    for inputs, targets in batches:
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        total += loss.item() * len(targets)
    return total / sum(len(targets) for _, targets in batches)


def _run(r: Draw) -> tuple:
    sizes = [r.int(2, 5) for _ in range(r.int(1, 3))]
    near = {"scale": 1.0, "offset": 0.0}
    batches = [(r.tensor(n, 3, **near), r.integers(0, 3, n)) for n in sizes]
    return batches, r.choice(True, False), r.int(0, 99)


def _net(seed: int, training: bool) -> nn.Sequential:
    """Build a small network with a stale gradient, in the mode in which it comes."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, 0.5)
    return net.train(training)


def _train(answer, batches, training, seed):
    net = _net(seed, training)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    loss = answer(net, batches, nn.CrossEntropyLoss(), optimizer)
    return [loss, *(value.clone() for value in net.state_dict().values())]


def share_right(model, batches):
    came = model.training
    model.eval()
    with torch.no_grad():
        hits = [(model(x).argmax(1) == y).sum().item() for x, y in batches]
    model.train(came)
    sizes = [len(y) for _, y in batches]
    return sum(hits) / sum(sizes)


def _measure(answer, batches, training, seed):
    net, graphs = _net(seed, training), []
    net.register_forward_hook(lambda *call: graphs.append(call[-1].requires_grad))
    before = [value.clone() for value in net.state_dict().values()]
    share = answer(net, batches)
    same = all(map(torch.equal, before, net.state_dict().values()))
    return {"share": share, "training afterwards": net.training,
            "with a graph": any(graphs), "state as it was": same}  # fmt: skip


def early_stopping(patience):
    def stop(history):
        losses = [record["val_loss"] for record in history]
        return len(losses) - 1 - losses.index(min(losses)) >= patience

    return stop


def _stops(stop, patience, losses):
    callback = stop(patience)
    records = [{"epoch": i, "val_loss": loss} for i, loss in enumerate(losses, start=1)]
    return [bool(callback(records[:end])) for end in range(1, len(records) + 1)]


RULE = "len(losses) - 1 - losses.index(min(losses)) >= patience -> "

EXERCISES = {
    "clipped": Exercise(
        reference=clipped,
        cases=_gradients,
        fixed=lambda: [([torch.tensor([3.0]), torch.tensor([[4.0]])], 1.0),
                       ([torch.zeros(2), torch.zeros(1)], 1.0)],
        contract=Contract(fresh=True, exact=True),
        rtol=1e-4,
        mistakes={
            "Each tensor is clipped by itself here: that changes the step's direction.":
                "g * factor -> g * min(1.0, max_norm / max(g.norm().item(), 1e-12))",
            "Each number is cut off here: that changes the step's direction.":
                "g * factor -> g.clamp(-max_norm, max_norm)",
            "Short gradients are stretched here.":
                "1.0 if length <= max_norm else max_norm / length -> "
                "max_norm / max(length, 1e-12)",
            "Lengths do not add up: those of 3 and 4 at a right angle are 5.":
                "torch.cat([g.flatten() for g in gradients]).norm().item() -> "
                "sum(g.norm().item() for g in gradients)",
            "The length is the root of the sum of squares.":
                ".norm() -> .square().sum()",
            "The longest tensor is not the length of all.":
                "torch.cat([g.flatten() for g in gradients]).norm().item() -> "
                "max(g.norm().item() for g in gradients)",
            "A long gradient is left out here, not shortened.":
                "max_norm / length -> 0.0",
            "The largest number is not the length.": ".norm() -> .abs().max()",
            "The gradients of the caller are changed.": "g * factor -> g.mul_(factor)",
        },
    ),
    "one_epoch": Exercise(
        reference=one_epoch,
        cases=_run,
        use=_train,
        contract=Contract(exact=True),
        rtol=1e-4,
        mistakes={
            "Gradients add up until somebody clears them.":
                "optimizer.zero_grad() -> pass",
            "Cleared too late: a gradient may be there when the epoch begins.":
                "optimizer.zero_grad()\n        loss.backward()\n        optimizer"
                ".step() -> loss.backward(); optimizer.step(); optimizer.zero_grad()",
            "The mode stays what it was, perhaps evaluation.": "model.train() -> pass",
            "This trains in evaluation mode.": "model.train() -> model.eval()",
            "Nothing takes a step.": "optimizer.step() -> pass",
            "A mean of means: a short batch counts as much as a long one.":
                "total / sum(len(targets) for _, targets in batches) -> "
                "sum(losses) / len(losses)",
            "The loss of the last batch, not of the epoch.":
                "total / sum(len(targets) for _, targets in batches) -> losses[-1]",
            "A float is wanted, not a tensor.":
                "return total -> return torch.tensor(total)",
        },
    ),
    "share_right": Exercise(
        reference=share_right, cases=_run, use=_measure, rtol=1e-6,
        mistakes={
            "Batch norm uses, and learns from, the batches in training mode.":
                "model.eval() -> model.train()",
            "This builds a graph that no backward pass uses.": "no_grad -> enable_grad",
            "The model leaves in evaluation mode, whatever it came in.":
                "model.train(came) -> pass",
            "The model leaves in training mode, whatever it came in.":
                "train(came) -> train()",
            "A mean of means: a short batch counts as much as a long one.":
                "sum(hits) / sum(sizes) -> "
                "sum(h / n for h, n in zip(hits, sizes)) / len(sizes)",
            "These are the wrong answers.": "== y -> != y",
            "The lowest logit is the least likely class.": "argmax -> argmin",
            "argmax over the examples, not over the classes.":
                "argmax(1) -> argmax(0)[y]",
        },
    ),
    "early_stopping": Exercise(
        reference=early_stopping,
        cases=lambda r: (r.int(1, 4), [r.int(1, 6) / 2 for _ in range(r.int(1, 9))]),
        fixed=lambda: [
            (2, [1.0, 3.0, 2.0]), (1, [1.0, 1.0]), (2, [3.0, 4.0, 2.0, 3.0, 3.0])
        ],
        use=_stops,
        mistakes={
            "One epoch late.": ">= -> >",
            "A tie counts as better here.":
                RULE + "losses[::-1].index(min(losses)) >= patience",
            "Any rise stops here: patience has no part in it.":
                RULE + "len(losses) > 1 and losses[-1] > losses[-2]",
            "It compares with the loss `patience` epochs ago, which may itself be bad.":
                RULE + "len(losses) > patience and losses[-1] >= losses[-1 - patience]",
            "It stops after so many epochs, whatever the losses are.":
                RULE + "len(losses) > patience",
            "It wants that many rises in a row; losses may also hover.": RULE
                + "len(losses) > patience and losses[-patience - 1:] == "
                "sorted(set(losses[-patience - 1:]))",
            "The highest loss is watched.": "min -> max",
            "The first epoch is not counted as one that could be best.":
                RULE + "len(losses) - 2 - losses[1:].index(min(losses[1:])) >= patience"
                " if losses[1:] else False",
            "It returns True or False at once; fit needs a function to call.":
                "return stop -> return patience > 0",
        },
    ),
}
