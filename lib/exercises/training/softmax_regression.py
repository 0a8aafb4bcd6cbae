"""Exercises of training/softmax_regression."""

import torch
from torch.nn import functional as F

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def with_temperature(logits, temperature):
    scaled = logits / temperature
    exponentials = (scaled - scaled.amax(dim=1, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim=1, keepdim=True)


def _tempered(r: Draw) -> tuple:
    B, C = r.sizes(2, least=1)
    scale, offset = r.choice((1.0, 0.0), (1.0, 200.0), (300.0, 0.0))
    logits = r.tensor(B, C, scale=scale, offset=offset, ties=False)
    return logits, r.choice(0.25, 0.5, 2.0, 4.0)


def log_mean_exp(scores):
    largest = scores.amax(dim=1, keepdim=True)
    return (scores - largest).exp().mean(dim=1).log() + largest.squeeze(1)


def _scores(r: Draw) -> tuple:
    B, C = r.sizes(2, least=1)
    scale, offset = r.choice((1.0, 0.0), (1.0, 150.0), (1.0, -150.0), (60.0, 0.0))
    return (r.tensor(B, C, scale=scale, offset=offset, ties=False),)


def classifier_gradients(features, logits, targets):
    excess = logits.softmax(dim=1)
    excess[torch.arange(len(targets)), targets] -= 1
    excess = excess / len(targets)
    return excess.T @ features, excess.sum(dim=0)


def _classified(r: Draw) -> tuple:
    B, D, C = r.sizes(3, least=1)
    near = {"scale": 1.0, "offset": 0.0, "ties": False}
    targets = r.integers(0, C, B)
    return r.tensor(B, D, **near), r.tensor(B, C, **near), targets


def _gradients_by_autograd(features, logits, targets):
    logits = logits.detach().clone().requires_grad_()
    (excess,) = torch.autograd.grad(F.cross_entropy(logits, targets), logits)
    return excess.T @ features, excess.sum(dim=0)


EXERCISES = {
    "with_temperature": Exercise(
        reference=with_temperature,
        cases=_tempered,
        fixed=lambda: [(torch.tensor([[1000.0, 999.0, 0.0], [0.0, 1.0, 2.0]]), 0.5)],
        rtol=1e-3,  # exp(z - logsumexp(z)) rounds z in the thousands
        contract=Contract(fresh=True),
        mistakes={
            "A high temperature should make the probabilities more alike.":
                "logits / temp -> logits * temp",
            "The temperature has no part in this.": " / temperature -> ",
            "The largest exponential overflows: subtract each row's largest score.":
                "(scaled - scaled.amax(dim=1, keepdim=True)) -> scaled",
            "The columns sum to 1 here; the classes of an example lie in its row.":
                "exponentials.sum(dim=1, keepdim=True) -> exponentials.sum(dim=0)",
            "The rows should sum to 1, not have the largest entry 1.":
                "exponentials.sum(dim=1, -> exponentials.amax(dim=1,",
            "These are the logarithms of the probabilities.":
                "return exponentials / exponentials.sum(dim=1, keepdim=True) -> "
                "return scaled.log_softmax(dim=1)",
            "Dividing the probabilities by the temperature is no softmax: the sum is "
            "not 1.":
                "return exponentials / -> return exponentials / temperature /",
            "One largest score for the whole batch: a row far below it has only zeros.":
                "scaled.amax(dim=1, keepdim=True) -> scaled.max()",
            "This edits the caller's logits.":
                "logits / temperature -> logits.div_(temperature)",
        },
    ),
    "log_mean_exp": Exercise(
        reference=log_mean_exp,
        cases=_scores,
        fixed=lambda: [(torch.tensor([[-1000.0, -1001.0], [500.0, 0.0]]),)],
        rtol=1e-4,
        contract=Contract(fresh=True),
        mistakes={
            "The largest score was taken out and never put back.":
                " + largest.squeeze(1) -> ",
            "It was subtracted, so it must be added again.": "+ largest -> - largest",
            "exp overflows, or all of it becomes 0, when the scores are far from 0.":
                "(scores - largest).exp().mean(dim=1).log() + largest.squeeze(1) -> "
                "scores.exp().mean(dim=1).log()",
            "This is the sum, not the mean.": "mean(dim=1) -> sum(dim=1)",
            "The mean goes over the scores of a row.": "mean(dim=1) -> mean(dim=0)",
            "One largest score for the whole batch: a row far below it is lost.":
                "largest = scores.amax(dim=1, keepdim=True) -> "
                "largest = scores.max().expand(len(scores), 1)",
            "The mean of the logarithms is the mean of the scores.":
                "exp().mean(dim=1).log() -> exp().log().mean(dim=1)",
            "A column is left: the result has one axis.":
                "mean(dim=1).log() + largest.squeeze(1) -> "
                "mean(dim=1, keepdim=True).log() + largest",
            "The largest score alone is not the mean.":
                "(scores - largest).exp().mean(dim=1).log() + -> 0 * scores[:, 0] +",
        },
    ),
    "classifier_gradients": Exercise(
        reference=classifier_gradients,
        cases=_classified,
        contract=Contract(without=("autograd",), no_loop=True),
        rtol=1e-4,
        mistakes={
            "This leads uphill: it is p - y, not y - p.":
                "excess = excess / len -> excess = -excess / len",
            "The loss is a mean over the examples.": " / len(targets) -> ",
            "A mean over the examples, not over examples and classes.":
                "/ len(targets) -> / logits.numel()",
            "The right class is missing: its 1 must be subtracted.": "-= 1 -> -= 0",
            "Logits are no probabilities yet.": "logits.softmax(dim=1) -> logits + 0",
            "The softmax goes over the classes of each example.":
                "softmax(dim=1) -> softmax(dim=0)",
            "The weight has one row per class, as nn.Linear keeps it.":
                "excess.T @ features -> features.T @ excess",
            "One bias per class: add over the examples.":
                "excess.sum(dim=0) -> excess.sum(dim=1)",
            "The bias has been divided twice.":
                "excess.sum(dim=0) -> excess.mean(dim=0)",
            "The task asks for p - y; autograd computed these.": _gradients_by_autograd,
        },
    ),
}  # fmt: skip
