"""Give our parts the calls of torch's: what a row of the table passes as `adapt`."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from lib.tensors.engine import Variable


def dropping(ours: Callable, **fixed: object) -> Callable:
    """Leave out an argument where it asks for what ours always does; ours sees any other value."""

    def call(*args: object, **kwargs: object) -> object:
        left = {
            key: value for key, value in kwargs.items()
            if key not in fixed or value != fixed[key]
        }  # fmt: skip
        return ours(*args, **left)

    return call


def as_module(function: Callable) -> Callable[..., nn.Module]:
    """Make a function such as a loss a module, whose options are given when it is constructed."""

    class Call(nn.Module):
        def __init__(self, **options: object) -> None:
            super().__init__()
            self.options = options
            for name, value in options.items():
                if isinstance(value, Tensor):  # as torch's modules keep them
                    self.register_buffer(name, value)

        def forward(self, *args: object) -> object:
            return function(*args, **(self.options | dict(self.named_buffers())))

    return Call


def as_optimizer(function: Callable) -> Callable:
    """Make a function of parameters and options an optimiser with a method `step`."""

    class Optimizer:
        def __init__(self, parameters: Sequence[Tensor], **options: object) -> None:
            self.parameters, self.options = parameters, options

        def step(self) -> None:
            function(self.parameters, **self.options)

    return Optimizer


def on_variables(operation: Callable) -> Callable:
    """Run the autograd engine's operation on tensors: its backward answers for torch's."""

    class OnVariables(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, kwargs: dict, *args: object) -> Tensor:
            ctx.leaves = [Variable(arg) if isinstance(arg, Tensor) else None for arg in args]
            ctx.result = operation(
                *(leaf or arg for leaf, arg in zip(ctx.leaves, args, strict=True)), **kwargs
            )
            return ctx.result.value

        @staticmethod
        def backward(ctx: object, gradient: Tensor) -> tuple[Tensor | None, ...]:
            ctx.result.backward(gradient)
            return None, *(leaf and leaf.grad for leaf in ctx.leaves)

    return lambda *args, **kwargs: OnVariables.apply(kwargs, *args)
