"""Three small parts as chapters to come may write them, to try the comparison itself."""

from itertools import product

import torch
from torch import nn

from tests.torch_samples.adapt import as_module
from tests.torch_samples.twin import Refusal, Twin


class LSTM(nn.Module):
    """A stacked LSTM over one sequence. Raises: ValueError for proj_size."""

    def __init__(self, input_size, hidden_size, num_layers=1, bias=True, batch_first=False,
                 bidirectional=False, proj_size=0):  # fmt: skip
        super().__init__()
        if proj_size:
            raise ValueError(f"proj_size must be 0, got {proj_size}")
        self.hidden_size, self.ways = hidden_size, ("", "_reverse")[: 1 + bidirectional]
        self.num_layers = num_layers
        for layer, way in product(range(num_layers), self.ways):
            size = hidden_size * len(self.ways) if layer else input_size
            shapes = {"weight_ih": (size,), "weight_hh": (hidden_size,)}
            shapes |= {"bias_ih": (), "bias_hh": ()} if bias else {}
            for name, columns in shapes.items():
                weight = nn.Parameter(torch.empty(4 * hidden_size, *columns))
                self.register_parameter(f"{name}_l{layer}{way}", weight)

    def forward(self, x, state=None):
        rows = self.num_layers * len(self.ways)
        h, c = state or (x.new_zeros(rows, self.hidden_size),) * 2
        last = []
        for layer in range(self.num_layers):
            outputs = []
            for way in self.ways:
                steps = x.flip(0) if way else x
                out, *end = self.run(steps, h[len(last)], c[len(last)], f"_l{layer}{way}")
                outputs.append(out.flip(0) if way else out)
                last.append(end)
            x = torch.cat(outputs, dim=-1)
        return x, tuple(torch.stack(ends) for ends in zip(*last, strict=True))

    def run(self, x, h, c, name):
        """Go through the sequence once, in one layer and one direction."""
        from_x, from_h = (getattr(self, f"weight_{which}{name}") for which in ("ih", "hh"))
        bias = sum(getattr(self, f"bias_{which}{name}", 0) for which in ("ih", "hh"))
        out = []
        for step in x:
            i, f, g, o = (from_x @ step + from_h @ h + bias).chunk(4)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            out.append(h)
        return torch.stack(out), h, c


def cross_entropy(logits, target, weight=None, ignore_index=-100, reduction="mean"):
    """Return -w log softmax at the target. Raises: TypeError for a target of probabilities."""
    if target.is_floating_point():
        raise TypeError(f"target must hold classes, got {target.dtype}")
    axis = 1 if logits.dim() > 1 else 0
    weight = logits.new_ones(logits.shape[axis]) if weight is None else weight
    logs = logits.log_softmax(axis).movedim(axis, -1)  # (B, C, ...) -> (B, ..., C)
    kept = target != ignore_index
    weights = weight[target[kept]]
    loss = -logs[kept].gather(-1, target[kept].unsqueeze(-1)).squeeze(-1) * weights
    if reduction == "none":
        return logits.new_zeros(target.shape).masked_scatter(kept, loss)
    return loss.sum() / weights.sum() if reduction == "mean" else loss.sum()


class SGD:
    """Gradient descent with momentum; nesterov has no argument."""

    def __init__(self, parameters, lr=1e-3, momentum=0, dampening=0, weight_decay=0,
                 maximize=False):  # fmt: skip
        self.parameters, self.lr, self.momentum, self.keep = parameters, lr, momentum, 1 - dampening
        self.weight_decay, self.sign, self.velocity = weight_decay, -1 if maximize else 1, {}

    @torch.no_grad()
    def step(self):
        for p in self.parameters:
            gradient = self.sign * p.grad + self.weight_decay * p
            if p in self.velocity:
                gradient = self.momentum * self.velocity[p] + self.keep * gradient
            self.velocity[p] = gradient
            p -= self.lr * gradient


NO_PROJECTION = Refusal(ValueError, "proj_size must be 0, got 2", "no projection")
CLASSES = Refusal(TypeError, "target must hold classes, got torch.float64", "no probabilities")
NO_SMOOTHING = Refusal(TypeError, "unexpected keyword argument 'label_smoothing'", "no smoothing")
NO_NESTEROV = Refusal(TypeError, "unexpected keyword argument 'nesterov'", "no nesterov")

TWINS = [
    Twin(LSTM, nn.LSTM, equal=16, refuses=(NO_PROJECTION,)),
    Twin(cross_entropy, nn.CrossEntropyLoss, equal=39, refuses=(CLASSES, NO_SMOOTHING),
         adapt=as_module),
    Twin(cross_entropy, nn.functional.cross_entropy, equal=11, refuses=(CLASSES,)),
    Twin(SGD, torch.optim.SGD, equal=8, refuses=(NO_NESTEROV,)),
]  # fmt: skip


class ForgetsTheCell(LSTM):
    """Starts from a cell state of zeros, whatever it is given."""

    def run(self, x, h, c, name):
        return super().run(x, h, torch.zeros_like(c), name)


class CutsTheGradient(LSTM):
    """Gives right values, but no gradient for the input."""

    def forward(self, x, state=None):
        return super().forward(x.detach(), state)


def mean_of_rows(logits, target, weight=None, **options):
    """Divides by the number of targets, where torch divides by the sum of their weights."""
    loss = cross_entropy(logits, target, weight, **(options | {"reduction": "none"}))
    reduce = {"mean": torch.mean, "sum": torch.sum, "none": torch.clone}
    return reduce[options.get("reduction", "mean")](loss)


class DampsTheFirstStep(SGD):
    """Starts the velocity at zero, where torch starts it at the first gradient."""

    def __init__(self, parameters, **options):
        super().__init__(parameters, **options)
        self.velocity = {p: torch.zeros_like(p) for p in parameters}


NOTICED = {
    ForgetsTheCell: "sample 1: training=True: result[0]",
    CutsTheGradient: "sample 0: training=True: gradient of input[0][0]",
    mean_of_rows: "sample 14: result",
    DampsTheFirstStep: "sample 6 dampening: parameter (5, 3) after step 1",
}
BROKEN = [
    Twin(ForgetsTheCell, nn.LSTM, equal=0, refuses=(NO_PROJECTION,)),
    Twin(CutsTheGradient, nn.LSTM, equal=0, refuses=(NO_PROJECTION,)),
    Twin(mean_of_rows, nn.functional.cross_entropy, equal=0, refuses=(CLASSES,)),
    Twin(DampsTheFirstStep, torch.optim.SGD, equal=0, refuses=(NO_NESTEROV,)),
]
