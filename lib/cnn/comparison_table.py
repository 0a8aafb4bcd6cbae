"""The networks of this part beside each other: what each costs, how well it does."""

from collections.abc import Sequence
from statistics import mean
from typing import NamedTuple

import torch

from lib.cnn.comparison import SEEDS
from lib.cnn.comparison_rates import DATA, NETWORKS, network_named
from lib.cnn.counting import count_layers, total_count
from lib.training.run_grid import load_grid


class Compared(NamedTuple):
    """A row of the table: one network, trained with the best rate for one data set.

    `seconds` of one core are the median over the seeds. `accuracies` are those on the
    test split, one for each seed.
    """

    network: str
    data: str
    parameters: int
    multiplications: int
    lr: float
    seconds: float
    accuracies: tuple[float, ...]


def compared(network: str, data: str) -> Compared:
    """Return the row of a network and a data set, from the stored runs.

    Raises: ValueError if no network has this name.
    """
    model = network_named(network).eval()
    counts = total_count(count_layers(model, torch.zeros(1, 1, 28, 28)))
    grid, chosen = load_grid("cnn/comparison"), {"network": network, "data": data}
    rows = [row for seed in SEEDS for row in grid.select(chosen | {"seed": seed})]
    return Compared(
        network,
        data,
        *counts,
        lr=rows[0].setting["lr"],
        seconds=sorted(row.seconds for row in rows)[len(rows) // 2],
        accuracies=tuple(row.test["accuracy"] for row in rows),
    )


def comparison_table(networks: Sequence[str] = tuple(NETWORKS)) -> str:
    """Return the table of these networks: mean and range over the seeds.

    Raises: ValueError if a network has another name.
    """
    lines = [
        f"{'':27} {'multipli-':>10}  {'accuracy, digits':22}  accuracy, Fashion-MNIST",
        f"{'network':16} {'parameters':>10} {'cations':>10}"
        + 2 * f"  {'mean (range)':19} {'s':>2}",
    ]
    for network in networks:
        cells = [compared(network, data) for data in DATA]
        costs = f"{cells[0].parameters:10,} {cells[0].multiplications:10,}"
        lines.append(f"{network:16} {costs}" + "".join(map(_accuracy, cells)))
    return "\n".join(line.rstrip() for line in lines)


def _accuracy(row: Compared) -> str:
    low, high = min(row.accuracies), max(row.accuracies)
    return f"  {mean(row.accuracies):.3f} ({low:.3f}–{high:.3f}) {row.seconds:2.0f}"
