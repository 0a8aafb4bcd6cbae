"""One toy of each family of models learns with the same `fit`, and its loss is an exact mean."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from lib.core.seed import make_generator
from lib.data.padding import pad_sequences
from lib.training.fit import Loss, fit, supervised
from lib.training.metrics import Accuracy

PAD = 0


class Family(NamedTuple):
    """A model, its batches, its objective; `whole(model)` adds the loss up item by item."""

    model: nn.Module
    loader: object
    objective: object
    whole: object
    goal: float
    num_epochs: int = 20
    lr: float = 0.02
    metrics: object = None


def classifier():
    """Is the sum of the inputs positive? The last batch has one example."""
    inputs = torch.randn(11, 3, generator=make_generator(0))
    targets = (inputs.sum(1) > 0).long()
    model = nn.Linear(3, 2)

    def whole(model):
        losses = [-F.log_softmax(model(x), 0)[y] for x, y in zip(inputs, targets, strict=True)]
        return sum(losses) / 11

    loader = DataLoader(TensorDataset(inputs, targets), 5)
    objective = supervised(nn.CrossEntropyLoss())
    return Family(model, loader, objective, whole, 0.3, 40, metrics={"accuracy": Accuracy()})


def tokens_of(sizes, num_tokens=5):
    generator = make_generator(0)
    return [torch.randint(1, num_tokens, (size,), generator=generator) for size in sizes]


def sequence_labels():
    """Each token's label is the token before it; batches hold unequal numbers of tokens."""
    lines = tokens_of([7, 2, 3, 1, 5])
    pairs = [(line, F.pad(line[:-1], (1, 0), value=1)) for line in lines]

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(5, 8)
            self.rnn = nn.GRU(8, 16, batch_first=True)
            self.output = nn.Linear(16, 5)

        def forward(self, tokens):
            return self.output(self.rnn(self.embedding(tokens))[0])

    def collate(examples):
        lines, labels = zip(*examples, strict=True)
        return {"tokens": pad_sequences(lines, PAD), "labels": pad_sequences(labels, PAD)}

    def objective(model, batch):
        mask = batch["tokens"].mask
        logits = model(batch["tokens"].values)[mask]  # (B, T, C) -> (N, C)
        labels = batch["labels"].values[mask]
        return Loss(F.cross_entropy(logits, labels), mask.sum(), logits, labels)

    def whole(model):
        losses = [F.cross_entropy(model(x[None])[0], y, reduction="sum") for x, y in pairs]
        return sum(losses) / sum(map(len, lines))

    loader = DataLoader(pairs, 2, collate_fn=collate)
    return Family(Tagger(), loader, objective, whole, 0.5, 30, metrics={"accuracy": Accuracy()})


class Copier(nn.Module):
    """An encoder whose last state starts the decoder."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(6, 12)
        self.encoder = nn.GRU(12, 24, batch_first=True)
        self.decoder = nn.GRU(12, 24, batch_first=True)
        self.output = nn.Linear(24, 6)

    def forward(self, source, target_inputs):
        lengths = source.mask.sum(1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(source.values), lengths, batch_first=True, enforce_sorted=False
        )
        _, state = self.encoder(packed)
        return self.output(self.decoder(self.embedding(target_inputs), state)[0])


def encoder_decoder():
    """Say the sequence backwards, with the right token before as input (teacher forcing)."""
    lines = tokens_of([3, 2, 1, 3, 2])
    pairs = [(line, line.flip(0)) for line in lines]

    def collate(examples):
        sources, targets = zip(*examples, strict=True)
        return pad_sequences(sources, PAD), pad_sequences(targets, PAD)

    def shifted(targets):
        return F.pad(targets[:, :-1], (1, 0), value=5)  # 5 begins every sequence

    def objective(model, batch):
        source, (targets, mask) = batch
        logits = model(source, shifted(targets))
        loss = F.cross_entropy(logits.mT, targets, ignore_index=PAD)
        return loss, mask.sum()

    def whole(model):
        total = 0.0
        for source, target in pairs:
            logits = model(pad_sequences([source]), shifted(target[None]))[0]
            total += F.cross_entropy(logits, target, reduction="sum")
        return total / sum(map(len, lines))

    loader = DataLoader(pairs, 2, collate_fn=collate)
    return Family(Copier(), loader, objective, whole, 0.5, 40)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(4, 2), nn.Linear(1, 4)

    def forward(self, inputs, noise):
        mean, log_std = self.encoder(inputs).unbind(1)  # (B, 2) -> (B,), (B,)
        latent = mean + log_std.exp() * noise
        divergence = (mean**2 + (2 * log_std).exp() - 2 * log_std - 1) / 2
        return self.decoder(latent[:, None]), divergence


def variational_autoencoder():
    """Points on a line, blurred; a batch is the bare tensor."""
    points = torch.randn(11, 1, generator=make_generator(0)) * torch.tensor([3.0, -2, 1, 0])

    def losses(model, points):
        noise = points.sum(1).mul(99).sin()  # each point has its own, so that means compare
        outputs, divergence = model(points, noise)
        return (outputs - points).square().sum(1) / 2 + divergence  # minus ELBO, (B,)

    def objective(model, points):
        each = losses(model, points)
        return each.mean(), len(each)

    def whole(model):
        return sum(losses(model, point[None])[0] for point in points) / 11

    return Family(VAE(), DataLoader(points, 5), objective, whole, 5.0, 60)


def diffusion():
    """Predict the noise in a noisy point; the mean is over the numbers, two a point."""
    points = torch.tensor([[2.0, 2.0], [-2.0, 2.0], [0.0, -2.0]]).repeat(4, 1)[:11]
    times = torch.rand(11, 1, generator=make_generator(0))
    noises = torch.randn(11, 2, generator=make_generator(1))
    model = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 2))

    def errors(model, batch):
        point, time, noise = batch
        noisy = (1 - time).sqrt() * point + time.sqrt() * noise
        return model(torch.cat([noisy, time], 1)) - noise

    def objective(model, batch):
        found = errors(model, batch)
        return found.square().mean(), found.numel()

    def whole(model):
        data = zip(points, times, noises, strict=True)
        found = [errors(model, [part[None] for part in example]) for example in data]
        return sum(error.square().sum() for error in found) / 22

    loader = DataLoader(TensorDataset(points, times, noises), 4)
    return Family(model, loader, objective, whole, 0.6, 60)


class Graph(NamedTuple):
    features: Tensor
    adjacency: Tensor
    labels: Tensor
    known: Tensor


def graph():
    """Two graphs of unequal size, few labels known: the mean is over the labelled nodes."""

    def rings(sizes, known):
        blocks = torch.block_diag(*(torch.ones(size, size) for size in sizes))
        labels = torch.repeat_interleave(torch.arange(len(sizes)) % 2, torch.tensor(sizes))
        features = labels[:, None] + torch.randn(len(labels), 2, generator=make_generator(0))
        adjacency = blocks / blocks.sum(1, keepdim=True)
        return Graph(features, adjacency, labels, torch.isin(torch.arange(len(labels)), known))

    graphs = [rings([6, 5, 4], torch.tensor([0, 3, 7, 12])), rings([3, 4], torch.tensor([4]))]
    model = nn.Linear(2, 2)

    def objective(model, graph):
        logits = (graph.adjacency @ model(graph.features))[graph.known]
        labels = graph.labels[graph.known]
        return Loss(F.cross_entropy(logits, labels), len(labels), logits, labels)

    def whole(model):
        total = 0.0
        for graph in graphs:
            logits = graph.adjacency @ model(graph.features)
            for node in graph.known.nonzero()[:, 0]:
                total += F.cross_entropy(logits[node], graph.labels[node])
        return total / 5

    metrics = {"accuracy": Accuracy()}
    return Family(model, graphs, objective, whole, 0.3, 80, lr=0.1, metrics=metrics)


def contrastive():
    """Two noisy views of a point must find each other among the others of their batch."""
    points = torch.randn(11, 4, generator=make_generator(0))
    views = [points + 0.3 * torch.randn(11, 4, generator=make_generator(s)) for s in (1, 2)]
    batches = list(DataLoader(TensorDataset(*views), 4))

    def similarities(model, batch):
        left, right = (F.normalize(model(view)) for view in batch)
        return left @ right.T / 0.1  # (B, D) -> (B, B)

    def objective(model, batch):
        scores = similarities(model, batch)
        return F.cross_entropy(scores, torch.arange(len(scores), device=scores.device)), len(scores)

    def whole(model):
        rows = [
            -F.log_softmax(scores[i], 0)[i]
            for scores in (similarities(model, batch) for batch in batches)
            for i in range(len(scores))
        ]
        return sum(rows) / 11

    return Family(nn.Linear(4, 3), batches, objective, whole, 0.2, 30)


def language_model():
    """A Transformer layer predicts the next character, with a causal mask."""
    text = torch.tensor([ord(c) - ord("a") for c in "abcdabcdabcdabcdab"])
    windows = [text[start : start + 6] for start in (0, 4, 5, 7, 11)]

    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(4, 8)
            self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
            self.output = nn.Linear(8, 4)

        def forward(self, tokens):
            mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1])
            hidden = self.layer(self.embedding(tokens), mask.to(tokens.device), is_causal=True)
            return self.output(hidden)

    def objective(model, windows):
        targets = windows[:, 1:]
        logits = model(windows[:, :-1])
        return F.cross_entropy(logits.mT, targets), targets.numel()

    def whole(model):
        losses = [F.cross_entropy(model(w[None, :-1])[0], w[1:], reduction="sum") for w in windows]
        return sum(losses) / 25

    return Family(Decoder(), DataLoader(windows, 2), objective, whole, 0.3, 30, 0.01)


FAMILIES = (
    *(classifier, sequence_labels, encoder_decoder, variational_autoencoder, diffusion),
    *(graph, contrastive, language_model),
)


@pytest.mark.parametrize("make", FAMILIES, ids=lambda make: make.__name__)
def test_it_learns_and_its_losses_are_means_over_all(make):
    torch.manual_seed(0)
    model, loader, objective, whole, goal, num_epochs, lr, metrics = make()
    still = torch.optim.SGD(model.parameters(), lr=0.0)  # all batches meet the same weights
    (first,) = fit(model, loader, objective, optimizer=still, num_epochs=1)
    with torch.no_grad():
        assert first["train_loss"] == pytest.approx(float(whole(model)), rel=1e-5)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    options = {"num_epochs": num_epochs, "val_loader": loader, "metrics": metrics}
    last = fit(model, loader, objective, optimizer=optimizer, **options)[-1]
    with torch.no_grad():
        assert last["val_loss"] == pytest.approx(float(whole(model)), rel=1e-5)
    assert last["val_loss"] < goal < first["train_loss"]
    assert last.get("val_accuracy", 1.0) > 0.9
