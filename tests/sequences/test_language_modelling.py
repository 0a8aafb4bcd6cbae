"""Texts in batches, the objective that carries a state, perplexity and bits."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from lib.core.seed import make_generator, seed_everything
from lib.sequences.language_modelling import (
    LanguageModel,
    NextToken,
    RandomBatches,
    Segment,
    SequentialBatches,
    bits_per_character,
    detach,
    perplexity,
)
from lib.training.fit import evaluate, fit

SIZES = given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 60), st.integers(0, 9))


def text(number):
    return torch.arange(number)


@SIZES
def test_sequential_rows_go_on_and_each_token_is_a_target_once(B, T, more, seed):
    for generator, lost in ((None, 0), (make_generator(seed), T - 1)):
        ids = text(B + T + more)
        batches = list(SequentialBatches(ids, B, T, generator=generator))
        assert [batch.is_first for batch in batches] == [True] + [False] * (len(batches) - 1)
        for batch in batches:
            assert torch.equal(batch.targets, batch.inputs + 1)
            assert batch.inputs.shape[0] == B
        assert {batch.inputs.shape[1] for batch in batches[:-1]} <= {T}
        for one, two in pairwise(batches):
            assert torch.equal(one.targets[:, -1], two.inputs[:, 0])
        seen = torch.cat([batch.targets.flatten() for batch in batches]).sort().values
        assert torch.equal(seen, text(len(seen)) + seen[0])
        assert seen[0] <= 1 + lost
        assert len(ids) - 1 - seen[-1] < B


@SIZES
def test_random_pieces_are_each_there_once(B, T, more, seed):
    ids = text(2 * T + more)
    batches = list(RandomBatches(ids, B, T, generator=make_generator(seed)))
    assert all(batch.is_first for batch in batches)
    assert all(batch.inputs.shape == batch.targets.shape for batch in batches)
    assert {len(batch.inputs) for batch in batches[:-1]} <= {B}
    inputs = torch.cat([batch.inputs for batch in batches])
    assert torch.equal(torch.cat([batch.targets for batch in batches]), inputs + 1)
    seen = inputs.flatten().sort().values
    assert torch.equal(seen, text(len(seen)) + seen[0])
    assert seen[0] < T
    assert len(ids) - 1 - len(seen) - seen[0] < T


def test_another_epoch_begins_elsewhere_and_in_another_order():
    for cut in (SequentialBatches, RandomBatches):
        batches = cut(text(500), 2, 11, generator=make_generator(0))
        one, two = (torch.cat([b.inputs.flatten() for b in batches]) for _ in range(2))
        assert one[0] != two[0]
        again = cut(text(500), 2, 11, generator=make_generator(0))
        assert torch.equal(torch.cat([b.inputs.flatten() for b in again]), one)
    order = [int(batch.inputs[0, 0]) for batch in batches]
    assert order != sorted(order)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: SequentialBatches(torch.zeros(2, 3).long(), 1, 1), r"one row of integers.*\(2, 3\)"),
    (lambda: SequentialBatches(torch.zeros(9), 1, 1), "one row of integers, got torch.float32"),
    (lambda: SequentialBatches(text(9), 0, 1), "batch_size must be at least 1, got 0"),
    (lambda: SequentialBatches(text(9), 1, 0), "seq_len must be at least 1, got 0"),
    (lambda: SequentialBatches(text(5), 5, 1), "at least 6 tokens, got 5"),
    (lambda: SequentialBatches(text(7), 5, 3, generator=make_generator(0)),
     "at least 8 tokens, got 7"),
    (lambda: RandomBatches(text(5), 1, 3, generator=make_generator(0)), "at least 6 tokens, got 5"),
    (lambda: RandomBatches(text(5), 0, 3, generator=make_generator(0)), "batch_size must be"),
    (lambda: bits_per_character(1.0, 0), "num_characters must be at least 1, got 0"),
    (lambda: NextToken()(nn.Identity(), Segment(text(2)[None], text(2)[None], False)),
     "is_first=True, got False"),
])  # fmt: skip
def test_bad_arguments_have_named_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.fixture(params=[nn.RNN, nn.GRU, nn.LSTM])
def model(request):
    seed_everything(1)
    return LanguageModel(7, request.param(3, 5, batch_first=True)).double()


def draw(number, seed=0):
    return torch.randint(7, (number,), generator=make_generator(seed))


def whole_loss(model, ids):
    logits, _ = model(ids[None, :-1])
    return F.cross_entropy(logits[0], ids[1:]).item()


def test_the_models_halves_equal_its_whole(model):
    ids = draw(2 * 13).view(2, 13)
    logits, state = model(ids)
    first, middle = model(ids[:, :5])
    second, last = model(ids[:, 5:], middle)
    assert logits.shape == (2, 13, 7)
    torch.testing.assert_close(torch.cat([first, second], dim=1), logits)
    torch.testing.assert_close(last, state)


def test_evaluation_in_segments_is_that_of_the_whole_text(model):
    ids = draw(38)
    batches = SequentialBatches(ids, 1, 5)
    objective = NextToken()
    for _ in range(2):  # the second pass begins anew
        assert evaluate(model, batches, objective)["loss"] == pytest.approx(whole_loss(model, ids))
    # The control: without the state the loss is another one.
    alone = [batch._replace(is_first=True) for batch in batches]
    assert evaluate(model, alone, objective)["loss"] != pytest.approx(whole_loss(model, ids))


def test_evaluation_does_not_disturb_the_state_of_training(model):
    one, two = list(SequentialBatches(draw(11), 1, 5))
    plain, disturbed = NextToken(), NextToken()
    plain(model, one), disturbed(model, one)
    evaluate(model, SequentialBatches(draw(30, seed=1), 2, 4), disturbed)
    assert disturbed(model, two).value == plain(model, two).value


def test_a_batch_gets_gradients_from_its_own_steps_alone(model):
    one, two = list(SequentialBatches(draw(11), 1, 5))
    objective = NextToken()
    objective(model, one)
    loss = objective(model, two)
    _, state = model(one.inputs)
    logits, _ = model(two.inputs, detach(state))
    wanted = F.cross_entropy(logits[0], two.targets[0])
    parameters = list(model.parameters())
    torch.testing.assert_close(loss.value, wanted)
    assert (loss.count, loss.outputs.shape) == (5, (1, 5, 7))
    for got, want in zip(torch.autograd.grad(loss.value, parameters),
                         torch.autograd.grad(wanted, parameters), strict=True):  # fmt: skip
        torch.testing.assert_close(got, want)


def test_a_short_last_segment_weighs_what_it_holds(model):
    history = fit(model, SequentialBatches(draw(60), 2, 11), NextToken(), num_epochs=3,
                  optimizer=torch.optim.SGD(model.parameters(), lr=0.0))  # fmt: skip
    inputs, targets = draw(60)[:58].view(2, 29), draw(60)[1:59].view(2, 29)
    loss = F.cross_entropy(model(inputs)[0].flatten(0, 1), targets.flatten()).item()
    assert [record["train_loss"] for record in history] == pytest.approx([loss] * 3)


def test_detached_states_keep_their_numbers_and_kind():
    a, b = torch.randn(2, 3, requires_grad=True).unbind()
    assert torch.equal(detach(a), a)
    assert not detach(a).requires_grad
    assert isinstance(detach((a, b)), tuple)
    assert [part.requires_grad for part in detach((a, b))] == [False, False]


def test_perplexity_and_bits_of_a_fair_die():
    assert perplexity(math.log(6)) == pytest.approx(6)
    assert bits_per_character(10 * math.log(8), 10) == pytest.approx(3)
    assert bits_per_character(4 * math.log(8), 12) == pytest.approx(1)
