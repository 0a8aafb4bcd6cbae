"""Classifiers of sentences that see no padding, in value and gradient."""

import pytest
import torch
from torch import nn

from lib.core.seed import make_generator, seed_everything
from lib.data.padding import Padded, pad_sequences
from lib.data.word_vectors import load_glove
from lib.sequences.sentence_classifier import SentenceClassifier, use_glove

KINDS = [
    {"kind": "mean"},
    {"kind": "RNN"},
    {"kind": "GRU", "num_layers": 2},
    {"kind": "LSTM", "bidirectional": True},
    {"kind": "GRU", "num_layers": 2, "bidirectional": True},
]


def classifier(options, dtype=torch.float64):
    seed_everything(0)
    model = SentenceClassifier(vocab_size=13, embedding_dim=5, hidden_size=3, num_classes=7,
                               **options)  # fmt: skip
    return model.to(dtype).eval()


def sentences(*lengths):
    generator = make_generator(1)
    return [torch.randint(1, 13, (length,), generator=generator) for length in lengths]


@pytest.mark.parametrize("options", KINDS)
def test_a_sentence_alone_has_the_logits_and_gradients_that_it_has_beside_longer_ones(options):
    model, texts = classifier(options), sentences(2, 11, 1, 5)
    together = model(pad_sequences(texts))
    alone = torch.cat([model(pad_sequences([text])) for text in texts])
    assert together.shape == (4, 7)
    torch.testing.assert_close(together, alone)
    weights = list(model.parameters())
    torch.testing.assert_close(torch.autograd.grad(together.cos().sum(), weights),
                               torch.autograd.grad(alone.cos().sum(), weights))


@pytest.mark.parametrize("options", KINDS)
def test_what_stands_in_the_padding_changes_nothing(options):
    model, batch = classifier(options), pad_sequences(sentences(3, 7))
    other = Padded(torch.where(batch.mask, batch.values, 5), batch.mask)
    torch.testing.assert_close(model(batch), model(other), rtol=0, atol=0)


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
def test_the_states_are_those_of_the_last_layer_after_the_last_token(kind, num_layers):
    model = classifier({"kind": kind, "bidirectional": True, "num_layers": num_layers})
    (text,) = sentences(6)
    outputs, _ = model.layers(model.embedding(text)[None])
    last = torch.cat([outputs[0, -1, :3], outputs[0, 0, 3:]])
    torch.testing.assert_close(model(pad_sequences([text]))[0], model.output(last))


def test_the_mean_of_embeddings_by_hand_and_dropout_in_training_alone():
    model = classifier({"kind": "mean"})
    text = torch.tensor([3, 4, 4])
    rows = model.embedding.weight
    wanted = model.output((rows[3] + 2 * rows[4]) / 3)
    batch = pad_sequences([text])
    torch.testing.assert_close(model(batch)[0], wanted)
    model.train()
    assert not torch.equal(model(batch), model(batch))


def test_other_kinds_and_layers_of_a_mean_are_refused():
    with pytest.raises(ValueError, match="kind must be one of mean, RNN, GRU, LSTM, got 'CNN'"):
        SentenceClassifier("CNN", 3)
    for options in ({"num_layers": 2}, {"bidirectional": True}):
        with pytest.raises(ValueError, match="a mean has neither layers nor directions"):
            SentenceClassifier("mean", 3, **options)


def test_glove_fills_the_rows_that_it_has_and_freezes_them_if_asked():
    tokens = ["<pad>", "good", "nosuchword", "film"]
    embedding = nn.Embedding(4, 100)
    before = embedding.weight.detach().clone()
    assert use_glove(embedding, tokens) == 2
    words, vectors = load_glove()
    for row in (1, 3):
        assert torch.equal(embedding.weight[row], vectors[words.index(tokens[row])])
    assert torch.equal(embedding.weight[[0, 2]], before[[0, 2]])
    assert embedding.weight.requires_grad
    use_glove(embedding, tokens, frozen=True)
    assert not embedding.weight.requires_grad
    wanted = r"the weight must have shape \(3, 100\), got \(4, 100\)"
    with pytest.raises(ValueError, match=wanted):
        use_glove(embedding, tokens[:3])
