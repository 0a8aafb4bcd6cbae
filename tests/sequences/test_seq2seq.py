"""The encoder–decoder against packed torch layers; padding changes nothing."""

import pytest
import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence

from lib.core.seed import make_generator, seed_everything
from lib.sequences.beam_search import beam_search, greedy_search
from lib.sequences.seq2seq import Encoder, Seq2Seq, masked_cross_entropy, translation_loss
from lib.sequences.translation_data import TranslationBatch, collate_pairs

SOURCE, TARGET = 11, 13
BOS, EOS = 2, 3


@pytest.fixture
def model():
    seed_everything(0)
    return Seq2Seq(SOURCE, TARGET, 5, 7).double()


def make_batch(lengths, seed=0):
    generator = make_generator(seed)
    pairs = [
        (
            torch.randint(4, SOURCE, (s,), generator=generator),
            torch.randint(4, TARGET, (t + 1,), generator=generator),
        )
        for s, t in lengths
    ]
    return collate_pairs(pairs)


def spoil(batch, extra=0):
    """Put random tokens, of any number, in the padding, and `extra` columns more."""
    generator = make_generator(1)

    def fill(ids, mask, size):
        wide = F.pad(mask, (0, extra))
        noise = torch.randint(size, wide.shape, generator=generator)
        return torch.where(wide, F.pad(ids, (0, extra)), noise), wide

    source, source_mask = fill(batch.source, batch.source_mask, SOURCE)
    inputs, _ = fill(batch.decoder_input, batch.target_mask, TARGET)
    target, target_mask = fill(batch.target, batch.target_mask, TARGET)
    return TranslationBatch(source, source_mask, inputs, target, target_mask)


def gradients(model, batch):
    model.zero_grad()
    loss = translation_loss(model, batch)
    loss.value.backward()
    return loss, [parameter.grad.clone() for parameter in model.parameters()]


@pytest.mark.parametrize("extra", [0, 3])
@pytest.mark.parametrize("lengths", [[(5, 3), (2, 7), (1, 1)], [(4, 6), (5, 2)], [(3, 5)]])
def test_padding_changes_nothing(model, lengths, extra):
    batch = make_batch(lengths)
    other = spoil(batch, extra)
    loss, expected = gradients(model, batch)
    other_loss, found = gradients(model, other)
    assert torch.allclose(loss.value, other_loss.value, rtol=1e-12)
    assert loss.count == other_loss.count == sum(t for _, t in lengths)
    for one, two in zip(expected, found, strict=True):
        assert torch.allclose(one, two, rtol=1e-9, atol=1e-14)
    mask = batch.target_mask
    logits = loss.outputs[mask], other_loss.outputs[:, : mask.shape[1]][mask]
    assert torch.allclose(*logits, rtol=1e-12)
    outputs, state = model.encoder(batch.source, batch.source_mask)
    wide, wide_state = model.encoder(other.source, other.source_mask)
    assert torch.allclose(state, wide_state, rtol=1e-12)
    assert torch.allclose(F.pad(outputs, (0, 0, 0, extra)), wide, rtol=1e-12)
    limits = {"bos": BOS, "eos": EOS, "max_len": 9}
    starts = [model.start(b.source, b.source_mask) for b in (batch, other)]
    assert torch.equal(*(greedy_search(model.step, s, **limits) for s in starts))
    beams = [beam_search(model.step, s, **limits, beam_width=3).tokens for s in starts]
    assert torch.equal(*beams)


@pytest.mark.parametrize("lengths", [[3, 1, 5], [4, 4], [1], [2]])
def test_the_encoder_equals_a_packed_gru(model, lengths):
    source = make_batch([(n, 1) for n in lengths]).source
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    encoder = model.encoder
    outputs, state = encoder(source, mask)
    packed = pack_padded_sequence(
        encoder.embedding(source), torch.tensor(lengths), batch_first=True, enforce_sorted=False
    )
    expected, last = encoder.gru(packed)
    padded, _ = torch.nn.utils.rnn.pad_packed_sequence(expected, batch_first=True)
    assert torch.allclose(outputs, padded)
    assert torch.allclose(state, last[0])
    weights = torch.randn(state.shape, generator=make_generator(2), dtype=torch.float64)
    parameters = list(encoder.parameters())
    ours = torch.autograd.grad((state * weights).sum() + outputs.square().sum(), parameters)
    theirs = torch.autograd.grad((last[0] * weights).sum() + padded.square().sum(), parameters)
    for one, two in zip(ours, theirs, strict=True):
        assert torch.allclose(one, two)


def test_a_step_at_a_time_equals_all_at_once(model):
    batch = make_batch([(5, 6), (2, 6)])
    logits = model(batch.source, batch.source_mask, batch.decoder_input)
    state = model.start(batch.source, batch.source_mask)
    for t, tokens in enumerate(batch.decoder_input.T):
        log_probs, state = model.step(tokens, state)
        assert torch.allclose(log_probs, logits[:, t].log_softmax(dim=-1))


def test_the_decoder_does_not_see_the_future(model):
    batch = make_batch([(5, 6), (2, 6)])
    logits = model(batch.source, batch.source_mask, batch.decoder_input)
    for t in range(1, 6):
        changed = batch.decoder_input.clone()
        changed[:, t:] = 4 + (changed[:, t:] - 3) % (TARGET - 4)
        other = model(batch.source, batch.source_mask, changed)
        assert torch.equal(logits[:, :t], other[:, :t])
        assert not torch.allclose(logits[:, t], other[:, t])


def test_the_source_matters(model):
    batch = make_batch([(5, 6), (5, 6)])
    logits = model(batch.source, batch.source_mask, batch.decoder_input[:1].repeat(2, 1))
    assert not torch.allclose(*logits)


def test_the_loss_equals_torchs_with_ignored_padding():
    generator = make_generator(0)
    logits = torch.randn(2, 5, 3, dtype=torch.float64, generator=generator) * 100
    target = torch.randint(3, (2, 5), generator=generator)
    mask = torch.tensor([[True] * 5, [True] * 2 + [False] * 3])
    ours, theirs = (logits.clone().requires_grad_() for _ in range(2))
    loss = masked_cross_entropy(ours, target, mask)
    ignored = target.masked_fill(~mask, -100).flatten()
    reference = F.cross_entropy(theirs.flatten(0, 1), ignored)
    assert torch.allclose(loss, reference)
    loss.backward()
    reference.backward()
    assert torch.allclose(ours.grad, theirs.grad)
    assert not ours.grad[1, 2:].any()
    single = masked_cross_entropy(logits[:1, :1], target[:1, :1], mask[:1, :1])
    assert torch.allclose(single, -logits[0, 0].log_softmax(0)[target[0, 0]])


def test_two_halves_equal_the_whole(model):
    lengths = [(5, 3), (2, 7), (1, 1), (4, 2), (3, 3)]
    whole = make_batch(lengths)
    halves = [TranslationBatch(*(part[i] for part in whole)) for i in (slice(2), slice(2, 5))]
    losses = [translation_loss(model, half) for half in halves]
    total = sum(loss.value * loss.count for loss in losses) / 16
    assert torch.allclose(translation_loss(model, whole).value, total)


def test_dropout_is_on_in_training_only(model):
    batch = make_batch([(5, 6)])
    dropped = Seq2Seq(SOURCE, TARGET, 5, 7, dropout=0.5).double()
    dropped.load_state_dict(model.state_dict())
    expected = translation_loss(model, batch).value
    assert torch.equal(translation_loss(dropped.eval(), batch).value, expected)
    assert not torch.allclose(translation_loss(dropped.train(), batch).value, expected)


def test_errors():
    encoder, source = Encoder(11, 3, 5), torch.ones(2, 3, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"shape of source, got \(2, 2\) and \(2, 3\)"):
        encoder(source, torch.ones(2, 2, dtype=torch.bool))
    for row in ([False] * 3, [False, True, True], [True, False, True]):
        with pytest.raises(ValueError, match="True for real tokens, at least one, then"):
            encoder(source, torch.tensor([[True] * 3, row]))
    logits, target = torch.zeros(1, 2, 3), torch.zeros(1, 2, dtype=torch.int64)
    with pytest.raises(TypeError, match=r"mask must be boolean, got torch\.float32"):
        masked_cross_entropy(logits, target, torch.ones(1, 2))
    with pytest.raises(ValueError, match="at least one token, got none"):
        masked_cross_entropy(logits, target, torch.zeros(1, 2, dtype=torch.bool))
