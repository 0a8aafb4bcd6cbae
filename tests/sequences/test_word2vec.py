"""Skip-gram: pairs by hand, losses and gradients against autograd, draws of the right words."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from lib.core.seed import make_generator, seed_everything
from lib.sequences.word2vec import (
    SkipGram,
    SkipGramBatches,
    keep_probabilities,
    negative_sampling_loss,
    noise_probabilities,
    skip_gram_pairs,
)


def vectors(B, K, D, scale=1.0):
    generator = make_generator(B)
    return [
        (scale * torch.randn(shape, generator=generator, dtype=torch.float64)).requires_grad_()
        for shape in ((B, D), (B, D), (B, K, D))
    ]


@pytest.mark.parametrize("B", [1, 2, 7])
def test_value_and_gradients_are_those_of_binary_cross_entropy_and_of_the_formulas(B):
    v, u, noise = inputs = vectors(B, 5, 3)
    loss = negative_sampling_loss(v, u, noise)
    scores = torch.cat([(v * u).sum(1)[:, None], torch.einsum("bkd,bd->bk", noise, v)], 1)
    labels = torch.zeros_like(scores)
    labels[:, 0] = 1
    wanted = F.binary_cross_entropy_with_logits(scores, labels, reduction="none").sum(1)
    torch.testing.assert_close(loss, wanted)
    error = torch.sigmoid(scores).detach() - labels
    by_hand = (
        error[:, :1] * u + (error[:, 1:, None] * noise).sum(1),
        error[:, :1] * v,
        error[:, 1:, None] * v[:, None],
    )
    torch.testing.assert_close(torch.autograd.grad(loss.sum(), inputs), by_hand)


def test_a_hit_counts_as_no_noise_in_value_or_gradient():
    v, u, noise = vectors(2, 3, 5)
    hits = torch.tensor([[False, True, False], [True, True, True]])
    loss = negative_sampling_loss(v, u, noise, hits)
    torch.testing.assert_close(loss[0], negative_sampling_loss(v[:1], u[:1], noise[:1, [0, 2]])[0])
    torch.testing.assert_close(loss[1], -F.logsigmoid((v[1] * u[1]).sum()))
    (grad,) = torch.autograd.grad(loss.sum(), noise)
    assert torch.equal(grad[hits], torch.zeros(4, 5, dtype=torch.float64))


def test_large_products_stay_finite():
    for scale in (0.0, 100.0):
        inputs = vectors(3, 2, 5, scale)
        loss = negative_sampling_loss(*inputs)
        assert loss.isfinite().all()
        assert all(g.isfinite().all() for g in torch.autograd.grad(loss.sum(), inputs))


def test_the_module_reads_its_tables_skips_hits_and_begins_without_an_opinion():
    seed_everything(0)
    model = SkipGram(7, 3).double()
    centres, contexts = torch.tensor([1, 4]), torch.tensor([2, 4])
    noise = torch.tensor([[3, 5], [4, 0]])
    first = model(centres, contexts, noise)
    counted = torch.tensor([3.0, 2.0], dtype=torch.float64)
    torch.testing.assert_close(first, counted * torch.tensor(2.0).double().log())
    assert 0 < model.centre.weight.abs().max() <= 0.5 / 3
    torch.nn.init.normal_(model.context.weight)
    hits = torch.tensor([[False, False], [True, False]])
    tables = model.centre.weight, model.context.weight
    wanted = negative_sampling_loss(tables[0][centres], tables[1][contexts], tables[1][noise], hits)
    torch.testing.assert_close(model(centres, contexts, noise), wanted)


def pairs_by_loop(ids, texts, window, seed):
    reach = torch.randint(1, window + 1, ids.shape, generator=make_generator(seed))
    return sorted(
        (ids[i].item(), ids[j].item())
        for i in range(len(ids))
        for j in range(len(ids))
        if i != j and abs(i - j) <= reach[i] and texts[i] == texts[j]
    )


@given(st.lists(st.integers(0, 4), max_size=4), st.integers(1, 6), st.integers(0, 99))


def test_pairs_are_those_of_two_loops(lengths, window, seed):
    repeats = torch.tensor(lengths, dtype=torch.int64)
    texts = torch.repeat_interleave(torch.arange(len(lengths)), repeats)
    ids = torch.arange(len(texts)) * 10
    centres, contexts = skip_gram_pairs(ids, texts, window, make_generator(seed))
    found = sorted(zip(centres.tolist(), contexts.tolist(), strict=True))
    assert found == pairs_by_loop(ids, texts, window, seed)


def test_a_window_of_nothing_is_refused():
    with pytest.raises(ValueError, match="window must be at least 1, got 0"):
        skip_gram_pairs(torch.arange(3), torch.zeros(3), 0, make_generator(0))


def test_frequent_words_are_kept_less_often_by_the_formula():
    counts = torch.tensor([900.0, 99.0, 1.0])
    kept = keep_probabilities(counts, 0.01)
    assert kept[0] == pytest.approx((0.01 / 0.9) ** 0.5 + 0.01 / 0.9)
    assert kept[2] == 1
    torch.testing.assert_close(kept, keep_probabilities(counts / 10, 0.01))
    with pytest.raises(ValueError, match="threshold must be positive, got 0"):
        keep_probabilities(counts, 0)


def test_noise_is_drawn_by_counts_to_the_power_of_three_quarters():
    counts = torch.tensor([1000.0, 0.0, 100.0, 10.0])
    probabilities = noise_probabilities(counts)
    assert probabilities.sum().item() == pytest.approx(1)
    assert probabilities[0] / probabilities[2] == pytest.approx(10**0.75)
    torch.testing.assert_close(noise_probabilities(counts, 1), counts / counts.sum())
    batches = SkipGramBatches([[0, 2, 3]], counts, num_noise=3)
    drawn = batches.draw_noise(20_000)
    assert drawn.shape == (20_000, 3)
    shares = torch.bincount(drawn.flatten(), minlength=4) / drawn.numel()
    torch.testing.assert_close(shares, probabilities, rtol=0, atol=0.01)
    assert shares[1] == 0


def test_batches_hold_every_pair_of_an_epoch_and_the_next_epoch_draws_anew():
    texts, counts = [[0, 1, 2, 3], [4, 0]], torch.ones(5)
    options = {"window": 1, "threshold": 10.0, "num_noise": 2, "batch_size": 3}
    batches = SkipGramBatches(texts, counts, **options)
    epochs = [list(batches), list(batches)]
    wanted = {(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2), (4, 0), (0, 4)}
    for epoch in epochs:
        assert [len(centres) for centres, _, _ in epoch] == [3, 3, 2]
        assert all(noise.shape == (len(centres), 2) for centres, _, noise in epoch)
        pairs = torch.cat([torch.stack(batch[:2], dim=1) for batch in epoch])
        assert sorted(map(tuple, pairs.tolist())) == sorted(wanted)
    assert not all(torch.equal(a[0], b[0]) for a, b in zip(*epochs, strict=True))
    again = list(SkipGramBatches(texts, counts, **options))
    assert all(torch.equal(a, b) for x, y in zip(epochs[0], again, strict=True)
               for a, b in zip(x, y, strict=True))  # fmt: skip
    for name in ("num_noise", "batch_size"):
        with pytest.raises(ValueError, match="batch_size and num_noise must be at least 1, got"):
            SkipGramBatches(texts, counts, **(options | {name: 0}))


def test_rare_words_survive_the_threshold_and_frequent_ones_do_not():
    counts = torch.tensor([10_000.0, 1.0])
    batches = SkipGramBatches([[0, 1] * 2000], counts, threshold=1e-4, window=1)
    centres, _ = batches.pairs()
    assert (centres == 1).sum() > 20 * (centres == 0).sum()
