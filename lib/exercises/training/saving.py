"""Exercises of training/saving."""

import torch
from torch import nn

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def without_prefix(state, prefix):
    renamed = {}
    for name, tensor in state.items():
        short = name[len(prefix):] if name.startswith(prefix) else name
        if short in renamed:
            raise ValueError(f"two names become {short!r}")
        renamed[short] = tensor
    return renamed


def _prefixed(r: Draw) -> tuple:
    prefix = r.choice("module.", "_orig_mod.", "net.")
    names = [
        *("weight", "bias", "net.module.bias", "modules.bias", "steps"),
        *(f"{prefix}weight", f"{prefix}0.bias", f"{prefix}{prefix}bias"),
        *(f"a.{prefix}bias", f"{prefix}net.weight"),
    ]
    names = r.shuffled(dict.fromkeys(names))[: r.int(0, 6)]
    return {name: torch.tensor(float(i)) for i, name in enumerate(names)}, prefix


def _unchecked(state, prefix):
    return {name.removeprefix(prefix): tensor for name, tensor in state.items()}


def _in_place(state, prefix):
    renamed = without_prefix(state, prefix)
    state.clear()
    state.update(renamed)
    return state


def stored_bytes(state):
    storages = [tensor.untyped_storage() for tensor in state.values()]
    sizes = {storage.data_ptr(): storage.nbytes() for storage in storages}
    return sum(sizes.values())


def _state(r: Draw) -> tuple:
    rows, columns = r.sizes(2, least=1)
    dtype = r.choice(torch.float32, torch.float64, torch.float16, torch.int64)
    table = torch.ones(rows, columns, dtype=dtype)
    choices = {
        "table": table, "same": table, "transposed": table.T, "row": table[0],
        "column": table[:, -1], "copy": table.clone(), "other": torch.ones(3),
        "wide": torch.ones(1).expand(5), "cloned row": table[0].clone(),
    }  # fmt: skip
    names = r.shuffled(choices)[: r.int(0, 5)]
    return ({name: choices[name] for name in names},)


def tied_names(model):
    names = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), []).append(name)
    return [group for group in names.values() if len(group) > 1]


def _three_layers(ties):
    """Return layers with weights of one shape, some of them the same object."""
    model = nn.ModuleDict(
        {"embedding": nn.Embedding(5, 3), "hidden": nn.Linear(3, 5),
         "output": nn.Linear(3, 5)}
    )  # fmt: skip
    with torch.no_grad():
        values = (1, 2, 3, 1, 3)
        for value, parameter in zip(values, model.parameters(), strict=True):
            parameter.fill_(value)
    for target, source in ties:
        owner, name = target.split(".")
        other, field = source.split(".")
        setattr(model[owner], name, getattr(model[other], field))
    return model


def _model(r: Draw) -> tuple:
    ties = r.choice(
        (),
        (("output.weight", "embedding.weight"),),
        (("output.weight", "embedding.weight"), ("output.bias", "hidden.bias")),
        (("output.weight", "embedding.weight"), ("hidden.weight", "embedding.weight")),
        (("output.bias", "hidden.bias"),),
    )
    return (_three_layers(ties),)


def _equal_values(model):
    named, groups = list(model.named_parameters(remove_duplicate=False)), []
    for name, parameter in named:
        for group in groups:
            if group[0][1].shape == parameter.shape and bool(
                (group[0][1] == parameter).all()
            ):
                group.append((name, parameter))
                break
        else:
            groups.append([(name, parameter)])
    return [[name for name, _ in group] for group in groups if len(group) > 1]


EXERCISES = {
    "without_prefix": Exercise(
        reference=without_prefix,
        cases=_prefixed,
        draws=96,
        fixed=lambda: [
            ({"module.a": torch.ones(1), "a": torch.zeros(1)}, "module."),
            ({"module.a": torch.ones(1), "module.b": torch.zeros(1)}, "module."),
        ],
        contract=Contract(exact=True),
        mistakes={
            "Two names that become one: a tensor is lost without a word.": _unchecked,
            "The prefix stands at the beginning, not anywhere.":
                "name[len(prefix):] if name.startswith(prefix) else name -> "
                "name.replace(prefix, '')",
            "One prefix is taken off, not as many as there are.":
                "short = name[len(prefix):] if name.startswith(prefix) else name -> "
                "short = name\n        while short.startswith(prefix): "
                "short = short[len(prefix):]",
            "Names without the prefix stay in the mapping.":
                "short = name[len(prefix):] if name.startswith(prefix) else name -> "
                "short = name[len(prefix):]\n"
                "        if not name.startswith(prefix): continue",
            "Each name loses its first letters here, with the prefix or without.":
                "name[len(prefix):] if name.startswith(prefix) else name -> "
                "name[len(prefix):]",
            "lstrip takes off letters, not a prefix.":
                "name[len(prefix):] if name.startswith(prefix) else name -> "
                "name.lstrip(prefix)",
            "The caller's mapping has changed.": _in_place,
            "The dot belongs to the prefix.":
                "name[len(prefix):] if -> name[len(prefix) - 1 :] if",
            "Everything before the first dot is taken off, whatever it is.":
                "name[len(prefix):] if name.startswith(prefix) else name -> "
                "name.split('.', 1)[-1]",
        },
    ),
    "stored_bytes": Exercise(
        reference=stored_bytes,
        cases=_state,
        draws=96,
        contract=Contract(exact=True),
        mistakes={
            "A view brings all of its storage into the file.":
                "storage.nbytes() for storage in storages -> "
                "tensor.numel() * tensor.element_size() for tensor, storage in "
                "zip(state.values(), storages)",
            "What several tensors share stands in the file once.":
                "sum(sizes.values()) -> sum(s.nbytes() for s in storages)",
            "These are numbers, not bytes: how many bytes has one?":
                "storage.nbytes() for storage in storages -> "
                "storage.nbytes() // tensor.element_size() for tensor, storage in "
                "zip(state.values(), storages)",
            "Not every number has four bytes.":
                "storage.nbytes() for storage in storages -> "
                "storage.nbytes() // tensor.element_size() * 4 for tensor, storage in "
                "zip(state.values(), storages)",
            "data_ptr of a tensor is where its first number is, not its storage.":
                "{storage.data_ptr(): storage.nbytes() for storage in storages} -> "
                "{tensor.data_ptr(): tensor.untyped_storage().nbytes() "
                "for tensor in state.values()}",
            "An expanded axis takes no memory.":
                "sum(sizes.values()) -> sum(t.nbytes for t in state.values())",
            "Two storages of one size are still two.":
                "sum(sizes.values()) -> sum(set(sizes.values()))",
            "Only the largest is counted.":
                "sum(sizes.values()) -> max(sizes.values(), default=0)",
        },
    ),
    "tied_names": Exercise(
        reference=tied_names,
        cases=_model,
        contract=Contract(exact=True),
        mistakes={
            "named_parameters() leaves out a parameter that it has seen before.":
                "remove_duplicate=False -> ",
            "Equal numbers are no tie: two layers may begin with the same ones.":
                _equal_values,
            "A parameter with one name is tied to nothing.": "> 1 -> > 0",
            "Each group is a list of all names, the first one included.":
                "[group for -> [group[1:] for",
            "A group of more than two is one group as well.": "> 1 -> == 2",
            "Parameters of one shape need not be the same.":
                "id(parameter) -> parameter.shape",
            "Only the first group is returned.":
                "if len(group) > 1] -> if len(group) > 1][:1]",
            "A list of groups, not one list of names.":
                "[group for group in names.values() if len(group) > 1] -> "
                "[n for group in names.values() if len(group) > 1 for n in group]",
        },
    ),
}
