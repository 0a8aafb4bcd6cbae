"""What the course's recurrent layers cost beside torch's, forward and backward."""

from collections.abc import Callable

import torch
from torch import nn

from lib.core.seed import make_generator
from lib.sequences.gru import GRU
from lib.sequences.lstm import LSTM
from lib.sequences.rnn import RNN

Work = Callable[[], object]
LAYERS = {"RNN": (RNN, nn.RNN), "GRU": (GRU, nn.GRU), "LSTM": (LSTM, nn.LSTM)}
BATCH, SEQ_LEN, SIZE = 32, 64, 128  # SIZE: of the input and of the hidden state


def recurrent_pair(name: str) -> tuple[Work, Work]:
    """Return a layer over a batch with all its gradients, ours and torch's."""
    generator = make_generator(0)
    x = torch.randn(BATCH, SEQ_LEN, SIZE, generator=generator, requires_grad=True)
    arriving = torch.randn(BATCH, SEQ_LEN, SIZE, generator=generator)
    ours, theirs = LAYERS[name]
    reference = theirs(SIZE, SIZE, batch_first=True)
    layer = ours(SIZE, SIZE)
    layer.load_state_dict(reference.state_dict())

    def work(module: nn.Module) -> Work:
        inputs = [x, *module.parameters()]
        return lambda: torch.autograd.grad(module(x)[0], inputs, arriving)

    return work(layer), work(reference)
