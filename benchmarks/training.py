"""What `lib.training` costs on top of the same work written out."""

from collections.abc import Callable

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lib.core.seed import make_generator
from lib.data.digits import load_digits
from lib.training.adam import Adam, AdamW
from lib.training.fit import fit, supervised
from lib.training.metrics import Accuracy
from lib.training.optimizers import SGD, Adagrad, RMSprop

Work = Callable[[], object]


def fit_pair() -> tuple[Work, Work]:
    """Return one epoch by `fit` and by a loop written out, both on the training digits."""
    images, labels = load_digits("train", flatten=True)
    loader = DataLoader(TensorDataset(images, labels), batch_size=64)
    loss_fn = nn.functional.cross_entropy

    def start() -> tuple[nn.Module, torch.optim.Optimizer]:
        model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
        return model, torch.optim.SGD(model.parameters(), lr=0.01)

    def ours() -> object:
        model, optimizer = start()
        return fit(model, loader, supervised(loss_fn), optimizer=optimizer, num_epochs=1)

    def plain() -> object:
        model, optimizer = start()
        total = 0.0
        for inputs, targets in loader:
            loss = loss_fn(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(targets)
        return total / len(labels)

    return ours, plain


def accuracy_pair() -> tuple[Work, Work]:
    """Return the accuracy over 100 batches by `Accuracy` and by a mean of comparisons."""
    generator = make_generator(0)
    batches = [
        (torch.randn(64, 10, generator=generator), torch.randint(10, (64,), generator=generator))
        for _ in range(100)
    ]

    def ours() -> object:
        accuracy = Accuracy()
        for logits, targets in batches:
            accuracy.update(logits, targets)
        return accuracy.compute()

    def plain() -> object:
        means = [(logits.argmax(1) == targets).float().mean() for logits, targets in batches]
        return torch.stack(means).mean().item()

    return ours, plain


OPTIMIZERS = {
    "SGD": (SGD, torch.optim.SGD, {"momentum": 0.9}),
    "Adagrad": (Adagrad, torch.optim.Adagrad, {}),
    "RMSprop": (RMSprop, torch.optim.RMSprop, {}),
    "Adam": (Adam, torch.optim.Adam, {}),
    "AdamW": (AdamW, torch.optim.AdamW, {}),
}


def optimizer_pair(name: str, *, foreach: bool) -> tuple[Work, Work]:
    """Return 20 steps on the sixteen parameters of a network, by ours and by torch's."""
    generator = make_generator(0)
    shapes = [(784, 128), (128,)] + 7 * [(128, 128), (128,)]
    gradients = [torch.randn(shape, generator=generator) for shape in shapes]
    ours, theirs, options = OPTIMIZERS[name]

    def steps(optimizer_class: type, extra: dict[str, object]) -> Work:
        parameters = [nn.Parameter(torch.zeros(shape)) for shape in shapes]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        optimizer = optimizer_class(parameters, lr=1e-3, weight_decay=0.01, **options | extra)
        return lambda: [optimizer.step() for _ in range(20)]

    return steps(ours, {}), steps(theirs, {"foreach": foreach})
