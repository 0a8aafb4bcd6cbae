"""Search for a sentence that a model finds likely: the greedy way, or by a beam."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from lib.sequences.translation_data import EncodedPair, sentence, translation_loader
from lib.sequences.vocab import BOS, EOS, Vocab
from lib.training.fit import device_of, preserve_modes

State = tuple[Tensor, ...]
Step = Callable[[Tensor, State], tuple[Tensor, State]]


class Translator(Protocol):
    """A model that begins with `start` and goes on by one token with `step`."""

    def start(self, source: Tensor, source_mask: Tensor) -> State:
        """Return the state that stands for a sentence.

        Shapes: source, source_mask (B, S) -> tensors (B, …)
        """

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Return log-probabilities of the next token, and the next state.

        Shapes: tokens (B,) -> (B, V), state as it came
        """


class Hypotheses(NamedTuple):
    """K sentences for each of B sources, the best first, without "<bos>".

    `lengths` counts the tokens, "<eos>" included; after them stands padding. `scores`
    is the log-probability divided by a power of the length. Sentences that do not exist
    (K is more than there are) have a score of −inf.

    Shapes: tokens (B, K, T) of int64; lengths, log_probs, scores (B, K)
    """

    tokens: Tensor
    lengths: Tensor
    log_probs: Tensor
    scores: Tensor


@torch.no_grad()
def greedy_search(
    step: Step, state: State, *, bos: int, eos: int, max_len: int, pad: int = 0
) -> Tensor:
    """Return the tokens found by taking the most likely one at every step.

    A sentence ends with `eos`, then `pad`, or is cut after `max_len` tokens.

    Shapes: state of (B, …) -> (B, T) of int64, T ≤ max_len
    Raises: ValueError if `max_len` is below 1.
    """
    if max_len < 1:
        raise ValueError(f"max_len must be at least 1, got {max_len}")
    last = torch.full((len(state[0]),), bos, device=state[0].device)  # (B,)
    finished = torch.zeros_like(last, dtype=torch.bool)
    tokens: list[Tensor] = []
    while len(tokens) < max_len and not finished.all():
        log_probs, state = step(last, state)  # (B, V)
        last = log_probs.argmax(dim=-1).masked_fill(finished, pad)
        finished = finished | (last == eos)
        tokens.append(last)
    return torch.stack(tokens, dim=1)  # T of (B,) -> (B, T)


@torch.no_grad()
def beam_search(
    step: Step, state: State, *, bos: int, eos: int, beam_width: int, max_len: int,
    length_power: float = 0.0, pad: int = 0,
) -> Hypotheses:
    """Keep the `beam_width` best beginnings at every step; return all at the end.

    score = log p(tokens) / length^length_power

    A finished sentence stays in the beam as it is and competes with longer ones. After
    `max_len` tokens the others are cut. With `length_power` 0 sentences are compared by
    probability, with 1 by the mean log-probability of a token.

    Shapes: state of (B, …) -> those of `Hypotheses`, K = beam_width, T ≤ max_len
    Raises: ValueError if `beam_width` or `max_len` is below 1.
    Source: Wu et al. (2016), arXiv:1609.08144, section 7, divide by another function of
        the length.
    """
    _check_limits(beam_width=beam_width, max_len=max_len)
    rows = torch.arange(len(state[0]), device=state[0].device).unsqueeze(1)  # (B, 1)
    tokens, log_probs = _beginnings(rows, beam_width, bos)
    lengths, scores = torch.zeros_like(tokens[..., 0]), log_probs
    finished = torch.zeros_like(lengths, dtype=torch.bool)
    state = tuple(part.repeat_interleave(beam_width, dim=0) for part in state)
    while tokens.shape[-1] <= max_len and not finished.all():
        next_log_probs, state = step(tokens[..., -1].flatten(), state)  # (B K, V)
        totals = _extend(log_probs, next_log_probs, finished, pad)  # (B, K, V)
        new_lengths = lengths + ~finished  # (B, K)
        ranks = totals / new_lengths.unsqueeze(-1) ** length_power
        scores, best = ranks.flatten(1).topk(beam_width)  # (B, K V) -> (B, K)
        parent, token = best // totals.shape[-1], best % totals.shape[-1]
        tokens = torch.cat([tokens[rows, parent], token.unsqueeze(-1)], dim=-1)
        log_probs = totals[rows, parent, token]
        lengths = new_lengths[rows, parent]
        finished = finished[rows, parent] | (token == eos)
        kept = (beam_width * rows + parent).flatten()  # (B, K) -> (B K,)
        state = tuple(part[kept] for part in state)
    return Hypotheses(tokens[..., 1:], lengths, log_probs, scores)


def translate(
    model: Translator,
    pairs: Sequence[EncodedPair],
    vocab: Vocab,
    *,
    beam_width: int | None = None,
    length_power: float = 0.0,
    max_len: int = 20,
) -> list[list[str]]:
    """Return the tokens of a translation for the source of each pair, without "<eos>".

    Without `beam_width` the search is greedy. The model works in eval mode, which is
    undone afterwards.

    Raises: as the searches do.
    """
    limits = {"bos": vocab.id(BOS), "eos": vocab.id(EOS), "max_len": max_len}
    found: list[list[str]] = []
    with preserve_modes(model), torch.no_grad():
        model.eval()
        for batch in translation_loader(pairs, 100):
            device = device_of(model)
            source = batch.source.to(device), batch.source_mask.to(device)
            state = model.start(*source)
            if beam_width is None:
                tokens = greedy_search(model.step, state, **limits)
            else:
                beam = {"beam_width": beam_width, "length_power": length_power}
                tokens = beam_search(model.step, state, **limits, **beam).tokens[:, 0]
            found += [sentence(row, vocab).split() for row in tokens]
    return found


def _extend(
    log_probs: Tensor, next_log_probs: Tensor, finished: Tensor, pad: int
) -> Tensor:
    """Add one token to each beginning; a finished one goes on with `pad`, for free.

    Shapes: (B, K), (B K, V), (B, K) -> (B, K, V)
    """
    new = next_log_probs.view(*finished.shape, -1)  # (B K, V) -> (B, K, V)
    only_pad = torch.full_like(new[0, 0], -torch.inf)  # (V,)
    only_pad[pad] = 0.0
    new = torch.where(finished.unsqueeze(-1), only_pad, new)
    return log_probs.unsqueeze(-1) + new


def _check_limits(*, beam_width: int, max_len: int) -> None:
    """Raise ValueError for a limit below 1."""
    for name, value in (("beam_width", beam_width), ("max_len", max_len)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def _beginnings(rows: Tensor, beam_width: int, bos: int) -> tuple[Tensor, Tensor]:
    """Return K times "<bos>" for each row, and log-probabilities: one is real, 0.

    Shapes: rows (B, 1) -> (B, K, 1), (B, K)
    """
    shape = (len(rows), beam_width)
    log_probs = torch.full(shape, -torch.inf, device=rows.device)
    log_probs[:, 0] = 0.0  # the others would be its copies
    return torch.full((*shape, 1), bos, device=rows.device), log_probs
