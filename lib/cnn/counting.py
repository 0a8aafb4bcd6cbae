"""Where a network's parameters and multiplications sit, layer by layer."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

from lib.training.fit import preserve_modes


class LayerCount(NamedTuple):
    """What one layer holds and does; `multiplications` is for all inputs given."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    multiplications: int


Rule = Callable[[nn.Module, Tensor, Tensor], int]


def linear_rule(layer: nn.Module, x: Tensor, y: Tensor) -> int:
    """Return the multiplications of a linear layer: in_features for each output.

    Shapes: x (..., in_features), y (..., out_features)
    """
    return y.numel() * layer.in_features


def convolution_rule(layer: nn.Module, x: Tensor, y: Tensor) -> int:
    r"""Return the multiplications of a convolution: a kernel for each output.

    $$N_y \cdot \frac{C_\text{in}}{\text{groups}} \cdot K_h K_w$$

    Products with the zeros of the padding count too. A transposed convolution
    multiplies each input with C_out / groups kernels instead.

    Shapes: x (B, C_in, ...), y (B, C_out, ...)
    """
    kernel = prod(layer.kernel_size)
    if isinstance(layer, _ConvTransposeNd):
        return x.numel() * (layer.out_channels // layer.groups) * kernel
    return y.numel() * (layer.in_channels // layer.groups) * kernel


def no_multiplications(layer: nn.Module, x: Tensor, y: Tensor) -> int:
    """Return 0: an embedding picks rows of its matrix.

    Shapes: x (any), y (any)
    """
    return 0


RULES: dict[type, Rule] = {
    nn.Linear: linear_rule,
    _ConvNd: convolution_rule,
    nn.Embedding: no_multiplications,
}


def count_layers(
    model: nn.Module,
    *inputs: Tensor,
    depth: int | None = None,
    rules: Mapping[type, Rule] = RULES,
) -> list[LayerCount]:
    """Return a row for each layer that works when `model(*inputs)` runs in eval mode.

    A layer is a module with parameters of its own or with no module inside. Its row
    stands where it first ran. If it runs again, its multiplications grow; a parameter
    counts once, in the first layer that has it. Counted are products of inputs with
    weight matrices and kernels. Normalisation, activations, pooling and what `forward`
    computes outside of layers count 0. With `depth`, the layers whose names agree in
    their first `depth` parts are one row.

    Shapes: inputs: what `model` takes
    Raises: ValueError for a layer with a matrix or kernel of a kind without rule, or if
        `depth` is not at least 1.
    Same as: half of torch.utils.flop_counter.FlopCounterMode, which counts each product
        and its addition, where all products are those of layers.
    """
    if depth is not None and depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth}")
    rows: dict[str, LayerCount] = {}
    seen, shapes = set(), {}

    def after(name: str, module: nn.Module, args: tuple, output: object) -> None:
        y = _first_tensor(output)
        shapes[name] = tuple(y.shape)
        if _is_layer(module):
            new = set(module.parameters(recurse=False)) - seen
            seen.update(new)
            products = _rule_for(module, name, rules)(module, _first_tensor(args), y)
            old = rows.get(name, LayerCount(name, type(module).__name__, (), 0, 0))
            parameters = old.parameters + sum(p.numel() for p in new)
            products += old.multiplications
            rows[name] = LayerCount(*old[:2], shapes[name], parameters, products)

    _run_with_hooks(model, inputs, after)
    return _merged(list(rows.values()), depth, model, shapes)


@torch.no_grad()
def _run_with_hooks(
    model: nn.Module,
    inputs: tuple[Tensor, ...],
    after: Callable[[str, nn.Module, tuple, object], None],
) -> None:
    """Run the model in eval mode; call `after(name, module, args, output)` for each."""
    handles = [
        module.register_forward_hook(partial(after, name))
        for name, module in model.named_modules()
    ]
    try:
        with preserve_modes(model):
            model.eval()(*inputs)
    finally:
        for handle in handles:
            handle.remove()


def _merged(
    rows: list[LayerCount],
    depth: int | None,
    model: nn.Module,
    shapes: Mapping[str, tuple[int, ...]],
) -> list[LayerCount]:
    """Return a row for each module at this depth, the sum of the rows in it."""
    if depth is None:
        return rows
    groups: dict[str, list[LayerCount]] = {}
    for row in rows:
        groups.setdefault(".".join(row.name.split(".")[:depth]), []).append(row)
    return [
        LayerCount(
            name,
            type(model.get_submodule(name)).__name__,
            shapes.get(name, group[-1].output_shape),
            *total_count(group),
        )
        for name, group in groups.items()
    ]


def total_count(rows: Sequence[LayerCount]) -> tuple[int, int]:
    """Return the parameters and the multiplications of all rows."""
    return sum(row.parameters for row in rows), sum(row.multiplications for row in rows)


def count_table(rows: Sequence[LayerCount]) -> str:
    """Return the rows as a table, each number with its share of the total."""
    parameters, multiplications = total_count(rows)
    width = max([len(row.name) for row in rows] + [5])
    wide = max([len(row.kind) for row in rows] + [4])
    lines = [f"{'layer':{width}}  {'kind':{wide}}  {'output shape':<18}"
             f"{'parameters':>18}{'multiplications':>22}"]  # fmt: skip
    for row in rows:
        shape = str(row.output_shape)
        lines.append(
            f"{row.name:{width}}  {row.kind:{wide}}  {shape:<18}"
            f"{_with_share(row.parameters, parameters, 12)}"
            f"{_with_share(row.multiplications, multiplications, 16)}"
        )
    total = f"{parameters:>12,}{'':6}{multiplications:>16,}"
    return "\n".join([*lines, f"{'total':{width + wide + 22}}{total}"])


def _with_share(number: int, total: int, width: int) -> str:
    share = f"{100 * number / total:4.0f} %" if number else ""
    return f"{number:>{width},}{share:6}"


def _is_layer(module: nn.Module) -> bool:
    has_own = any(True for _ in module.parameters(recurse=False))
    return has_own or not any(True for _ in module.children())


def _rule_for(layer: nn.Module, name: str, rules: Mapping[type, Rule]) -> Rule:
    for kind, rule in rules.items():
        if isinstance(layer, kind):
            return rule
    if any(p.dim() > 1 for p in layer.parameters(recurse=False)):
        kind = type(layer).__name__
        raise ValueError(f"rules must say how to count {kind} (layer {name!r})")
    return no_multiplications


def _first_tensor(found: object) -> Tensor:
    while not isinstance(found, Tensor):
        found = next(iter(found.values() if isinstance(found, Mapping) else found))
    return found
