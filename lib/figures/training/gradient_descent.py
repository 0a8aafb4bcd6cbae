"""A path of gradient descent on the graph of a function of one number."""

from collections.abc import Callable

import torch
from torch import Tensor

WIDTH, HEIGHT = 480, 300
INK, PATH, GOAL = "#6b6b68", "#0072B2", "#D07A00"
Window = tuple[float, float, float, float]


def draw_path_on_curve(
    function: Callable[[Tensor], Tensor], path: Tensor, window: Window
) -> str:
    """Draw the graph, the points of a path on it, joined, and the last as a cross.

    The window is (left, right, bottom, top); points outside it are not seen.

    Shapes: function (any) -> the same; path (steps + 1,)
    """
    left, right, bottom, top = window

    def line(x: Tensor, y: Tensor) -> str:
        across = (x - left) / (right - left) * WIDTH
        up = (top - y) / (top - bottom) * HEIGHT
        points = torch.stack([across, up], dim=1).tolist()
        return "L".join(f"{a:.1f} {b:.1f}" for a, b in points)

    grid = torch.linspace(left, right, 121, dtype=torch.float64)
    walk = line(path, function(path))
    dots = "".join(f"M{point}h0" for point in walk.split("L"))
    round_ends = f"stroke='{PATH}' stroke-width='8' stroke-linecap='round'"
    last = walk.split("L")[-1]
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' "
        f"width='{WIDTH}' height='{HEIGHT}' aria-hidden='true' "
        "style='max-width:100%;height:auto;overflow:hidden' fill='none'>"
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='#fcfcfa'/>"
        f"<path d='M{line(grid, function(grid))}' stroke='{INK}' stroke-width='2'/>"
        f"<path d='M{walk}' stroke='{PATH}'/><path d='{dots}' {round_ends}/>"
        f"<path d='M{last}m-8-8l16 16m0-16l-16 16' stroke='{GOAL}' stroke-width='4'/>"
        "</svg>"
    )
