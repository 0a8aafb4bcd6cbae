"""Say in words how the parts of a training run differ from those in a checkpoint."""

from collections.abc import Mapping, Sequence

from torch import Generator, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler


def describe_parts(
    model: nn.Module,
    optimizer: Optimizer | None,
    scheduler: LRScheduler | None,
    generator: Generator | None,
) -> dict[str, object]:
    """Return the kind of each part ("none" if there is none) and the parameters optimised.

    "groups" has the names of the parameters in each of the optimizer's groups, in order: the
    optimizer's own state knows them only by their number.
    """
    names = {parameter: name for name, parameter in model.named_parameters()}
    groups = [] if optimizer is None else optimizer.param_groups
    return {
        "optimizer": _kind(optimizer),
        "groups": [[names.get(p, "not in the model") for p in group["params"]] for group in groups],
        "scheduler": _kind(scheduler),
        "generator": "none" if generator is None else f"on {generator.device.type}",
    }


def model_differences(saved: Mapping[str, object], given: Mapping[str, object]) -> list[str]:
    """Return a line each for missing, unexpected and mis-shaped entries of two state dicts."""
    shapes = [
        f"{name} {_shape(saved[name])} in the file, {_shape(given[name])} in the model"
        for name in given
        if name in saved and _shape(saved[name]) != _shape(given[name])
    ]
    return [
        *_listed("in the model, not in the file", [name for name in given if name not in saved]),
        *_listed("in the file, not in the model", [name for name in saved if name not in given]),
        *_listed("of another shape", shapes),
    ]


def part_differences(saved: Mapping[str, object], given: Mapping[str, object]) -> list[str]:
    """Return a line for each part that differs between two results of `describe_parts`."""
    differences = [
        f"{part}: {saved[part]} in the file, {given[part]} given"
        for part in ("optimizer", "scheduler", "generator")
        if saved[part] != given[part]
    ]
    if "none" in (saved["optimizer"], given["optimizer"]) or saved["groups"] == given["groups"]:
        return differences
    return [*differences, *_group_differences(saved["groups"], given["groups"])]


def _group_differences(saved: Sequence[list[str]], given: Sequence[list[str]]) -> list[str]:
    """Return a line for the first parameter group that differs."""
    if len(saved) != len(given):
        return [f"optimizer: {len(saved)} parameter group(s) in the file, {len(given)} given"]
    index = next(i for i, (old, new) in enumerate(zip(saved, given, strict=True)) if old != new)
    old, new = saved[index], given[index]
    return [
        *_listed(f"in the file's parameter group {index}", old),
        *_listed(f"in the optimizer's parameter group {index}", new),
    ]


def _listed(what: str, names: Sequence[str], limit: int = 10) -> list[str]:
    """Return one line with the number of names and the first of them; none if there are none."""
    if not names:
        return []
    more = "" if len(names) <= limit else f" and {len(names) - limit} more"
    return [f"{len(names)} {what}: {'; '.join(names[:limit])}{more}"]


def _shape(value: object) -> tuple[int, ...] | None:
    """Return the shape of a tensor, None for anything else a module may keep in its state."""
    return tuple(value.shape) if hasattr(value, "shape") else None


def _kind(part: object) -> str:
    """Return the name of a part's class."""
    return "none" if part is None else type(part).__name__
