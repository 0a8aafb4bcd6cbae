"""Exercises of training/backpropagation."""

from itertools import pairwise

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

NEAR = {"scale": 1.0, "offset": 0.0, "ties": False, "dtype": torch.float64}


def linear_backward(x, W, out_grad):
    return out_grad.T @ x, out_grad.sum(dim=0), out_grad @ W


def _layer(r: Draw) -> tuple:
    B, D, H = r.sizes(3, least=1)
    return r.tensor(B, D, **NEAR), r.tensor(H, D, **NEAR), r.tensor(B, H, **NEAR)


def _linear_by_autograd(x, W, out_grad):
    x, W = (value.detach().clone().requires_grad_() for value in (x, W))
    b = torch.zeros(len(W), dtype=x.dtype, requires_grad=True)
    return torch.autograd.grad(x @ W.T + b, (W, b, x), out_grad)


def tanh_backward(h, h_grad):
    return h_grad * (1 - h**2)


def _hidden(r: Draw) -> tuple:
    B, H = r.sizes(2, least=1)
    return r.tensor(B, H, **NEAR).tanh(), r.tensor(B, H, **NEAR)


def residual_backward(x, W, out_grad):
    z_grad = out_grad * (x @ W.T > 0)
    return z_grad.T @ x, out_grad + z_grad @ W


def _residual(r: Draw) -> tuple:
    B, D = r.sizes(2, least=1)
    return r.tensor(B, D, **NEAR), r.tensor(D, D, **NEAR), r.tensor(B, D, **NEAR)


def _residual_by_autograd(x, W, out_grad):
    x, W = (value.detach().clone().requires_grad_() for value in (x, W))
    return torch.autograd.grad(x + (x @ W.T).relu(), (W, x), out_grad)


def multiplications(sizes, batch_size):
    layers = [a * b for a, b in pairwise(sizes)]
    forward = batch_size * sum(layers)
    return forward, 2 * forward - batch_size * layers[0]


EXERCISES = {
    "linear_backward": Exercise(
        reference=linear_backward, cases=_layer, rtol=1e-9,
        contract=Contract(without=("autograd",), no_loop=True),
        mistakes={
            "The gradient of W has the shape of W, (H, D): what is yours?":
                "out_grad.T @ x -> x.T @ out_grad",
            "The bias is added to each example, so its gradient is a sum over them.":
                "sum(dim=0) -> clone()",
            "The gradient that arrives is divided by B already, if the loss is a mean.":
                "sum(dim=0) -> mean(dim=0)",
            "Here, too, the mean is none of this layer's business.":
                "out_grad.T @ x -> out_grad.T @ x / len(x)",
            "The inputs' gradient goes through W, not through its transpose; or B = H.":
                "out_grad @ W -> (out_grad @ W.T if W.shape[0] == W.shape[1] "
                "else out_grad @ W)",
            "Summed over the wrong axis: one number for each output, not for each row.":
                "sum(dim=0) -> sum(dim=1)",
            "Which gradient comes first?":
                "out_grad.T @ x, out_grad.sum(dim=0), out_grad @ W -> "
                "out_grad @ W, out_grad.T @ x, out_grad.sum(dim=0)",
            "The order that the task names is W, b, x.":
                "out_grad.sum(dim=0), out_grad @ W -> "
                "out_grad @ W, out_grad.sum(dim=0)",
            "The sign: backward passes slopes on, the optimiser subtracts them.":
                "out_grad.T @ x -> -out_grad.T @ x",
            "Autograd computed these: the task asks for the three formulae.":
                _linear_by_autograd,
        },
    ),
    "tanh_backward": Exercise(
        reference=tanh_backward, cases=_hidden, rtol=1e-9,
        contract=Contract(fresh=True),
        mistakes={
            "`h` is the output already: tanh is applied twice here.":
                "1 - h**2 -> 1 - h.tanh() ** 2",
            "The slope of tanh is 1 - tanh²: the square is missing.": "h**2 -> h",
            "This is the slope alone: what arrives from above?": "h_grad * -> ",
            "That is the slope of the sigmoid.": "(1 - h**2) -> h * (1 - h)",
            "The sign: where tanh is steepest, at h = 0, the slope is 1.":
                "1 - h**2 -> h**2 - 1",
            "One plus? At h = 1 the curve is flat.": "1 - h**2 -> 1 + h**2",
            "A product element by element, not a matrix product.":
                "h_grad * (1 - h**2) -> "
                "(h_grad @ (1 - h**2) if h.shape[0] == h.shape[1] else h_grad)",
            "It is the slope that multiplies, not its inverse.":
                "h_grad * (1 - h**2) -> h_grad / (1 - h**2)",
        },
    ),
    "residual_backward": Exercise(
        reference=residual_backward, cases=_residual, rtol=1e-9,
        fixed=lambda: [(torch.zeros(2, 3), torch.ones(3, 3), torch.ones(2, 3))],
        contract=Contract(without=("autograd",), no_loop=True),
        mistakes={
            "There are two ways from x to y: the gradients of both add up.":
                "out_grad + z_grad @ W -> z_grad @ W",
            "The way through W is missing: this is the shortcut alone.":
                "out_grad + z_grad @ W -> out_grad.clone()",
            "Where z is below 0, ReLU lets nothing through: the mask is missing.":
                "out_grad * (x @ W.T > 0) -> out_grad",
            "The mask belongs to the way through W, not to the shortcut.":
                "out_grad + z_grad @ W -> z_grad + z_grad @ W",
            "The mask is where z is above 0, not where x is.":
                "(x @ W.T > 0) -> (x > 0)",
            "The other side of the mask.": "> 0 -> < 0",
            "Where a number before the maximum is 0, the slope is 0.": "> 0 -> >= 0",
            "The mask looks at X Wᵀ, not at the output of the block.":
                "(x @ W.T > 0) -> (x + (x @ W.T).clamp(min=0) > 0)",
            "First the mask, then W: it has to cut before the product, not after.":
                "out_grad + z_grad @ W -> out_grad + (out_grad @ W) * (x @ W.T > 0)",
            "The gradient of W is asked for first, that of x second.":
                "z_grad.T @ x, out_grad + z_grad @ W -> "
                "out_grad + z_grad @ W, z_grad.T @ x",
            "Through a linear layer, back: by W, not by its transpose.":
                "z_grad @ W -> z_grad @ W.T",
            "The gradient of W has outputs as rows and inputs as columns.":
                "z_grad.T @ x -> x.T @ z_grad",
            "For z the layer computes x @ W.T.": "x @ W.T > 0 -> x @ W > 0",
            "Autograd computed these: go back along both ways by hand.":
                _residual_by_autograd,
        },
    ),
    "multiplications": Exercise(
        reference=multiplications,
        cases=lambda r: (r.random.choices(range(1, 20), k=r.random.randint(2, 6)),
                         r.random.randint(1, 9)),
        fixed=lambda: [([784, 64, 10], 100)],
        contract=Contract(exact=True),
        mistakes={
            "Nobody needs the gradient of the pictures: the first layer saves one.":
                " - batch_size * layers[0] -> ",
            "It is the first layer that saves a product, not the last.":
                "layers[0] -> layers[-1]",
            "Each layer but the first takes two products on the way back.":
                "2 * forward - batch_size * layers[0] -> forward",
            "Backward alone, without the forward pass before it.":
                "2 * forward - -> 3 * forward -",
            "Every example takes part.": "forward = batch_size * sum -> forward = sum",
            "The saving, too, is one for each example.":
                "- batch_size * layers[0] -> - layers[0]",
            "A layer has a weight for each pair of input and output: a product.":
                "a * b -> a + b",
            "The backward pass comes second.":
                "return forward, 2 * forward - batch_size * layers[0] -> "
                "return 2 * forward - batch_size * layers[0], forward",
        },
    ),
}
