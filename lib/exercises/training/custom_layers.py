"""Exercises of training/custom_layers."""

import torch
from torch import nn

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def not_saved(model):
    saved = model.state_dict()
    return [name for name, _ in model.named_buffers() if name not in saved]


def _with_buffers(kinds: str, depth: int) -> nn.Module:
    """Build a model whose letters say which buffers it has: saved or not."""
    model = nn.ReLU()
    for index, letter in enumerate(kinds):
        model.register_buffer(f"b{index}", torch.ones(2), persistent=letter == "s")
    model.plain = torch.ones(2)
    for _ in range(depth):
        model = nn.Sequential(nn.BatchNorm1d(2), model)
        model.register_buffer("top", torch.ones(1), persistent=False)
    return model


def _not_saved(answer, kinds, depth):
    return answer(_with_buffers(kinds, depth))


def make_channel_scale(num_channels):
    class ChannelScale(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(num_channels))
            self.shift = nn.Parameter(torch.zeros(num_channels))

        def forward(self, x):
            scale, shift = (p[:, None, None] for p in (self.scale, self.shift))
            return x * scale + shift

    return ChannelScale()


def _images(r: Draw) -> tuple:
    batch_size, channels, height, width = r.sizes(4, least=1, most=5)
    if r.choice(True, False):
        width = channels
    near = {"scale": 1.0, "offset": 0.0, "ties": False}
    shape = batch_size, channels, height, width
    return r.tensor(*shape, **near), *(r.tensor(channels, **near) for _ in range(2))


def _scaled(answer, x, scale, shift):
    layer = answer(x.shape[1])
    seen = {"output at the start": layer(x).detach(),
            "names": sorted(name for name, _ in layer.named_parameters())}  # fmt: skip
    layer.load_state_dict({"scale": scale, "shift": shift}, strict=False)
    y = layer(x)
    seen |= {"a graph": y.requires_grad, "output": y.detach()}
    if y.requires_grad:
        y.square().sum().backward()
        seen["gradients"] = [layer.scale.grad, layer.shift.grad]
    return seen


def make_running_mean(num_features, momentum):
    class RunningMean(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("mean", torch.zeros(num_features))

        def forward(self, x):
            if self.training:
                with torch.no_grad():
                    self.mean.lerp_(x.mean(dim=0), momentum)
            return x - self.mean

    return RunningMean()


def _batches(r: Draw) -> tuple:
    D = r.size(least=1, most=4)
    sizes = [r.int(1, 5) for _ in range(r.int(1, 3))]
    near = {"scale": 1.0, "offset": 3.0, "ties": False}
    return [r.tensor(n, D, **near) for n in sizes], r.choice(0.1, 0.5, 0.9)


def _ran(answer, batches, momentum):
    layer = answer(batches[0].shape[1], momentum)
    leaf = batches[0].clone().requires_grad_()
    seen = {"training": [layer(x.clone()) for x in batches]}
    layer.eval()
    seen |= {"evaluation": [layer(x.clone()) for x in batches]}
    seen |= {"state": dict(layer.state_dict()),
             "buffers": [name for name, _ in layer.named_buffers()],
             "parameters": len(list(layer.parameters()))}  # fmt: skip
    layer.train()
    layer(leaf).square().sum().backward()
    return seen | {"gradient of x": leaf.grad}


MOVE = "self.mean.lerp_(x.mean(dim=0), momentum) -> "

EXERCISES = {
    "not_saved": Exercise(
        reference=not_saved,
        cases=lambda r: ("".join(r.choice("s", "n") for _ in range(r.int(0, 4))),
                         r.int(0, 2)),
        fixed=lambda: [("sn", 0), ("ns", 1), ("", 2)],
        use=_not_saved,
        contract=Contract(exact=True),
        mistakes={
            "These are all buffers, the saved ones among them.":
                " if name not in saved -> ",
            "These are the buffers that are saved.": "not in saved -> in saved",
            "Parameters are no buffers.": "named_buffers -> named_parameters",
            "Modules below the model have buffers, too.":
                "named_buffers() -> named_buffers(recurse=False)",
            "The state dict's keys are whole paths, not the last part of the name.":
                "name not in saved -> name.rpartition('.')[2] not in saved",
            "The whole path is wanted.": "[name for -> [name.rpartition('.')[2] for",
            "The names are wanted, not the tensors.":
                "[name for name, _ in -> [value for name, value in",
            "The order is that of the model.":
                "[name for name, _ in model.named_buffers() if name not in saved] -> "
                "sorted([n for n, _ in model.named_buffers() if n not in saved],"
                " reverse=True)",
        },
    ),
    "make_channel_scale": Exercise(
        reference=make_channel_scale,
        cases=_images,
        use=_scaled,
        rtol=1e-4,
        mistakes={
            "Without axes for height and width, the scale meets the last axis.":
                "p[:, None, None] -> (p if x.shape[3] == len(p) else p[:, None, None])",
            "A plain tensor is no parameter: nothing trains or loads it.":
                "nn.Parameter(torch.ones(num_channels)) -> torch.ones(num_channels)",
            "The shift is a parameter, too.":
                "nn.Parameter(torch.zeros(num_channels)) -> torch.zeros(num_channels)",
            ".data cuts the parameter out of the graph.": "(p[:, -> (p.data[:,",
            "At the start the layer should change nothing: a scale of 1.":
                "torch.ones -> torch.zeros",
            "At the start the layer should change nothing: a shift of 0.":
                "torch.zeros -> torch.ones",
            "The shift is added after the scaling.":
                "x * scale + shift -> (x + shift) * scale",
            "One number per channel, not one for all.":
                "nn.Parameter(torch.ones(num_channels)) -> nn.Parameter(torch.ones(1))",
            "Nothing can be registered before super().__init__() ran.":
                "super().__init__() -> pass",
        },
    ),
    "make_running_mean": Exercise(
        reference=make_running_mean,
        cases=_batches,
        use=_ran,
        rtol=1e-4,
        mistakes={
            "The mean moves in evaluation, too: a prediction depends on earlier ones.":
                "if self.training -> if True",
            "The mean never moves in training.": "if self.training -> if False",
            "The mean moves in evaluation and not in training.":
                "self.training -> not self.training",
            "The plain tensor is not in the state dict: it will not be saved.":
                'self.register_buffer("mean", torch.zeros(num_features)) -> '
                "self.mean = torch.zeros(num_features)",
            "The buffer is registered, but as one that is not saved.":
                "torch.zeros(num_features)) -> "
                "torch.zeros(num_features), persistent=False)",
            "A parameter is trained by the optimizer; a statistic is not.":
                'self.register_buffer("mean", torch.zeros(num_features)) -> '
                "self.mean = nn.Parameter(torch.zeros(num_features))",
            "The share of the new batch is momentum, not what is left.":
                MOVE + "self.mean.lerp_(x.mean(dim=0), 1 - momentum)",
            "The mean forgets all earlier batches.":
                MOVE + "self.mean.copy_(x.mean(dim=0))",
            "The sum of the features instead of their mean.":
                "x.mean(dim=0) -> x.sum(dim=0)",
            "The statistics carry a graph; then x gets another gradient.":
                "with torch.no_grad(): -> if True:",
        },
    ),
}
