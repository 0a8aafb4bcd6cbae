"""Exercises of training/modules."""

import torch
from torch import nn

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


class _Clipped(nn.ReLU):
    """A subclass, as one finds them."""


def _net(kind: int, size: int, seed: int = 0) -> nn.Module:
    """Build one of some models, with nested modules or without."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        block = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Dropout(0.5))
        body = nn.ModuleDict({"stem": block, "blocks": nn.Sequential(
            nn.Sequential(nn.Linear(3, 3), _Clipped()), nn.Tanh(), nn.ReLU())})
        many = [nn.ReLU() if i % 3 else nn.Linear(3, 3) for i in range(size)]
        whole = nn.Sequential(block, body["blocks"], nn.Linear(3, 2))
        chain = nn.Sequential(*body.values())
        twice = nn.Sequential(block, nn.Sequential(nn.Tanh(), block[1]))
        nets = (nn.Linear(3, 3), chain, nn.Sequential(*many), whole, body, twice)
        return nets[kind]


def leaf_names(model):
    names = model.named_modules()
    return [name for name, module in names if not list(module.children())]


def _names(answer, kind, size):
    return answer(_net(kind, size))


def replace_all(model, kind, make):
    count = 0
    for name, child in list(model.named_children()):
        if isinstance(child, kind):
            setattr(model, name, make())
            count += 1
        else:
            count += replace_all(child, kind, make)
    return count


def _replaced(answer, kind, size):
    net = _net(kind, size)
    count = answer(net, nn.ReLU, nn.PReLU)
    kinds = [f"{name}: {type(module).__name__}" for name, module in net.named_modules()]
    return {"count": count, "modules": kinds, "parameters": len(list(net.parameters()))}


def outputs_by_name(model, names, x):
    outputs, handles = {}, []
    for name in names:

        def hook(module, args, output, name=name):
            outputs[name] = output

        handles.append(model.get_submodule(name).register_forward_hook(hook))
    came = model.training
    model.eval()
    with torch.no_grad():
        model(x)
    model.train(came)
    for handle in handles:
        handle.remove()
    return outputs


def _directly(model, names, x):
    came = model.training
    model.eval()
    with torch.no_grad():
        outputs = {name: model.get_submodule(name)(x) for name in names}
    model.train(came)
    return outputs


def _recorded(answer, names, x, training, seed):
    net = _net(3, 0, seed).train(training)
    outputs = answer(net, names, x)
    left = sum(len(module._forward_hooks) for module in net.modules())
    return {"outputs": outputs, "training": net.training, "hooks left": left}


def _recording(r: Draw) -> tuple:
    names = ["", "0", "0.0", "0.2", "1", "1.0.1", "1.1", "2"]
    first, second = r.int(0, 7), r.int(1, 7)
    chosen = [names[first], names[(first + second) % 8]][: r.int(1, 2)]
    x = r.tensor(r.size(least=1), 3, scale=1.0, offset=0.0)
    return chosen, x, r.choice(True, False), r.int(0, 99)


def _place(r: Draw) -> tuple:
    return r.int(0, 4), r.int(0, 12)


EXERCISES = {
    "leaf_names": Exercise(
        reference=leaf_names,
        cases=_place,
        fixed=lambda: [(0, 0), (4, 0), (3, 0), (2, 12), (5, 0)],
        use=_names,
        contract=Contract(exact=True),
        mistakes={
            "Only the modules directly below the model are looked at.":
                "named_modules -> named_children",
            "A module in two positions counts once, as in named_modules().":
                "named_modules() -> named_modules(remove_duplicate=False)",
            "Layers without parameters are leaves, too.":
                "not list(module.children()) -> list(module.parameters())",
            "These are the modules that have children.": "not list -> list",
            "This names every module, the containers included.":
                " if not list(module.children()) -> ",
            "The class of a leaf is not its name.":
                "[name for -> [type(module).__name__ for",
            "The whole path is wanted, from the model to the leaf.":
                "[name for -> [name.rpartition('.')[2] for",
            "The order is that of the model, not of the alphabet.":
                "return [name for name, module in names if not list(module.children())]"
                " -> "
                "return sorted(n for n, m in names if not list(m.children()))",
            "A model without children is a leaf itself; its name is ''.":
                "if not -> if name and not",
        },
    ),
    "replace_all": Exercise(
        reference=replace_all,
        cases=_place,
        fixed=lambda: [(0, 0), (2, 3), (1, 0)],
        use=_replaced,
        mistakes={
            "Modules deeper in the tree stay as they were.":
                "count += replace_all(child, kind, make) -> pass",
            "One new module stands in all positions: call make for each.":
                "count = 0 -> count, made = 0, make(); make = lambda: made",
            "The ones deeper in the tree are replaced but not counted.":
                "            count += replace_all -> "
                "            replace_all",
            "A subclass of kind counts as kind.":
                "isinstance(child, kind) -> type(child) is kind",
            "make is the function; what it returns is the new module.":
                "make()) -> make)",
            "This sets an attribute called name.":
                "setattr(model, name, make()) -> model.name = make()",
            "The new module is added at the end, and the old one still runs.":
                "setattr(model, name, make()) -> "
                "model.add_module(name + '_new', make())",
            "It stops after the first one.":
                "            count += 1 -> "
                "            return 1",
            "The old one is removed, and nothing takes its position.":
                "setattr(model, name, make()) -> delattr(model, name)",
        },
    ),
    "outputs_by_name": Exercise(
        reference=outputs_by_name,
        cases=_recording,
        fixed=lambda: [(["0.0"], torch.ones(1, 3), True, 0),
                       (["0", "2"], torch.ones(1, 3), True, 0),
                       ([""], torch.ones(1, 3), False, 0)],
        use=_recorded,
        mistakes={
            "All hooks read the variable name after the loop, when it is the last one.":
                "output, name=name) -> output)",
            "The hooks are still there: the next call runs them again.":
                "handle.remove() -> pass",
            "forward of the model itself skips the model's own hooks.":
                "model(x) -> model.forward(x)",
            "Dropout is active: is this evaluation mode?": "model.eval() -> pass",
            "The model leaves in evaluation mode, whatever it came in.":
                "model.train(came) -> pass",
            "The model leaves in training mode, whatever it came in.":
                "train(came) -> train()",
            "The outputs carry a graph that nobody needs.": "no_grad -> enable_grad",
            "This is what went into the module.": "= output\n -> = args[0]\n",
            "A module deep in the model does not get x, but what others made of it.":
                _directly,
        },
    ),
}
