"""Checks of the exercises in training/training_loop."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lib.book.checks import Check, NotWritten, returns

Batches = list[tuple[Tensor, Tensor]]


class Recorder(nn.Module):
    """A linear model that notes the mode and the gradient switch of each forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.seen: list[tuple[bool, bool]] = []

    def forward(self, inputs: Tensor) -> Tensor:
        """Shapes: inputs (B, 3) -> (B, 2)."""
        self.seen.append((self.training, torch.is_grad_enabled()))
        return self.linear(inputs)


def _batches(sizes: tuple[int, ...] = (4, 4, 1)) -> Batches:
    generator = torch.Generator().manual_seed(7)
    return [
        (torch.randn(size, 3, generator=generator), torch.arange(size) % 2) for size in sizes
    ]


def _expected_epoch(model: Recorder, batches: Batches) -> tuple[float, Tensor]:
    """Return the mean loss over the examples and the weight after one epoch of SGD, lr 0.5."""
    weight = model.linear.weight.detach().clone().requires_grad_()
    bias = model.linear.bias.detach().clone().requires_grad_()
    total, count = 0.0, 0
    for inputs, targets in batches:
        loss = F.cross_entropy(F.linear(inputs, weight, bias), targets)
        gradients = torch.autograd.grad(loss, (weight, bias))
        with torch.no_grad():
            weight -= 0.5 * gradients[0]
            bias -= 0.5 * gradients[1]
        total, count = total + loss.item() * len(targets), count + len(targets)
    return total / count, weight.detach()


def _trains(sizes: tuple[int, ...], eval_first: bool) -> Callable[[Callable], str | None]:
    """Build the test that one epoch ends in the right weights, mode and mean loss."""

    def test(candidate: Callable) -> str | None:
        model, batches = Recorder(), _batches(sizes)
        wanted_loss, wanted_weight = _expected_epoch(model, batches)
        if eval_first:
            model.eval()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        loss = candidate(model, batches, nn.CrossEntropyLoss(), optimizer)
        if loss is Ellipsis:
            raise NotWritten
        if not all(training for training, _ in model.seen):
            return "The model was used in eval mode: call model.train() first."
        if len(model.seen) != len(sizes):
            return f"{len(sizes)} batches, but the model was called {len(model.seen)} times."
        if not torch.allclose(model.linear.weight, wanted_weight, atol=1e-5):
            return "The weights differ: zero_grad, backward and step, once for each batch."
        if not isinstance(loss, float):
            return f"Return a float, not {type(loss).__name__}: a tensor would keep the graph."
        if abs(loss - wanted_loss) > 1e-5:
            return f"wanted the mean loss {wanted_loss:.4f}, got {loss:.4f}: weigh by batch size."
        return None

    return test


def _measures(training: bool) -> Callable[[Callable], str | None]:
    """Build the test that the accuracy is right and that measuring left no trace."""

    def test(candidate: Callable) -> str | None:
        model, batches = Recorder().train(training), _batches((4, 4, 1))
        with torch.no_grad():
            hits = [(model.linear(x).argmax(1) == y).sum().item() for x, y in batches]
        result = candidate(model, batches)
        if result is Ellipsis:
            raise NotWritten
        if any(mode for mode, _ in model.seen):
            return "The model was used in train mode: call model.eval() first."
        if any(gradients for _, gradients in model.seen):
            return "A graph was built: put the forward pass under torch.no_grad()."
        if model.training is not training:
            return f"The model came with training={training} and must leave so."
        if not isinstance(result, float) or abs(result - sum(hits) / 9) > 1e-6:
            return f"wanted {sum(hits) / 9:.4f}, got {result}: add up hits and counts, divide once."
        return None

    return test


def _stops(patience: int, losses: list[float], wanted: list[bool]) -> Callable[..., str | None]:
    """Build the test that the callback answers as wanted after each epoch."""

    def test(candidate: Callable) -> str | None:
        callback = candidate(patience)
        if callback is Ellipsis:
            raise NotWritten
        if not callable(callback):
            return f"early_stopping must return a function of the history, got {callback!r}"
        for end in range(1, len(losses) + 1):
            history = [{"epoch": i + 1, "val_loss": x} for i, x in enumerate(losses[:end])]
            answer = bool(callback(history))
            if answer is not wanted[end - 1]:
                return (
                    f"patience {patience}, losses {losses[:end]}: "
                    f"wanted {wanted[end - 1]}, got {answer}"
                )
        return None

    return test


CHECKS: dict[str, tuple[Check, ...]] = {
    "one_epoch": (
        Check("equal batches", _trains((4, 4), False)),
        Check("a short last batch", _trains((4, 4, 1), False)),
        Check("a model that comes in eval mode", _trains((4, 3), True)),
    ),
    "share_right": (
        Check("a model in train mode", _measures(True)),
        Check("a model in eval mode", _measures(False)),
    ),
    "early_stopping": (
        Check("a steady fall", _stops(2, [3.0, 2.0, 1.0], [False] * 3)),
        Check("a rise", _stops(2, [1.0, 2.0, 3.0], [False, False, True])),
        Check(
            "a new best starts the count again",
            _stops(2, [3.0, 4.0, 2.0, 3.0, 3.0], [False, False, False, False, True]),
        ),
        Check("a tie", _stops(1, [1.0, 1.0], [False, True])),
    ),
    "epochs_left": (
        returns("a fresh run", lambda: ([], 3), [1, 2, 3], hint="All three, counted from 1."),
        returns(
            "two of four done",
            lambda: ([{"epoch": 1}, {"epoch": 2}], 4),
            [3, 4],
            hint="Epoch 2 is completed and must not be repeated.",
        ),
        returns("all done", lambda: ([{"epoch": 1}, {"epoch": 2}], 2), [], hint="Nothing is left."),
    ),
}
