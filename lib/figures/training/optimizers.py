"""Paths of optimisers on three surfaces over the plane, and a drawing of them."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.optim import Optimizer

Point = tuple[float, float]
WIDTH, HEIGHT = 480, 340
INK, PATH, GOAL = "#8a8a86", "#0072B2", "#D07A00"


class Surface(NamedTuple):
    """A function of x and y, where a descent starts, its lowest points, and a window.

    The window is (left, right, bottom, top).

    Shapes: height takes x (...), y (...) and returns (...)
    """

    height: Callable[[Tensor, Tensor], Tensor]
    start: Point
    lowest: tuple[Point, ...]
    window: tuple[float, float, float, float]


def narrow_valley(x: Tensor, y: Tensor) -> Tensor:
    """Return a bowl, 30 times as steep across as along, turned by about 27 degrees.

    Shapes: x (...), y (...) -> (...)
    """
    along, across = (2 * x + y) / 5**0.5, (2 * y - x) / 5**0.5
    return 0.5 * (along**2 + 30 * across**2)


def curved_valley(x: Tensor, y: Tensor) -> Tensor:
    """Return a valley along y = x², which falls slowly to its end at (1, 1).

    Shapes: x (...), y (...) -> (...)
    Source: Rosenbrock (1960), with 5 in place of 100
    """
    return (1 - x) ** 2 + 5 * (y - x**2) ** 2


def saddle(x: Tensor, y: Tensor) -> Tensor:
    """Return two pits at (-1, 0) and (1, 0), with a pass between them at (0, 0).

    Shapes: x (...), y (...) -> (...)
    """
    return x**4 / 4 - x**2 / 2 + y**2 / 2 + 1 / 4


SURFACES = {
    "narrow valley": Surface(narrow_valley, (-1.7, 0.3), ((0, 0),), (-2, 2, -1.4, 1.4)),
    "curved valley": Surface(curved_valley, (-1.2, 1.6), ((1, 1),), (-2, 2, -0.8, 2)),
    "saddle": Surface(saddle, (0.01, 1.1), ((-1, 0), (1, 0)), (-2, 2, -1.4, 1.4)),
}


def optimizer_path(
    surface: Surface, make: Callable[[list[Tensor]], Optimizer], steps: int
) -> Tensor:
    """Return the points that an optimiser visits, fewer if it leaves for infinity.

    Shapes: -> (steps + 1, 2) or fewer rows
    """
    place = torch.tensor(surface.start, dtype=torch.float64, requires_grad=True)
    optimizer = make([place])
    path = [place.detach().clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        surface.height(*place).backward()
        optimizer.step()
        path.append(place.detach().clone())
        if place.abs().max() > 20:
            break
    return torch.stack(path)


def contours(surface: Surface, levels: int = 9) -> list[Tensor]:
    """Return lines of equal height in the window; low ones are closer in height.

    Shapes: -> each (points, 2)
    """
    left, right, bottom, top = surface.window
    x = torch.linspace(left, right, 41, dtype=torch.float64)
    y = torch.linspace(bottom, top, 29, dtype=torch.float64)
    z = surface.height(x[None, :], y[:, None])  # (29, 41)
    heights = z.max() * torch.linspace(0.1, 0.9, levels, dtype=torch.float64) ** 3
    found = Figure().subplots().contour(x, y, z, heights.tolist()).allsegs
    return [torch.from_numpy(line) for lines in found for line in lines if len(line)]


def draw_path(surface: Surface, lines: list[Tensor], path: Tensor) -> str:
    """Draw the contours, the lowest points as crosses, and a path, as SVG.

    Shapes: lines (points, 2) each, path (steps + 1, 2)
    """
    left, right, bottom, top = surface.window

    def at(points: Tensor) -> Tensor:  # whole pixels
        x = (points[:, 0] - left) / (right - left) * WIDTH
        y = (top - points[:, 1]) / (top - bottom) * HEIGHT
        return torch.stack([x, y], dim=1).round().long()

    parts = [f"<path d='{_line(at(line))}' stroke='{INK}'/>" for line in lines]
    parts.append(f"<path d='{_line(at(path))}' stroke='{PATH}' stroke-width='2'/>")
    dots = "".join(f"M{a} {b}h0" for a, b in at(path).tolist())
    round_ends = f"stroke='{PATH}' stroke-width='5' stroke-linecap='round'"
    parts.append(f"<path d='{dots}' {round_ends}/>")
    goals = torch.tensor(surface.lowest, dtype=torch.float64)
    crosses = "".join(f"M{a} {b}m-7-7l14 14m0-14l-14 14" for a, b in at(goals).tolist())
    parts.append(f"<path d='{crosses}' stroke='{GOAL}' stroke-width='4'/>")
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' "
        f"width='{WIDTH}' height='{HEIGHT}' aria-hidden='true' "
        "style='max-width:100%;height:auto;overflow:hidden' fill='none'>"
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='#fcfcfa'/>"
        f"{''.join(parts)}</svg>"
    )


def _line(pixels: Tensor) -> str:
    """Return SVG's commands for a line; steps take fewer characters than points.

    Shapes: pixels (points, 2), whole numbers
    """
    (a, b), *steps = torch.cat([pixels[:1], pixels.diff(dim=0)]).tolist()
    moves = " ".join(f"{x} {y}" for x, y in steps if x or y)
    return f"M{a} {b}l{moves or '0 0'}"
