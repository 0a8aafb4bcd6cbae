"""Greedy and beam search against exhaustive search on small models."""

from itertools import product

import pytest
import torch

from lib.core.seed import make_generator
from lib.sequences.beam_search import beam_search, greedy_search, translate
from lib.sequences.seq2seq import Seq2Seq
from lib.sequences.vocab import Vocab

PAD, UNK, BOS, EOS = range(4)
SIZE, MAX_LEN = 5, 4
LIMITS = {"bos": BOS, "eos": EOS, "max_len": MAX_LEN}


def small_model(seed):
    """Return a model with weights so large that its choices are pronounced."""
    model = Seq2Seq(7, SIZE, 3, 5).double()
    generator = make_generator(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 1.5, generator=generator)
    return model


def states(model, batch_size, seed=0):
    source = torch.randint(7, (batch_size, 6), generator=make_generator(seed))
    return model.start(source, torch.ones_like(source, dtype=torch.bool))


def exhaustive(model, state, length_power):
    """Score every sentence of at most MAX_LEN tokens, one by one; the best first."""
    found = []
    for length in range(1, MAX_LEN + 1):
        for tokens in product(range(SIZE), repeat=length):
            ended = tokens[-1] == EOS
            if EOS in tokens[:-1] or (not ended and length < MAX_LEN):
                continue
            inputs = torch.tensor([[BOS, *tokens[:-1]]])
            logits, _ = model.decoder(inputs, *state)
            steps = logits[0].log_softmax(dim=-1)
            log_prob = steps[torch.arange(length), list(tokens)].sum().item()
            found.append((log_prob / length**length_power, log_prob, tokens))
    return sorted(found, reverse=True)


def strip(tokens, length):
    return tuple(tokens[: int(length)].tolist())


@pytest.mark.parametrize("length_power", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_a_wide_beam_finds_all_sentences_in_order(seed, length_power):
    model = small_model(seed)
    state = states(model, 1)
    width = SIZE**MAX_LEN
    beam = {"beam_width": width, "length_power": length_power}
    found = beam_search(model.step, state, **LIMITS, **beam)
    with torch.no_grad():
        expected = exhaustive(model, state, length_power)
    count = len(expected)
    assert count < width
    assert found.scores[0, count:].isneginf().all()  # there are no more
    rows = zip(found.tokens[0, :count], found.lengths[0], strict=False)
    assert [strip(*row) for row in rows] == [tokens for _, _, tokens in expected]
    scores, log_probs, _ = zip(*expected, strict=True)
    assert found.scores[0, :count].tolist() == pytest.approx(list(scores))
    assert found.log_probs[0, :count].tolist() == pytest.approx(list(log_probs))


@pytest.mark.parametrize("length_power", [0.0, 1.0])
@pytest.mark.parametrize("seed", range(20))
def test_a_beam_of_one_is_greedy(seed, length_power):
    model = small_model(seed)
    state = states(model, 11)
    greedy = greedy_search(model.step, state, **LIMITS)
    beam = {"beam_width": 1, "length_power": length_power}
    found = beam_search(model.step, state, **LIMITS, **beam)
    assert torch.equal(found.tokens[:, 0], greedy)


@pytest.mark.parametrize("seed", range(5))
def test_sentences_do_not_depend_on_the_batch(seed):
    model, beam = small_model(seed), {"beam_width": 3, "length_power": 0.5}
    state = states(model, 7)
    whole = beam_search(model.step, state, **LIMITS, **beam)
    greedy = greedy_search(model.step, state, **LIMITS)
    for i in range(7):
        alone = tuple(part[i : i + 1] for part in state)
        single = beam_search(model.step, alone, **LIMITS, **beam)
        assert torch.allclose(single.scores[0], whole.scores[i])
        for k in range(3):
            rows = [
                (found.tokens[j, k], found.lengths[j, k]) for found, j in ((single, 0), (whole, i))
            ]
            assert strip(*rows[0]) == strip(*rows[1])
        tokens = greedy_search(model.step, alone, **LIMITS)[0]
        assert torch.equal(tokens, greedy[i, : len(tokens)])
        assert (greedy[i, len(tokens) :] == PAD).all()


def test_the_greedy_way_misses_the_best_sentence():
    """After the likelier token 2 come two equal ones; after token 4 a sure end."""
    table = torch.tensor(
        [[0.2] * 5, [0.2] * 5, [0, 0.5, 0, 0.5, 0], [0, 0, 0.6, 0, 0.4], [0, 0, 0, 1, 0]]
    )
    table[0] = torch.tensor([0, 0, 0.6, 0, 0.4])

    def step(tokens, state):
        return table[tokens].log(), state

    state = (torch.zeros(1, 1),)
    limits = {"bos": 0, "eos": 3, "max_len": 2}
    assert greedy_search(step, state, **limits)[0, 0] == 2
    narrow = beam_search(step, state, **limits, beam_width=1)
    wide = beam_search(step, state, **limits, beam_width=2)
    assert narrow.log_probs.exp().item() == pytest.approx(0.3)
    assert wide.tokens[0, 0].tolist() == [4, 3]
    assert wide.log_probs[0].exp().tolist() == pytest.approx([0.4, 0.3])


def test_longer_sentences_win_when_scores_are_means():
    """The end at once: 0.4; two sure tokens after one of probability 0.36, then end."""
    table = torch.tensor([[0, 0.24, 0.36, 0.4], [0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 1.0]])

    def step(tokens, state):
        return table[tokens].log(), state

    state = (torch.zeros(1, 1),)
    beam = {"bos": 0, "eos": 3, "max_len": 5, "beam_width": 4, "pad": 0}
    short = beam_search(step, state, **beam)
    assert strip(short.tokens[0, 0], short.lengths[0, 0]) == (3,)
    long = beam_search(step, state, **beam, length_power=1.0)
    assert strip(long.tokens[0, 0], long.lengths[0, 0]) == (2, 1, 3)
    assert long.scores[0, 0].item() == pytest.approx(torch.tensor(0.36).log() / 3)


def test_the_state_stays_as_it_was():
    model = small_model(0)
    state = states(model, 3)
    before = [part.clone() for part in state]
    beam_search(model.step, state, **LIMITS, beam_width=2)
    greedy_search(model.step, state, **LIMITS)
    assert all(torch.equal(*pair) for pair in zip(before, state, strict=True))


def test_translations_are_words_without_specials():
    vocab = Vocab([["a"]])
    model = Seq2Seq(7, SIZE, 3, 5, dropout=0.5).train()
    pairs = [(torch.tensor([4, 5, 3]), torch.tensor([2, 4, 3]))] * 103
    for options in ({}, {"beam_width": 2}):
        found = translate(model, pairs, vocab, max_len=5, **options)
        assert len(found) == 103
        assert all(tokens == found[0] for tokens in found)  # no dropout
        assert all(token in ("a", "<unk>") for token in found[0])
    assert model.training
    greedy = translate(model, pairs[:1], vocab, max_len=5)
    assert greedy == translate(model, pairs[:1], vocab, max_len=5, beam_width=1)


def test_errors():
    model = small_model(0)
    state = states(model, 2)
    with pytest.raises(ValueError, match="max_len must be at least 1, got 0"):
        greedy_search(model.step, state, bos=BOS, eos=EOS, max_len=0)
    with pytest.raises(ValueError, match="max_len must be at least 1, got 0"):
        beam_search(model.step, state, bos=BOS, eos=EOS, max_len=0, beam_width=1)
    with pytest.raises(ValueError, match="beam_width must be at least 1, got 0"):
        beam_search(model.step, state, **LIMITS, beam_width=0)
