"""What nn.Module does: register, name, walk, save, switch modes, call hooks."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

Hook = Callable[["SmallModule", tuple, object], object]


class SmallModule:
    """Keep the parameters and submodules that are assigned to it, and find them again.

    Shapes: those of `forward`, which a subclass writes.
    Raises: AttributeError if a parameter or module is assigned before `__init__` ran,
        or a name is read that does not exist.
    Same as: torch.nn.Module without buffers, devices and most hooks.
    """

    def __init__(self) -> None:
        self._parameters: dict[str, nn.Parameter] = {}
        self._modules: dict[str, SmallModule] = {}
        self._hooks: list[Hook] = []
        self.training = True

    def __setattr__(self, name: str, value: object) -> None:
        own, target = vars(self), None
        kinds = ((nn.Parameter, "_parameters"), (SmallModule, "_modules"))
        for kind, registry in kinds:
            if isinstance(value, kind):
                target = registry
            else:
                own.get(registry, {}).pop(name, None)  # the name has one owner
        if target is None:
            super().__setattr__(name, value)
        elif target not in own:
            raise AttributeError(f"call super().__init__() before setting {name}")
        else:
            own.pop(name, None)
            own[target][name] = value

    def __getattr__(self, name: str) -> object:  # called only if the usual way fails
        for registry in ("_parameters", "_modules"):
            if name in vars(self).get(registry, {}):
                return vars(self)[registry][name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __call__(self, *args: object) -> object:
        """Run `forward`, then the hooks; what a hook returns replaces the result."""
        result = self.forward(*args)
        for hook in self._hooks:
            changed = hook(self, args, result)
            result = result if changed is None else changed
        return result

    def named_modules(
        self, prefix: str = "", seen: set | None = None
    ) -> Iterator[tuple[str, "SmallModule"]]:
        """Yield this module and those below it, each object once, parents first."""
        seen = set() if seen is None else seen
        if self in seen:
            return
        seen.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name, seen)

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Yield the parameters of all modules, each once, with their paths."""
        seen = set()
        for path, module in self.named_modules():
            for name, parameter in module._parameters.items():
                if parameter not in seen:
                    seen.add(parameter)
                    yield f"{path}.{name}" if path else name, parameter

    def state_dict(self) -> dict[str, Tensor]:
        """Return the values of the parameters by path; they share memory with these.

        A shared parameter is there once; torch's state dict has each of its paths.
        """
        return {name: p.detach() for name, p in self.named_parameters()}

    def train(self, mode: bool = True) -> "SmallModule":
        """Set the mode of this module and of all below it."""
        for _, module in self.named_modules():
            module.training = mode
        return self


def load_state(model: SmallModule, state: Mapping[str, Tensor]) -> None:
    """Copy the values of a state dict into the parameters with the same paths.

    Shapes: each value has the shape of its parameter.
    Raises: ValueError if names or shapes differ.
    Same as: torch.nn.Module.load_state_dict with strict=True.
    """
    parameters = dict(model.named_parameters())
    if parameters.keys() != state.keys():
        names = sorted(parameters.keys() ^ state.keys())
        raise ValueError(f"state must have the model's names; these differ: {names}")
    for name, parameter in parameters.items():
        if parameter.shape != state[name].shape:
            wanted, got = tuple(parameter.shape), tuple(state[name].shape)
            raise ValueError(f"{name} must have shape {wanted}, got {got}")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(state[name])


@contextmanager
def recorded_outputs(model: nn.Module, names: list[str]) -> Iterator[dict[str, Tensor]]:
    """Keep what the named modules return inside the block; afterwards no hook is left.

    Each call of a module replaces what an earlier one left.

    Shapes: those of the modules' outputs, which must be single tensors.
    Raises: AttributeError if the model has no module of a given name.
    """
    outputs, handles = {}, []

    def keep(name: str) -> Callable:
        def hook(module: nn.Module, args: tuple, output: Tensor) -> None:
            outputs[name] = output.detach()

        return hook

    modules = [(name, model.get_submodule(name)) for name in names]
    try:
        for name, module in modules:
            handles.append(module.register_forward_hook(keep(name)))
        yield outputs
    finally:
        for handle in handles:
            handle.remove()
