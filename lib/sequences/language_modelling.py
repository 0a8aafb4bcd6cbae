"""Language models: a long text cut into batches, a loss that carries the state, units.

B: batch size, T: steps of a segment, N: tokens of the text, V: vocabulary size, H:
hidden size.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from lib.training.fit import Loss

State = Tensor | tuple[Tensor, ...]


class Segment(NamedTuple):
    """A batch of pieces of a text, and the tokens that follow each of theirs.

    `is_first` says that the rows do not go on where those of the last batch ended.

    Shapes: inputs (B, T), targets (B, T)
    """

    inputs: Tensor
    targets: Tensor
    is_first: bool


class SequentialBatches:
    """Cuts a text into B long rows, and these into segments of T: row b goes on.

    Each token but the first is a target once. At most B - 1 tokens at the end are left
    out, and the last segment may be shorter. With a `generator` an epoch leaves out up
    to T - 1 tokens at the beginning, another number each time, so that segments differ.

    Shapes: ids (N,) -> inputs (B, T), targets (B, T)
    Raises: ValueError if `ids` is not one row of integers that is longer than
        `batch_size` (with a generator: by more than `seq_len` tokens), or `batch_size`
        or `seq_len` is below 1.
    """

    def __init__(
        self,
        ids: Tensor,
        batch_size: int,
        seq_len: int,
        *,
        generator: Generator | None = None,
    ) -> None:
        margin = 0 if generator is None else seq_len - 1
        _check_text(ids, batch_size, seq_len, batch_size + 1 + margin)
        self.ids, self.batch_size, self.seq_len = ids, batch_size, seq_len
        self.generator = generator

    def __iter__(self) -> Iterator[Segment]:
        ids = self.ids[_offset(self.seq_len, self.generator) :]
        columns = (len(ids) - 1) // self.batch_size
        total = columns * self.batch_size
        inputs = ids[:total].view(self.batch_size, columns)  # (N,) -> (B, columns)
        targets = ids[1 : total + 1].view(self.batch_size, columns)
        for start in range(0, columns, self.seq_len):
            part = slice(start, start + self.seq_len)
            yield Segment(inputs[:, part], targets[:, part], is_first=start == 0)


class RandomBatches:
    """Cuts a text into pieces of T tokens and yields them shuffled, B at a time.

    An epoch begins at a random one of the first T tokens; each piece comes once. The
    last batch may have fewer rows. No row goes on where another ended, so `is_first` is
    always True.

    Shapes: ids (N,) -> inputs (B, T), targets (B, T)
    Raises: ValueError if `ids` is not one row of at least 2T integers, or `batch_size`
        or `seq_len` is below 1.
    """

    def __init__(
        self, ids: Tensor, batch_size: int, seq_len: int, *, generator: Generator
    ) -> None:
        _check_text(ids, batch_size, seq_len, 2 * seq_len)
        self.ids, self.batch_size, self.seq_len = ids, batch_size, seq_len
        self.generator = generator

    def __iter__(self) -> Iterator[Segment]:
        offset = _offset(self.seq_len, self.generator)
        number = (len(self.ids) - 1 - offset) // self.seq_len
        order = torch.randperm(number, generator=self.generator)
        steps = torch.arange(self.seq_len + 1)
        for rows in order.split(self.batch_size):
            starts = offset + self.seq_len * rows
            piece = self.ids[starts[:, None] + steps]  # (B,) -> (B, T + 1)
            yield Segment(piece[:, :-1], piece[:, 1:], is_first=True)


class LanguageModel(nn.Module):
    """Scores for the next token at each step: embedding, recurrent layer, linear layer.

    `recurrent` takes (B, T, D) and a state, and returns outputs (B, T, H) and the next
    state, as `nn.LSTM(D, H, batch_first=True)` does; D is its `input_size`, H its
    `hidden_size`.

    Shapes: ids (B, T), state of `recurrent` or None -> logits (B, T, V), state
    """

    def __init__(self, vocab_size: int, recurrent: nn.Module) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, recurrent.input_size)
        self.recurrent = recurrent
        self.output = nn.Linear(recurrent.hidden_size, vocab_size)

    def forward(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return the logits and the state after the last step."""
        hidden, state = self.recurrent(self.embedding(ids), state)
        return self.output(hidden), state


class NextToken:
    """The objective of a language model: its mean loss in nats for each next token.

    The state that a batch ends in is where the next one begins, without its gradient,
    unless that batch `is_first`. Training and evaluation have a state of their own. The
    model is one that takes (ids, state) and returns (logits, state).

    Raises: ValueError if the first batch that it sees is not marked as first.
    """

    def __init__(self) -> None:
        self._states: dict[bool, State] = {}

    def __call__(self, model: nn.Module, batch: Segment) -> Loss:
        """Return the loss of a batch and keep the state that it ends in."""
        if batch.is_first:
            self._states.pop(model.training, None)
        elif model.training not in self._states:
            raise ValueError("the first batch must have is_first=True, got False")
        logits, state = model(batch.inputs, self._states.get(model.training))
        self._states[model.training] = detach(state)
        loss = F.cross_entropy(logits.flatten(0, 1), batch.targets.flatten())
        return Loss(loss, batch.targets.numel(), logits, batch.targets)


def detach(state: State) -> State:
    """Return a state with its numbers but without its history.

    Shapes: as they come
    """
    if isinstance(state, Tensor):
        return state.detach()
    return tuple(part.detach() for part in state)


def perplexity(nats: float) -> float:
    r"""Return the perplexity for a mean loss in nats.

    $$\mathrm{PPL} = e^{\ell}$$
    """
    return math.exp(nats)


def bits_per_character(total_nats: float, num_characters: int) -> float:
    r"""Return the bits that a model needs for each character of a text.

    $$\mathrm{bpc} = \frac{-\ln p(\text{text})}{C \ln 2}$$

    `total_nats` is the sum of the losses of all tokens, `num_characters` the length C
    of the text, whatever the tokens are.

    Raises: ValueError if `num_characters` is below 1.
    """
    if num_characters < 1:
        raise ValueError(f"num_characters must be at least 1, got {num_characters}")
    return total_nats / (num_characters * math.log(2))


def _offset(seq_len: int, generator: Generator | None) -> int:
    """Draw how many tokens an epoch leaves out at the beginning."""
    if generator is None:
        return 0
    return int(torch.randint(seq_len, (), generator=generator))


def _check_text(ids: Tensor, batch_size: int, seq_len: int, least: int) -> None:
    """Raise unless a text can be cut into batches."""
    if ids.dim() != 1 or ids.is_floating_point():
        raise ValueError(
            f"ids must be one row of integers, got {ids.dtype} {tuple(ids.shape)}"
        )
    for name, value in (("batch_size", batch_size), ("seq_len", seq_len)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    if len(ids) < least:
        raise ValueError(f"ids must hold at least {least} tokens, got {len(ids)}")
