"""What padding with a mask costs beside torch's padding without one."""

from collections.abc import Callable

import torch
from torch import nn

from lib.core.seed import make_generator
from lib.data.padding import pad_sequences

Work = Callable[[], object]


def padding_pair() -> tuple[Work, Work]:
    """Return 64 sequences of up to 200 steps, padded by `pad_sequences` and by torch."""
    generator = make_generator(0)
    lengths = torch.randint(1, 201, (64,), generator=generator).tolist()
    sequences = [torch.randn(length, 32, generator=generator) for length in lengths]

    def ours() -> object:
        return pad_sequences(sequences)

    def plain() -> object:
        return nn.utils.rnn.pad_sequence(sequences, batch_first=True)

    return ours, plain
