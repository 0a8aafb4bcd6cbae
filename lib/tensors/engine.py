"""Reverse-mode differentiation over tensors: record operations, then walk back.

Each operation has the values and the gradients of torch's function of that name.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from lib.tensors.broadcasting import unbroadcast

GradientFn = Callable[[Tensor], tuple[Tensor, ...]]


class Variable:
    """A tensor that remembers what it was computed from, and how gradients go back.

    `gradient_fn` takes the gradient of the result and returns one for each parent.
    torch does the arithmetic alone: `value` never requires a gradient of torch's own.

    Shapes: value and grad (any).
    Raises: TypeError if `value` is no tensor of floating-point numbers or a parent has
    another dtype; ValueError for parents without `gradient_fn` or the other way round.
    """

    def __init__(
        self,
        value: Tensor,
        parents: tuple["Variable", ...] = (),
        gradient_fn: GradientFn | None = None,
        operation: str = "",
    ) -> None:
        """Wrap a tensor; without parents it is a leaf: `backward` fills its `grad`."""
        if not isinstance(value, Tensor) or not value.is_floating_point():
            kind = getattr(value, "dtype", type(value).__name__)
            raise TypeError(
                f"value must be a tensor of floating-point numbers, got {kind}"
            )
        if bool(parents) != (gradient_fn is not None):
            raise ValueError(
                f"parents and gradient_fn belong together, got {len(parents)} parents"
            )
        for parent in parents:
            dtype = parent.value.dtype
            if dtype != value.dtype:
                raise TypeError(f"parents must be {value.dtype}, got {dtype}")
        self.value = value.detach()
        self.parents, self.gradient_fn, self.operation = parents, gradient_fn, operation
        self.grad: Tensor | None = None

    def __add__(self, other: "Variable | Tensor | float") -> "Variable":
        return add(self, _lift(other, self))

    def __mul__(self, other: "Variable | Tensor | float") -> "Variable":
        return multiply(self, _lift(other, self))

    def __matmul__(self, other: "Variable | Tensor") -> "Variable":
        return matmul(self, _lift(other, self))

    def __pow__(self, exponent: float) -> "Variable":
        return power(self, exponent)

    def __neg__(self) -> "Variable":
        return self * -1.0

    def __sub__(self, other: "Variable | Tensor | float") -> "Variable":
        return self + -_lift(other, self)

    def __truediv__(self, other: "Variable | Tensor | float") -> "Variable":
        return self * _lift(other, self) ** -1.0

    def __rsub__(self, other: Tensor | float) -> "Variable":
        return -self + other

    def __rtruediv__(self, other: Tensor | float) -> "Variable":
        return self**-1.0 * other

    __radd__, __rmul__ = __add__, __mul__

    def backward(self, gradient: Tensor | None = None) -> None:
        """Add the gradient of this variable to `grad` of every leaf it comes from.

        Shapes: gradient as the value; without it the value must have one element.
        Raises: ValueError if the gradient is missing or has another shape.
        Same as: torch.Tensor.backward with retain_graph=True.
        """
        shape = tuple(self.value.shape)
        if gradient is None and self.value.numel() != 1:
            raise ValueError(f"gradient must be given for a value of shape {shape}")
        if gradient is not None and gradient.shape != self.value.shape:
            got = tuple(gradient.shape)
            raise ValueError(f"gradient must have shape {shape}, got {got}")
        gradient = torch.ones_like(self.value) if gradient is None else gradient
        walk_back(self, gradient.detach().to(self.value.dtype))


def topological_order(root: Variable) -> list[Variable]:
    """List `root` and all variables it was computed from, each after its parents."""
    order: list[Variable] = []
    seen = {root}
    path: list[tuple[Variable, Iterator[Variable]]] = [(root, iter(root.parents))]
    while path:  # depth first; a graph can be too deep for recursion
        variable, parents = path[-1]
        parent = next((parent for parent in parents if parent not in seen), None)
        if parent is None:
            order.append(variable)
            path.pop()
        else:
            seen.add(parent)
            path.append((parent, iter(parent.parents)))
    return order


def walk_back(root: Variable, gradient: Tensor) -> None:
    """Visit each variable after all its uses and hand on its gradient, now complete.

    Shapes: gradient as the value of `root`.
    Raises: ValueError if a gradient function returns a gradient of a wrong shape.
    """
    gradients = {root: gradient}
    for variable in reversed(topological_order(root)):
        complete = gradients.pop(variable)
        if variable.gradient_fn is None:
            before = variable.grad
            variable.grad = complete.clone() if before is None else before + complete
            continue
        parts = variable.gradient_fn(complete)
        for parent, part in zip(variable.parents, parts, strict=True):
            if part.shape != parent.value.shape:
                raise ValueError(
                    f"{variable.operation} must return a gradient of shape "
                    f"{tuple(parent.value.shape)}, got {tuple(part.shape)}"
                )
            before = gradients.get(parent)
            gradients[parent] = part if before is None else before + part


def _lift(other: "Variable | Tensor | float", like: Variable) -> Variable:
    """Make a leaf of a constant, with the dtype and device of `like`."""
    if isinstance(other, Variable):
        return other
    dtype, device = like.value.dtype, like.value.device
    return Variable(torch.as_tensor(other, dtype=dtype, device=device))


def add(a: Variable, b: Variable) -> Variable:
    """c = a + b; both gradients are the result's, summed over what was broadcast."""
    return Variable(a.value + b.value, (a, b), lambda g: (
        unbroadcast(g, a.value.shape), unbroadcast(g, b.value.shape)), "add")


def multiply(a: Variable, b: Variable) -> Variable:
    """c = a b element by element; ∂c/∂a = b and ∂c/∂b = a."""
    return Variable(a.value * b.value, (a, b), lambda g: (
        unbroadcast(g * b.value, a.value.shape),
        unbroadcast(g * a.value, b.value.shape)), "multiply")


def matmul(a: Variable, b: Variable) -> Variable:
    """C = A B; the gradients are G Bᵀ and Aᵀ G, summed over broadcast batches.

    Shapes: a (..., n, k), b (..., k, m) -> (..., n, m).
    Raises: ValueError if one of them has fewer than two axes.
    """
    if min(a.value.dim(), b.value.dim()) < 2:
        shapes = f"{tuple(a.value.shape)} and {tuple(b.value.shape)}"
        raise ValueError(f"matmul needs two or more axes on both sides, got {shapes}")
    return Variable(a.value @ b.value, (a, b), lambda g: (
        unbroadcast(g @ b.value.mT, a.value.shape),
        unbroadcast(a.value.mT @ g, b.value.shape)), "matmul")


def power(a: Variable, exponent: float) -> Variable:
    """c = aⁿ for a constant n; ∂c/∂a = n aⁿ⁻¹, and 0 for n = 0.

    Raises: TypeError if n is not a number.
    """
    if not isinstance(exponent, int | float):
        raise TypeError(f"exponent must be a number, got {type(exponent).__name__}")
    if exponent == 0:  # the formula would give 0 · inf at a = 0
        return Variable(a.value**0, (a,), lambda g: (torch.zeros_like(g),), "power")
    return Variable(a.value**exponent, (a,), lambda g: (
        g * exponent * a.value ** (exponent - 1),), "power")


def exp(a: Variable) -> Variable:
    """c = eᵃ, which is its own slope."""
    value = a.value.exp()
    return Variable(value, (a,), lambda g: (g * value,), "exp")


def log(a: Variable) -> Variable:
    """c = ln a; ∂c/∂a = 1/a."""
    return Variable(a.value.log(), (a,), lambda g: (g / a.value,), "log")


def relu(a: Variable) -> Variable:
    """c = max(a, 0); the slope is 1 where a > 0 and 0 elsewhere, also at 0."""
    return Variable(a.value.clamp(min=0), (a,), lambda g: (
        g.masked_fill(a.value <= 0, 0),), "relu")


def tanh(a: Variable) -> Variable:
    """c = tanh a; ∂c/∂a = 1 − c²."""
    value = a.value.tanh()
    return Variable(value, (a,), lambda g: (g * (1 - value**2),), "tanh")


def sum_over(a: Variable, dim: int | tuple[int, ...] | None = None) -> Variable:
    """c = Σ a over some axes, kept with size 1, or over all, to shape (); slope 1."""
    value = a.value.sum() if dim is None else a.value.sum(dim=dim, keepdim=True)
    return Variable(value, (a,), lambda g: (g.expand_as(a.value),), "sum")
