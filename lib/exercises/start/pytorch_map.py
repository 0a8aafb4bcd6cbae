"""Exercises of start/pytorch_map."""

import math
from collections import namedtuple

import torch
from torch import Tensor, nn

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

Pair = namedtuple("Pair", "x y")


def num_parameters(widths):
    layers = range(len(widths) - 1)
    return sum((widths[i] + 1) * widths[i + 1] for i in layers)


def process_loss(losses, num_examples, num_processes):
    return losses.sum() * num_processes / num_examples


def _with_gradient(answer, losses, num_examples, num_processes):
    loss = answer(losses, num_examples, num_processes)
    return [loss, torch.autograd.grad(loss, losses)[0]]


def _part(r: Draw) -> tuple:
    size, processes = r.size(), r.int(1, 5)
    losses = r.tensor(size, offset=2.0, requires_grad=True)
    return losses, size + (processes > 1) * r.int(1, 9), processes


def loss_floor(num_classes):
    return math.log(1 + (num_classes - 1) / math.e)


def move_batch(batch, device):
    if isinstance(batch, Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: move_batch(x, device) for key, x in batch.items()}
    if isinstance(batch, list | tuple):
        moved = [move_batch(x, device) for x in batch]
        return type(batch)(*moved) if hasattr(batch, "_fields") else type(batch)(moved)
    return batch


def _seen(batch, old):
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
    if kind == "dict":
        return dict(zip("xyz", items, strict=False))
    make = {"list": list, "tuple": tuple, "named": lambda items: Pair(*items)}[kind]
    return make(items)


def untrained_parameters(model, optimizer):
    held = [p for group in optimizer.param_groups for p in group["params"]]
    return [name for name, p in model.named_parameters()
            if not any(p is q for q in held)]  # fmt: skip


def _network(r: Draw) -> tuple:
    layers = [nn.Linear(r.choice(3, 3, 2), 3, bias=r.choice(True, False))
              for _ in range(r.int(1, 4))]  # fmt: skip
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
    "num_parameters": Exercise(
        reference=num_parameters,
        cases=lambda r: ([r.int(1, 50) for _ in range(r.int(1, 5))],),
        fixed=lambda: [([784, 256, 10],), ([784, 10],), ([5],)],
        contract=Contract(exact=True),
        mistakes={
            "Each output has a bias as well.": "(widths[i] + 1) -> widths[i]",
            "One bias for each output, not for each input.":
                "(widths[i] + 1) * widths[i + 1] -> widths[i] * (widths[i + 1] + 1)",
            "A layer has more than one bias.":
                "(widths[i] + 1) * widths[i + 1] -> widths[i] * widths[i + 1] + 1",
            "These are the biases alone.": "(widths[i] + 1) * -> ",
            "Only the first layer is counted.": "in layers -> in layers[:1]",
            "Only the last layer is counted.": "in layers -> in layers[-1:]",
            "Each layer takes the outputs of the one before it.":
                "(widths[i] + 1) -> (widths[0] + 1)",
            "The weights of a layer form a table: do you add or multiply its sides?":
                "+ 1) * -> + 1) +",
            "This takes a layer from the last width back to the first.":
                "widths[i] + 1 -> widths[i - 1] + 1",
            "An int is wanted.": "return sum -> return float(0) + sum",
        },
    ),
    "process_loss": Exercise(
        reference=process_loss,
        use=_with_gradient,
        cases=_part,
        fixed=lambda: [(torch.zeros(0, requires_grad=True), 3, 2)],
        mistakes={
            "The mean over this part is right for parts of equal size only.":
                "losses.sum() * num_processes / num_examples -> losses.mean()",
            "A mean of no examples is NaN, and one process may have none.":
                "losses.sum() -> losses.mean() * len(losses)",
            "The mean over the processes divides once more: by how much?":
                "* num_processes -> ",
            "The sum grows with the batch; the whole loss is a mean.":
                "* num_processes / num_examples -> ",
            "The gradients are averaged, not added up. What undoes a mean?":
                "* num_processes -> / num_processes",
            "A mean is divided here by the number of all examples.":
                "losses.sum() -> losses.sum() / max(len(losses), 1)",
            "Which count is right: of this part, or of all?":
                "/ num_examples -> / max(len(losses), 1)",
            "A number has no gradient: a loss must stay a tensor.":
                "sum() -> sum().item()",
            "One loss is wanted, not one for each example.": "losses.sum() -> losses",
            "This loss is cut off from the graph.": "losses.sum -> losses.detach().sum",
        },
    ),
    "loss_floor": Exercise(
        reference=loss_floor,
        cases=lambda r: (r.choice(r.int(2, 20), r.int(20, 100_000)),),
        fixed=lambda: [(2,), (10,)],
        contract=Contract(exact=True),
        mistakes={
            "0 is the floor for logits. What does the second softmax make of 1 and 0?":
                lambda num_classes: 0.0,
            "This is the loss of an answer that prefers nothing.": math.log,
            "That is the number for ten classes.": "(num_classes - 1) -> 9",
            "One of the classes is the right one: how many are left?":
                "num_classes - 1 -> num_classes",
            "There is more than one wrong class.": "(num_classes - 1) -> 1",
            "What is subtracted from the log of the sum, if the right logit is 1?":
                "1 + (num_classes - 1) / math.e -> math.e + num_classes - 1",
            "The minus is missing: a loss is not negative.": "return -> return -",
            "The logarithm of the base 2, not the natural one.": "log -> log2",
            "This is the probability, not its loss.": "math.log( -> 1 / (",
            "A float is wanted, not a tensor.": "return -> return torch.tensor(1.0) * ",
        },
    ),
    "move_batch": Exercise(
        reference=move_batch,
        use=lambda move, batch, device: _seen(move(batch, device), batch),
        cases=lambda r: (_batch(r), r.choice("meta", "meta", "cpu")),
        fixed=lambda: [
            (torch.ones(2), "meta"), (Pair(torch.ones(1), 3), "meta"),
            ([None, [torch.ones(1)]], "meta"), (("cat",), "meta"),
            ({"x": (torch.ones(1), {"y": torch.ones(1)})}, "meta")],
        contract=Contract(exact=True),
        mistakes={
            "A batch need not be a tensor.": "if isinstance(batch, Tensor) -> if True",
            "A tensor does not move in place: what does .to return?":
                "return batch.to(device) -> batch.to(device)",
            "The device is an argument.": "batch.to(device) -> batch.to('meta')",
            "A tuple stays a tuple.": "else type(batch)(moved) -> else moved",
            "A named tuple takes its fields one by one.": "(*moved) -> (moved)",
            "A named tuple is more than a tuple.":
                "type(batch)(*moved) -> tuple(moved)",
            "What is inside may hold more: how deep does this look?":
                "move_batch(x, device) -> x.to(device) if isinstance(x, Tensor) else x",
            "A dict is passed over.": "isinstance(batch, dict) -> False",
            "A number or a string has no .to: what becomes of it?":
                "    return batch\n -> \n    return batch.to(device)\n",
            "What is no tensor gets lost.": "    return batch\n -> \n    return None\n",
            "The list of the caller is changed: make a new one.":
                "for x in batch]\n -> for x in batch]\n"
                "        if isinstance(batch, list): batch[:] = moved; return batch\n",
            "The dict of the caller is changed: make a new one.":
                "return {key: move_batch(x, device) for key, x in batch.items()} -> "
                "batch.update({k: move_batch(x, device) for k, x in batch.items()})\n"
                "        return batch",
        },
    ),
    "untrained_parameters": Exercise(
        reference=untrained_parameters,
        cases=_network,
        contract=Contract(exact=True),
        mistakes={
            "Equal numbers do not make two parameters one: which object is it?":
                "p is q -> torch.equal(p, q)",
            "Equal shapes do not make two parameters one.":
                "p is q -> p.shape == q.shape",
            "`in` compares numbers, and shapes that differ are an error.":
                "not any(p is q for q in held) -> p not in held",
            "There may be more than one group.": "param_groups -> param_groups[:1]",
            "The other groups hold parameters, too, not only the last.":
                "param_groups -> param_groups[-1:]",
            "These are the parameters that it does hold.": "if not any -> if any",
            "These are frozen, which is another matter.":
                "not any(p is q for q in held) -> not p.requires_grad",
            "A frozen parameter that is not held belongs to the list, too.":
                "if not any -> if p.requires_grad and not any",
            "Names are wanted, not the parameters.": "[name for -> [p for",
            "The model's order is lost.": "in model.named_parameters() -> "
                "in reversed([*model.named_parameters()])",
            "These names are cut: where does each parameter sit?":
                "[name for -> [name.rpartition('.')[2] for",
        },
    ),
}
