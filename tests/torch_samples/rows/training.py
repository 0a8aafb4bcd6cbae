"""Linear regression, softmax, losses, optimisers."""

from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from lib.training.adam import Adam, AdamW
from lib.training.custom_layers import Linear, PReLU
from lib.training.linear_regression import linear, sgd_step, squared_loss
from lib.training.losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    huber_loss,
    l1_loss,
    mse_loss,
)
from lib.training.optimizers import SGD, Adagrad, RMSprop
from lib.training.softmax_regression import log_softmax, log_sum_exp, softmax
from tests.torch_samples.adapt import as_module, as_optimizer, dropping
from tests.torch_samples.twin import Refusal, Twin

NO_REDUCTION = Refusal(TypeError, "unexpected keyword argument 'reduction'", "always the mean")
ONLY_LR = Refusal(
    TypeError, "unexpected keyword argument '(momentum|weight_decay)'", "no option but lr"
)
TENSOR_LR = Refusal(TypeError, "lr must be a number, got a tensor", "no tensor as lr")
NO_AMSGRAD = Refusal(TypeError, "unexpected keyword argument 'amsgrad'", "no amsgrad")
NO_WEIGHT = Refusal(
    TypeError, "unexpected keyword argument 'weight'", "no weight for each example"
)
NO_KEEPDIM = Refusal(TypeError, "unexpected keyword argument 'keepdim'", "never keeps the axis")
NOT_EMPTY = Refusal(IndexError, "non-zero size", "an axis with elements")


def output_by_output(linear):
    """Ours predicts one number for an example."""

    def call(x, weight, bias=None):
        if weight.dim() == 1:
            return linear(x, weight, x.new_zeros(()) if bias is None else bias)
        bias = x.new_zeros(len(weight)) if bias is None else bias
        return torch.stack([linear(x, w, b) for w, b in zip(weight, bias, strict=True)], dim=-1)

    return call


def mean(loss):
    """Ours is always the mean."""
    return dropping(loss, reduction="mean")


def keeping_no_axis(log_sum_exp):
    """Ours drops the axis."""

    def call(scores, dim, keepdim=False):
        return dropping(log_sum_exp, keepdim=False)(scores, dim, keepdim=keepdim)

    return call


def in_double(function):
    """The samples ask for the dtype that the scores have already."""
    return dropping(function, dtype=torch.float64)


def along(function):
    """Make a module of a function that gets the axis when it is constructed."""
    return lambda dim: as_module(function)(dim=dim)


def input_by_name(layer):
    """Ours calls its input x."""

    class Named(layer):
        def forward(self, input):
            return super().forward(input)

    return Named


TWINS = [
    Twin(linear, F.linear, equal=20, adapt=output_by_output),
    Twin(squared_loss, F.mse_loss, equal=4, refuses=(NO_REDUCTION,), adapt=mean),
    Twin(squared_loss, nn.MSELoss, equal=4, refuses=(NO_REDUCTION,),
         adapt=lambda loss: as_module(mean(loss))),
    Twin(log_sum_exp, torch.logsumexp, equal=9, refuses=(NO_KEEPDIM,), adapt=keeping_no_axis),
    Twin(log_softmax, torch.log_softmax, equal=12, refuses=(NOT_EMPTY,), adapt=in_double),
    Twin(softmax, torch.softmax, equal=12, refuses=(NOT_EMPTY,), adapt=in_double),
    Twin(log_softmax, nn.LogSoftmax, equal=4, adapt=along),
    Twin(softmax, nn.Softmax, equal=3, adapt=along),
    Twin(mse_loss, F.mse_loss, equal=6),
    Twin(mse_loss, nn.MSELoss, equal=5, adapt=as_module),
    Twin(l1_loss, F.l1_loss, equal=6),
    Twin(l1_loss, nn.L1Loss, equal=5, adapt=as_module),
    Twin(huber_loss, F.huber_loss, equal=9),
    Twin(huber_loss, nn.HuberLoss, equal=4, adapt=as_module),
    Twin(cross_entropy, F.cross_entropy, equal=21),
    Twin(cross_entropy, nn.CrossEntropyLoss, equal=105, adapt=as_module),
    Twin(binary_cross_entropy_with_logits, F.binary_cross_entropy_with_logits, equal=11,
         refuses=(NO_WEIGHT,)),
    Twin(binary_cross_entropy_with_logits, nn.BCEWithLogitsLoss, equal=4,
         refuses=(NO_WEIGHT,), adapt=as_module),
    Twin(sgd_step, torch.optim.SGD, equal=3, refuses=(ONLY_LR,),
         adapt=lambda step: as_optimizer(partial(step, lr=1e-3))),
    Twin(SGD, torch.optim.SGD, equal=8, refuses=(TENSOR_LR,)),
    Twin(Adagrad, torch.optim.Adagrad, equal=6, refuses=(TENSOR_LR,)),
    Twin(RMSprop, torch.optim.RMSprop, equal=8),
    Twin(Adam, torch.optim.Adam, equal=4, refuses=(NO_AMSGRAD,)),
    Twin(AdamW, torch.optim.AdamW, equal=4, refuses=(NO_AMSGRAD,)),
    Twin(Linear, nn.Linear, equal=3, adapt=input_by_name),
    Twin(PReLU, nn.PReLU, equal=8),
]  # fmt: skip
