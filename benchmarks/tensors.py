"""What the course's autograd engine costs beside torch's own."""

from collections.abc import Callable

import torch

from lib.core.seed import make_generator
from lib.tensors.engine import Variable, relu, sum_over

Work = Callable[[], object]


def engine_pair() -> tuple[Work, Work]:
    """Return the gradients of a network with one hidden layer, by the engine and by torch."""
    generator = make_generator(0)
    shapes = ((64, 784), (784, 128), (128,), (128, 10))
    values = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]

    def ours() -> object:
        X, W1, b1, W2 = (Variable(value) for value in values)
        sum_over(relu(X @ W1 + b1) @ W2).backward()
        return W1.grad

    def plain() -> object:
        X, W1, b1, W2 = (value.clone().requires_grad_() for value in values)
        ((X @ W1 + b1).relu() @ W2).sum().backward()
        return W1.grad

    return ours, plain
