"""The autograd engine, broadcasting, strides."""

import torch
from torch.nn import functional as F

from lib.tensors import engine
from lib.tensors.broadcasting import broadcast_shape, unbroadcast
from lib.tensors.engine import Variable
from lib.tensors.strides import view_strides
from tests.torch_samples.adapt import dropping, on_variables
from tests.torch_samples.twin import Refusal, Twin

NO_ALPHA = Refusal(TypeError, "unexpected keyword argument 'alpha'", "no factor alpha")
NO_ROUNDING = Refusal(TypeError, "unexpected keyword argument 'rounding_mode'", "no rounding")
NO_KEEPDIM = Refusal(TypeError, "unexpected keyword argument 'keepdim'", "axes are kept")
CONSTANT = Refusal(TypeError, "exponent must be a number, got Variable", "constant exponents")
TWO_AXES = Refusal(ValueError, "matmul needs two or more axes on both sides", "no vectors")
NO_INT = Refusal(TypeError, "shapes must be a sequence of ints", "no bare int")
NO_FREE_SIZE = Refusal(ValueError, "new_shape must hold sizes of 0 or more", "no size of -1")


def expanded(strides):
    """Show a tensor in a larger shape by the strides that ours returns."""
    return lambda x, shape: x.as_strided(shape, strides(x.shape, x.stride(), shape))


def to_exponent(exponent):
    """Raise to one constant power."""
    return lambda power: on_variables(lambda x: power(x, exponent))


def unpacked(function):
    """Take sizes one by one, too."""
    return lambda x, *shape: function(x, shape if isinstance(shape[0], int) else shape[0])


def summed(sum_over):
    """Ours keeps the axes."""
    return dropping(on_variables(sum_over), keepdim=True)


TWINS = [
    Twin(Variable.__add__, torch.add, equal=9, refuses=(NO_ALPHA,), adapt=on_variables),
    Twin(Variable.__radd__, torch.Tensor.__radd__, equal=9, adapt=on_variables),
    Twin(Variable.__sub__, torch.sub, equal=9, refuses=(NO_ALPHA,), adapt=on_variables),
    Twin(Variable.__rsub__, torch.Tensor.__rsub__, equal=9, adapt=on_variables),
    Twin(Variable.__neg__, torch.neg, equal=1, adapt=on_variables),
    Twin(Variable.__mul__, torch.mul, equal=9, adapt=on_variables),
    Twin(Variable.__rmul__, torch.Tensor.__rmul__, equal=9, adapt=on_variables),
    Twin(Variable.__truediv__, torch.div, equal=9, refuses=(NO_ROUNDING,), adapt=on_variables),
    Twin(Variable.__rtruediv__, torch.Tensor.__rdiv__, equal=9, adapt=on_variables),
    Twin(engine.power, torch.pow, equal=0, refuses=(CONSTANT,), adapt=on_variables),
    Twin(engine.power, torch.square, equal=3, adapt=to_exponent(2)),
    Twin(engine.power, torch.sqrt, equal=1, adapt=to_exponent(0.5)),
    Twin(engine.power, torch.reciprocal, equal=3, adapt=to_exponent(-1)),
    Twin(engine.matmul, torch.matmul, equal=8, refuses=(TWO_AXES,), adapt=on_variables),
    Twin(engine.exp, torch.exp, equal=3, adapt=on_variables),
    Twin(engine.log, torch.log, equal=3, adapt=on_variables),
    Twin(engine.tanh, torch.tanh, equal=1, adapt=on_variables),
    Twin(engine.relu, F.relu, equal=4, adapt=on_variables),
    Twin(engine.sum_over, torch.sum, equal=11, refuses=(NO_KEEPDIM,), adapt=summed),
    Twin(broadcast_shape, torch.broadcast_shapes, equal=9, refuses=(NO_INT,)),
    Twin(unbroadcast, torch.Tensor.sum_to_size, equal=16, adapt=unpacked),
    Twin(view_strides, torch.Tensor.view, equal=5, refuses=(NO_FREE_SIZE,), adapt=expanded),
    Twin(view_strides, torch.reshape, equal=5, refuses=(NO_FREE_SIZE,), adapt=expanded),
]
