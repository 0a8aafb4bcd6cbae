"""Speed of the course's code as a ratio to plain torch: `python -m benchmarks.bench`.

The two sides of a pair take turns in one run, so that both meet the same busy machine.
"""

from collections.abc import Callable
from functools import partial
from statistics import median
from typing import NamedTuple

import torch

from benchmarks.cnn import SETTINGS, WAYS, convolution_pair
from benchmarks.data import padding_pair
from benchmarks.sequences import LAYERS, recurrent_pair
from benchmarks.tensors import engine_pair
from benchmarks.training import OPTIMIZERS, accuracy_pair, fit_pair, optimizer_pair
from lib.core.timing import time_cpu


class Pair(NamedTuple):
    """Two ways to do the same work: the course's and plain torch's."""

    name: str
    make: Callable[[], tuple[Callable[[], object], Callable[[], object]]]
    threads: int = 1  # with one, the ratios vary less


PAIRS = (
    Pair("fit, one epoch of the digits / written-out loop", fit_pair),
    Pair("Accuracy over 100 batches / one comparison each", accuracy_pair),
    Pair("pad_sequences, with a mask / pad_sequence, without", padding_pair),
    Pair("gradients by the engine / by torch", engine_pair),
    *(
        Pair(
            f"{name}, 20 steps / foreach={foreach}",
            partial(optimizer_pair, name, foreach=foreach),
        )
        for name in OPTIMIZERS
        for foreach in (False, True)
    ),
    *(
        Pair(f"conv2d by {way}, {setting}", partial(convolution_pair, way, *sizes), threads=2)
        for setting, sizes in SETTINGS.items()
        for way in WAYS
    ),
    *(
        Pair(f"{name}, hidden 128, length 64", partial(recurrent_pair, name), threads=2)
        for name in LAYERS
    ),
)


def measure(pair: Pair, rounds: int = 9) -> tuple[float, float, list[float]]:
    """Return both median times in seconds and the ratio of each round."""
    torch.set_num_threads(pair.threads)
    ours, plain = pair.make()
    ours(), plain()  # to warm up
    seconds = []
    for _ in range(rounds):
        mine, theirs = (time_cpu(side, repeats=1, warmup=0).median for side in (ours, plain))
        seconds.append((mine, theirs))
    ratios = sorted(mine / theirs for mine, theirs in seconds)
    return median(mine for mine, _ in seconds), median(theirs for _, theirs in seconds), ratios


def main() -> None:
    """Print one row for each pair."""
    print(f"{'course / plain torch':<50}{'course':>10}{'torch':>10}{'ratio':>8}{'range':>14}")
    for pair in PAIRS:
        ours, plain, ratios = measure(pair)
        spread = f"{ratios[0]:.2f}–{ratios[-1]:.2f}"
        times = f"{ours * 1e3:>7.1f} ms{plain * 1e3:>7.1f} ms"
        print(f"{pair.name:<50}{times}{median(ratios):>8.2f}{spread:>14}")


if __name__ == "__main__":
    main()
