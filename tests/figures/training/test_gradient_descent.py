"""The drawing puts each point of the path where the window says."""

import torch

from lib.figures.training.gradient_descent import HEIGHT, WIDTH, draw_path_on_curve


def test_the_drawing_holds_the_graph_the_path_and_its_end():
    path = torch.tensor([0.0, 1.0, 2.0])
    svg = draw_path_on_curve(lambda x: x**2 / 2, path, (0, 2, 0, 2))
    assert svg.count("<path") == 4
    assert svg.count("h0") == 3
    middle = f"{WIDTH / 2:.1f} {HEIGHT * 3 / 4:.1f}"  # x = 1, height 1/2 of 2
    assert f"M0.0 {HEIGHT:.1f}L{middle}L{WIDTH:.1f} 0.0'" in svg
    assert svg.count(f"L{middle}L") == 2  # in the graph and in the path
    assert f"M{WIDTH:.1f} 0.0m-8-8" in svg
