"""Recurrent layers and cells; torch's samples of them have no batch axis."""

from torch import Tensor, nn

from lib.sequences.gru import GRU, GRUCell
from lib.sequences.lstm import LSTM, LSTMCell
from lib.sequences.rnn import RNN, RNNCell
from tests.torch_samples.twin import Refusal, Twin

NO_PROJECTION = Refusal(TypeError, "unexpected keyword argument 'proj_size'", "no projection")


def as_batch(tree: object, axis: int) -> object:
    """Give each tensor in nested tuples a batch axis of size 1."""
    if isinstance(tree, Tensor):
        return tree.unsqueeze(axis)
    return tuple(as_batch(each, axis) for each in tree)


def without_batch(tree: object, axis: int) -> object:
    """Take the batch axis from each tensor again."""
    if isinstance(tree, Tensor):
        return tree.squeeze(axis)
    return tuple(without_batch(each, axis) for each in tree)


def one_sequence(ours: type) -> type:
    """Ours take batches, torch's samples are one sequence each, which has no batch first or last.

    A projection of size 0 is none; ours sees any other.
    """
    cell = ours.__name__.endswith("Cell")
    state_axis = 0 if cell else 1  # of a layer's states, the first axis counts layers

    class OneSequence(ours):
        def __init__(self, *args: object, batch_first: bool = True, **options: object) -> None:
            assert batch_first in (True, False)  # alike where there is no batch
            if options.get("proj_size") == 0:
                del options["proj_size"]
            super().__init__(*args, **options)

        def forward(self, x: Tensor, state: object = None) -> object:
            state = None if state is None else as_batch(state, state_axis)
            result = super().forward(x[None], state)
            if cell:
                return without_batch(result, 0)
            output, ends = result
            return output[0], without_batch(ends, state_axis)

    return OneSequence


TWINS = [
    Twin(RNN, nn.RNN, equal=32, adapt=one_sequence),
    Twin(GRU, nn.GRU, equal=16, adapt=one_sequence),
    Twin(LSTM, nn.LSTM, equal=16, adapt=one_sequence, refuses=(NO_PROJECTION,)),
    Twin(RNNCell, nn.RNNCell, equal=3, adapt=one_sequence),
    Twin(GRUCell, nn.GRUCell, equal=2, adapt=one_sequence),
    Twin(LSTMCell, nn.LSTMCell, equal=2, adapt=one_sequence),
]
