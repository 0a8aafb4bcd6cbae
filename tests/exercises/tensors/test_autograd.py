"""Typical mistakes in the exercises of tensors/autograd; every one must be refused."""

import torch
from torch.autograd import Function


def vjp_of_a_constant_factor(x, v):
    return x.sum() * v


def vjp_from_the_other_side(x, v):
    return x.sum() * v + x * v.sum()


def vjp_without_the_sum(x, v):
    return x.sum() * v + v * x


def vjp_in_place(x, v):
    product = v @ x
    v *= x.sum()
    return v + product


def newton_gradient_step(function, start, steps):
    x = start.detach().clone()
    for _ in range(steps):
        x.requires_grad_()
        (first,) = torch.autograd.grad(function(x), x)
        x = (x - 0.1 * first).detach()
    return x


def newton_without_create_graph(function, start, steps):
    x = start.detach().clone()
    for _ in range(steps):
        x.requires_grad_()
        (first,) = torch.autograd.grad(function(x), x)
        (second,) = torch.autograd.grad(first, x)
        x = (x - first / second).detach()
    return x


def newton_once(function, start, steps):
    x = start.detach().clone().requires_grad_()
    (first,) = torch.autograd.grad(function(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    return (x - first / second).detach() if steps else start


def newton_one_step_more(function, start, steps):
    x = start.detach().clone()
    for _ in range(max(steps + 1, 2) if steps else 0):
        x.requires_grad_()
        (first,) = torch.autograd.grad(function(x), x, create_graph=True)
        (second,) = torch.autograd.grad(first, x)
        x = (x - first / second).detach()
    return x


def newton_with_history(function, start, steps):
    x = start.detach().clone().requires_grad_()
    for _ in range(steps):
        (first,) = torch.autograd.grad(function(x), x, create_graph=True)
        (second,) = torch.autograd.grad(first, x, create_graph=True)
        x = x - first / second
    return x


def newton_that_edits_the_start(function, start, steps):
    x = start
    for _ in range(steps):
        leaf = x.detach().clone().requires_grad_()
        (first,) = torch.autograd.grad(function(leaf), leaf, create_graph=True)
        (second,) = torch.autograd.grad(first, leaf)
        x -= (first / second).detach()
    return x.clone()


class Clipped(Function):
    """Apply `value(x)`; hand back `slope(x, gradient)`."""

    @staticmethod
    def forward(ctx, x, value, slope):
        ctx.save_for_backward(x.clone())
        ctx.slope = slope
        return value(x)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return ctx.slope(x, gradient), None, None


def clipped_by_torch(x):
    return x.square().clamp(max=1)


def right_slope(x, gradient):
    return gradient * 2 * x * (x.abs() < 1)


def clipped_without_forward_limit(x):
    return Clipped.apply(x, torch.square, right_slope)


def clipped_in_forward_alone(x):
    return Clipped.apply(x, clipped_by_torch, lambda x, gradient: gradient * 2 * x)


def clipped_with_the_slope_of_the_result(x):
    return Clipped.apply(x, clipped_by_torch, lambda x, gradient: right_slope(x**2, gradient))


def clipped_without_the_chain_rule(x):
    return Clipped.apply(x, clipped_by_torch, lambda x, gradient: 2 * x * (x.abs() < 1))


def clipped_in_place(x):
    return Clipped.apply(x, lambda x: x.square_().clamp(max=1), right_slope)


def accumulate_without_weights(mean_loss, weight, rows, batch_size):
    return sum(torch.autograd.grad(mean_loss(weight, piece), weight)[0]
               for piece in rows.split(batch_size))


def accumulate_mean_of_means(mean_loss, weight, rows, batch_size):
    pieces = rows.split(batch_size)
    return accumulate_without_weights(mean_loss, weight, rows, batch_size) / len(pieces)


def accumulate_by_batch_size(mean_loss, weight, rows, batch_size):
    total = accumulate_without_weights(mean_loss, weight, rows, batch_size)
    return total * batch_size / len(rows)


def accumulate_all_at_once(mean_loss, weight, rows, batch_size):
    return torch.autograd.grad(mean_loss(weight, rows), weight)[0]


def accumulate_onto_the_old(mean_loss, weight, rows, batch_size):
    for piece in rows.split(batch_size):
        (mean_loss(weight, piece) * len(piece) / len(rows)).backward()
    return weight.grad


def accumulate_and_clear(mean_loss, weight, rows, batch_size):
    weight.grad = None
    for piece in rows.split(batch_size):
        (mean_loss(weight, piece) * len(piece) / len(rows)).backward()
    return weight.grad


def accumulate_without_a_full_last_piece(mean_loss, weight, rows, batch_size):
    full = rows[: len(rows) // batch_size * batch_size]
    return accumulate_mean_of_means(mean_loss, weight, full, batch_size)


WRONG = {
    "vjp_by_hand": [
        vjp_of_a_constant_factor,
        vjp_from_the_other_side,
        vjp_without_the_sum,
        vjp_in_place,
    ],
    "newton_minimum": [
        newton_gradient_step,
        newton_without_create_graph,
        newton_once,
        newton_one_step_more,
        newton_with_history,
        newton_that_edits_the_start,
    ],
    "clipped_square": [
        clipped_without_forward_limit,
        clipped_in_forward_alone,
        clipped_with_the_slope_of_the_result,
        clipped_without_the_chain_rule,
        clipped_in_place,
        clipped_by_torch,
    ],
    "accumulated_gradient": [
        accumulate_without_weights,
        accumulate_mean_of_means,
        accumulate_by_batch_size,
        accumulate_all_at_once,
        accumulate_onto_the_old,
        accumulate_and_clear,
        accumulate_without_a_full_last_piece,
    ],
}
