"""Say in words how the parts of a training run differ from those in a checkpoint."""

from collections.abc import Iterator, Mapping, Sequence
from inspect import signature

from torch import Generator, Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

# What changes from step to step in the states of torch's schedulers and GradScaler; and
# base_lrs, which are the optimizer's.
PROGRESS = {
    *("base_lrs", "last_epoch", "_step_count", "_last_lr", "_is_initial"),
    *("_get_lr_called_within_step", "T_cur", "T_i"),
    *("best", "num_bad_epochs", "cooldown_counter", "scale", "_growth_tracker"),
}


def describe_parts(
    model: nn.Module,
    optimizer: Optimizer | None,
    scheduler: LRScheduler | None,
    generator: Generator | None,
    scaler: GradScaler | None,
) -> dict[str, object]:
    """Return the kind of each part ("none" if there is none), and their settings.

    "groups" has the names of the parameters in each of the optimizer's groups, in
    order: the optimizer's own state knows them only by their number.
    """
    names = {parameter: name for name, parameter in model.named_parameters()}
    groups = [] if optimizer is None else optimizer.param_groups
    groups = [[names.get(p, "not in the model") for p in g["params"]] for g in groups]
    scaler = scaler if scaler is not None and scaler.is_enabled() else None
    settings = _optimizer_settings(optimizer, scheduler)
    for name, part in (("scheduler", scheduler), ("scaler", scaler)):
        if part is not None:
            settings |= _settings(name, _known_state(part))
    return {
        "optimizer": _kind(optimizer),
        "groups": groups,
        "scheduler": _kind(scheduler),
        "generator": "none" if generator is None else f"on {generator.device.type}",
        "scaler": _kind(scaler),
        "settings": settings,
    }


def model_differences(
    saved: Mapping[str, object], given: Mapping[str, object]
) -> list[str]:
    """Return a line each for entries that are missing, too many, or do not fit."""
    both = [name for name in given if name in saved]
    missing = [name for name in given if name not in saved]
    unexpected = [name for name in saved if name not in given]
    return [
        *_listed("in the model, not in the file", missing),
        *_listed("in the file, not in the model", unexpected),
        *_listed("of another shape", _differing(both, saved, given, "shape")),
        *_listed("of another dtype", _differing(both, saved, given, "dtype")),
    ]


def part_differences(
    saved: Mapping[str, object], given: Mapping[str, object]
) -> list[str]:
    """Return a line for each part that is of another kind in the two descriptions."""
    differences = [
        f"{part}: {saved[part]} in the file, {given[part]} given"
        for part in ("optimizer", "scheduler", "generator", "scaler")
        if saved[part] != given[part]
    ]
    groups = saved["groups"], given["groups"]
    if "none" in (saved["optimizer"], given["optimizer"]) or groups[0] == groups[1]:
        return differences
    return [*differences, *_group_differences(*groups)]


def setting_differences(
    saved: Mapping[str, object], given: Mapping[str, object]
) -> dict[str, str]:
    """Return a line for each setting, by its name, that differs in two descriptions."""
    old, new = saved["settings"], given["settings"]
    return {
        name: f"{name}: {old[name]} in the file, {new[name]} given"
        for name in new
        if name in old and old[name] != new[name]
    }


def _optimizer_settings(
    optimizer: Optimizer | None, scheduler: LRScheduler | None
) -> dict[str, object]:
    """Return the options of the groups as they were before a scheduler moved some.

    One value if all groups share it, otherwise the list of the groups' values.
    """
    if optimizer is None:
        return {}
    started = []
    for group in optimizer.param_groups:
        options = {key: value for key, value in group.items() if key != "params"}
        if scheduler is not None:
            options["lr"] = options.get("initial_lr", optimizer.defaults.get("lr"))
        started.append(options)
    moved = {"initial_lr", "param_names"}
    if getattr(scheduler, "cycle_momentum", False):
        moved |= {"momentum", "betas"}
    settings = {}
    for key in sorted(set(started[0]) - moved):
        values = [options.get(key) for options in started]
        same = all(value == values[0] for value in values)
        settings[f"optimizer.{key}"] = values[0] if same else values
    return settings


def _known_state(part: LRScheduler | GradScaler) -> dict[str, object]:
    """Return a part's state; of a class that is not torch's, what `__init__` names."""
    state, kind = part.state_dict(), type(part)
    if kind.__module__.startswith("torch."):
        return state
    return {key: state[key] for key in signature(kind).parameters if key in state}


def _settings(name: str, state: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield what stays in a state while a run goes on; some schedulers hold others."""
    for key, value in state.items():
        if key == "_schedulers":
            for index, inner in enumerate(value):
                yield from _settings(f"{name}.{index}", inner)
        elif key not in PROGRESS:
            yield f"{name}.{key}", value


def _group_differences(
    saved: Sequence[list[str]], given: Sequence[list[str]]
) -> list[str]:
    """Return a line for the first parameter group that differs."""
    if len(saved) != len(given):
        counts = f"{len(saved)} parameter group(s) in the file, {len(given)} given"
        return [f"optimizer: {counts}"]
    pairs = enumerate(zip(saved, given, strict=True))
    index = next(i for i, (old, new) in pairs if old != new)
    return [
        *_listed(f"in the file's parameter group {index}", saved[index]),
        *_listed(f"in the optimizer's parameter group {index}", given[index]),
    ]


def _differing(
    names: Sequence[str],
    saved: Mapping[str, object],
    given: Mapping[str, object],
    attribute: str,
) -> list[str]:
    """Say where two state dicts have tensors of another shape or dtype."""
    found = []
    for name in names:
        old, new = (_attribute(state[name], attribute) for state in (saved, given))
        if old != new:
            found.append(f"{name} {old} in the file, {new} in the model")
    return found


def _attribute(value: object, attribute: str) -> str:
    """Return a tensor's shape or dtype; "none" for what else a module may keep."""
    if not isinstance(value, Tensor):
        return "none"
    shape_or_dtype = tuple(value.shape) if attribute == "shape" else value.dtype
    return str(shape_or_dtype).removeprefix("torch.")


def _listed(what: str, names: Sequence[str], limit: int = 10) -> list[str]:
    """Return a line with the number of names and the first of them; none if empty."""
    if not names:
        return []
    more = "" if len(names) <= limit else f" and {len(names) - limit} more"
    return [f"{len(names)} {what}: {'; '.join(names[:limit])}{more}"]


def _kind(part: object) -> str:
    """Return the name of a part's class."""
    return "none" if part is None else type(part).__name__
