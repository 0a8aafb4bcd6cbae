"""Digits shifted, turned and zoomed at random while LeNet or its rival trains."""

from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lib.cnn.lenet_runs import LONG_EPOCHS, RATES, make_lenet_run
from lib.training.run_grid import RunGrid


class RandomTurn(nn.Module):
    r"""In training, turn and zoom each picture at random; in evaluation do nothing.

    Pixel $p$, seen from the middle, gets what stands at $s R p$, with $R$ a turn by up
    to `degrees` and $s$ between 1 − `zoom` and 1 + `zoom`, between the pixels by
    bilinear interpolation; outside by the nearest pixel of the border.

    Shapes: (B, C, H, W) -> (B, C, H, W) with H = W
    """

    def __init__(self, degrees: float = 15.0, zoom: float = 0.1) -> None:
        super().__init__()
        self.degrees, self.zoom = degrees, zoom

    def forward(self, x: Tensor) -> Tensor:
        """Return the pictures, in training each turned and zoomed in its own way."""
        if not self.training:
            return x
        turn, zoom = 2 * torch.rand(2, len(x), device=x.device) - 1  # (2, B)
        angle, scale = torch.deg2rad(self.degrees * turn), 1 + self.zoom * zoom
        across, down = scale * angle.cos(), scale * angle.sin()
        matrix = torch.stack([across, -down, down, across], dim=1).view(-1, 2, 2)
        matrix = F.pad(matrix, [0, 1])  # (B, 2, 2) -> (B, 2, 3), no shift
        grid = F.affine_grid(matrix, list(x.shape), align_corners=False)
        return F.grid_sample(x, grid, padding_mode="border", align_corners=False)


def make_turned_training(
    network: str, lr: float, seed: int, max_shift: int = 2, turned: bool = True
) -> dict[str, object]:
    """Return what `fit` needs for 24 epochs of digits, shifted, turned and zoomed."""
    setup = make_lenet_run(network, lr, seed, max_shift=max_shift)
    if turned:
        setup["model"] = nn.Sequential(RandomTurn(), setup["model"])
    return setup


ARMS = (("ReLU, max", 2, True), ("MLP", 2, True), ("MLP", 0, False))
SETTINGS = [
    {"network": name, "lr": lr, "seed": seed, "max_shift": shift, "turned": turned}
    for name, shift, turned in ARMS
    for lr, seed in product(RATES[name], range(3))
]
GRID = RunGrid(make_turned_training, SETTINGS, num_epochs=LONG_EPOCHS, rtol=0.05)
