"""Exercises of training/optimizers."""

import math

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def velocities(gradients, momentum):
    velocity, found = torch.zeros_like(gradients[0]), []
    for gradient in gradients:
        velocity = momentum * velocity + gradient
        found.append(velocity)
    return torch.stack(found)


def _gradients(r: Draw) -> tuple:
    T, D = r.sizes(2, least=1)
    return r.tensor(T, D, scale=1.0, offset=0.0, ties=False), r.choice(0.5, 0.9, 0.0)


def decay_groups(named_parameters, weight_decay):
    matrices, others = [], []
    for _, parameter in named_parameters:
        (matrices if parameter.dim() >= 2 else others).append(parameter)
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def _by_name(named_parameters, weight_decay):
    matrices = [p for name, p in named_parameters if name.endswith("weight")]
    others = [p for name, p in named_parameters if not name.endswith("weight")]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def _with_names(named_parameters, weight_decay):
    matrices = [pair for pair in named_parameters if pair[1].dim() >= 2]
    others = [pair for pair in named_parameters if pair[1].dim() < 2]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def _named(r: Draw) -> tuple:
    A, B = r.sizes(2, least=1)
    shapes = {"0.weight": (A, B), "0.bias": (A,), "1.weight": (A,), "1.bias": (A,)}
    shapes |= {"2.weight": (B, A, 3, 3), "2.scale": ()}
    named = [(name, r.tensor(*shape)) for name, shape in shapes.items()]
    return r.shuffled(named), r.choice(0.1, 0.01)


def lion_step(weight, gradient, mean, lr, betas, weight_decay):
    direction = (betas[0] * mean + (1 - betas[0]) * gradient).sign()
    new_mean = betas[1] * mean + (1 - betas[1]) * gradient
    return weight - lr * (direction + weight_decay * weight), new_mean


def _lion(r: Draw) -> tuple:
    n = r.size(least=1)
    three = [r.tensor(n, scale=1.0, offset=0.0, ties=False) for _ in range(3)]
    rates = r.choice(0.01, 0.5), (r.choice(0.5, 0.9), r.choice(0.2, 0.99))
    return *three, *rates, r.choice(0.0, 0.1, 1.0)


def steps_to_forget(beta, share):
    steps = 1
    while beta**steps >= share:
        steps += 1
    return steps


def _memory(r: Draw) -> tuple:
    return r.float(0.3, 0.995), r.float(0.001, 0.9)


EXERCISES = {
    "velocities": Exercise(
        reference=velocities,
        cases=_gradients,
        fixed=lambda: [(torch.tensor([[4.0], [2.0], [-1.0]]), 0.9)],
        rtol=1e-4,
        mistakes={
            "A running mean: here the newest gradient counts in full.":
                "velocity + gradient -> velocity + (1 - momentum) * gradient",
            "Nothing of the older gradients is left: what is multiplied by momentum?":
                "momentum * velocity + -> momentum * 0 * velocity +",
            "The older gradients do not fade: momentum is missing.":
                "momentum * velocity + -> velocity +",
            "Momentum belongs to the old velocity, not to the new gradient.":
                "momentum * velocity + gradient -> velocity + momentum * gradient",
            "One velocity for each gradient is wanted, not the last alone.":
                "torch.stack(found) -> velocity",
            "The velocity is stored before the gradient is added to it.":
                "velocity = momentum * velocity + gradient\n        "
                "found.append(velocity) -> "
                "found.append(velocity)\n        "
                "velocity = momentum * velocity + gradient",
            "The gradient is added before the fading, so it fades at once.":
                "momentum * velocity + gradient -> momentum * (velocity + gradient)",
            "This is Nesterov's step, which looks one step ahead.":
                "found.append(velocity) -> "
                "found.append(gradient + momentum * velocity)",
            "The sign: the velocity adds the gradients up.":
                "velocity + gradient -> velocity - gradient",
        },
    ),
    "decay_groups": Exercise(
        reference=decay_groups,
        cases=_named,
        mistakes={
            "The other way round: matrices decay, vectors do not.": ">= 2 -> < 2",
            "The kernels of a convolution have four axes: they should decay, too.":
                ">= 2 -> == 2",
            "The name is no safe sign: a norm's weight is called weight, too.":
                _by_name,
            "A vector has one axis, and should not decay.": ">= 2 -> >= 1",
            "The second group needs a weight decay of 0, or it gets the default.":
                ', "weight_decay": 0.0 -> ',
            "The second group must not decay.":
                '"weight_decay": 0.0 -> "weight_decay": weight_decay',
            "The optimiser wants the parameters, without their names.":
                _with_names,
            "Half a weight decay is not what was asked for.":
                '"weight_decay": weight_decay -> "weight_decay": weight_decay / 2',
            "A scalar has no axis: it belongs to the others.":
                ">= 2 -> != 1",
        },
    ),
    "lion_step": Exercise(
        reference=lion_step,
        cases=_lion,
        fixed=lambda: [
            (torch.ones(2), torch.zeros(2), torch.zeros(2), 0.1, (0.9, 0.99), 0.5)
        ],
        contract=Contract(fresh=True),
        rtol=1e-4,
        mistakes={
            "The direction is a sign: each number is -1, 0 or 1.": ".sign() -> ",
            "The direction mixes with the first beta.":
                "(betas[0] * mean + (1 - betas[0]) -> "
                "(betas[1] * mean + (1 - betas[1])",
            "The new mean is made with the second beta.":
                "betas[1] * mean + (1 - betas[1]) -> "
                "betas[0] * mean + (1 - betas[0])",
            "The direction comes from the mix of mean and gradient, not from the mean.":
                "(betas[0] * mean + (1 - betas[0]) * gradient).sign() -> mean.sign()",
            "The direction comes from the mix, not from the gradient alone.":
                "(betas[0] * mean + (1 - betas[0]) * gradient).sign() -> "
                "gradient.sign()",
            "The decay is outside the sign.":
                "(1 - betas[0]) * gradient) -> "
                "(1 - betas[0]) * gradient + weight_decay * weight)",
            "The learning rate multiplies the decay, too.":
                "lr * (direction + weight_decay * weight) -> "
                "lr * direction - weight_decay * weight",
            "The weights do not decay here.":
                "(direction + weight_decay * weight) -> direction",
            "Uphill: the step goes against the direction.":
                "weight - lr -> weight + lr",
            "Two tensors are wanted: the weight and the new mean.": ", new_mean -> ",
            "The mean that comes back is the old one.": ", new_mean -> , mean.clone()",
        },
    ),
    "steps_to_forget": Exercise(
        reference=steps_to_forget,
        cases=_memory,
        contract=Contract(exact=True),
        fixed=lambda: [(0.5, 0.3), (0.5, 0.25), (0.9, 0.5), (0.999, 0.37)],
        mistakes={
            "One step too early: the share left must be below the given one.":
                "return steps -> return steps - 1",
            "One step too late.": "return steps -> return steps + 1",
            "This is the weight of the newest gradients: the older ones keep beta.":
                "beta**steps -> (1 - beta) ** steps",
            "The older gradients weigh beta to the number of steps, all of them "
            "together; (1 - beta) * beta**n is the weight of one.":
                "beta**steps >= share -> (1 - beta) * beta**steps >= share",
            "A whole number is wanted: how many steps?":
                lambda beta, share: math.log(share) / math.log(beta),
            "1 / (1 - beta) is a rule of thumb for one share only.":
                "return steps -> return round(1 / (1 - beta))",
            "Stop when the share is below, not above.":
                "beta**steps >= share -> beta**steps < share and steps < 10_000",
            "The share that is forgotten, not the one that is left?":
                ">= share -> >= 1 - share",
        },
    ),
}
