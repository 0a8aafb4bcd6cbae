"""What the tests of RNN, GRU and LSTM share: both with the same weights, and a comparison."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from lib.core.seed import make_generator
from lib.sequences.gru import GRU, GRUCell
from lib.sequences.lstm import LSTM, LSTMCell
from lib.sequences.rnn import RNN, RNNCell

INPUT, HIDDEN = 3, 5
LAYERS = [(RNN, nn.RNN), (GRU, nn.GRU), (LSTM, nn.LSTM)]
CELLS = [(RNNCell, nn.RNNCell), (GRUCell, nn.GRUCell), (LSTMCell, nn.LSTMCell)]


def draw(*shape, seed=0, scale=1.0):
    generator = make_generator(seed)
    return scale * torch.randn(shape, generator=generator, dtype=torch.float64)


def pair_of(ours, theirs, **options):
    """Return our layer or cell and torch's with the same weights; torch draws them."""
    torch.manual_seed(0)
    first = {} if "Cell" in theirs.__name__ else {"batch_first": True}
    reference = theirs(INPUT, HIDDEN, **first, **options).double()
    layer = ours(INPUT, HIDDEN, **options).double()
    layer.load_state_dict(reference.state_dict())
    return layer, reference


def states_for(layer, batch):
    """Return initial states as this layer or cell takes them."""
    rows = ()
    if hasattr(layer, "num_layers"):
        rows = (layer.num_layers * (1 + layer.bidirectional),)
    states = tuple(draw(*rows, batch, HIDDEN, seed=seed) for seed in (7, 8))
    return states if "LSTM" in type(layer).__name__ else states[0]


def leaves(tree):
    """Return the tensors in a tensor, nested tuples or a packed sequence."""
    if tree is None:
        return []
    if isinstance(tree, Tensor):
        return [tree]
    return [leaf for each in tree for leaf in leaves(each)]


def outcome(layer, x, *rest):
    """Return results, gradients of x and of the parameters."""
    data = (x.data if isinstance(x, PackedSequence) else x).clone().requires_grad_()
    x = PackedSequence(data, *x[1:]) if isinstance(x, PackedSequence) else data
    before = data.detach().clone()
    results = leaves(layer(x, *rest))
    ends = [result for result in results if result.requires_grad]
    slopes = [torch.sin(1 + torch.arange(end.numel()).to(end)).view_as(end) for end in ends]
    starts = [each for each in leaves(rest) if each.requires_grad]
    gradients = torch.autograd.grad(ends, [data, *starts, *layer.parameters()], slopes)
    assert torch.equal(data, before)
    return results, gradients


def assert_same(layer, reference, x, state=None, lengths=None):
    """Compare results and gradients with torch's; only ours gets `lengths`."""
    if state is not None:
        state = tuple(each.requires_grad_() for each in leaves(state))
        state = state if len(state) == 2 else state[0]
    more = () if lengths is None else (lengths,)
    for got, wanted in zip(outcome(layer, x, state, *more), outcome(reference, x, state),
                           strict=True):  # fmt: skip
        torch.testing.assert_close(got, wanted, rtol=1e-10, atol=1e-12)
