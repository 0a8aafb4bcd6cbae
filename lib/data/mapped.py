"""A dataset with a function over it, and functions that show what loader workers do.

They stand in a module because a worker process must be able to import what it runs.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np
from torch.utils.data import Dataset, get_worker_info


class MappedDataset(Dataset):
    """Serve `function(example)` for each example of a dataset, computed when asked for.

    With workers that start by spawn or forkserver, both arguments must be picklable.
    """

    def __init__(
        self, examples: Sequence, function: Callable[[object], object]
    ) -> None:
        self.examples = examples
        self.function = function

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.examples)

    def __getitem__(self, index: int) -> object:
        """Return the function of one example."""
        return self.function(self.examples[index])


def wait(example: object, seconds: float) -> object:
    """Return the example after a pause (in seconds), like a slow disk or network."""
    time.sleep(seconds)
    return example


class AddNoise:
    """Add normal noise from a NumPy generator, by default from NumPy's global one."""

    def __init__(
        self, std: float, generator: np.random.Generator | None = None
    ) -> None:
        self.std = std
        self.generator = generator

    def __call__(self, example: object) -> object:
        """Return the example plus noise."""
        normal = np.random.normal if self.generator is None else self.generator.normal
        return example + normal(scale=self.std)


def renew_generator(worker_id: int) -> None:
    """Give the function of a MappedDataset a generator of this worker's own.

    Pass it as `DataLoader(..., worker_init_fn=renew_generator)`: the seed is the one
    torch gave the worker, another each time a worker starts, and repeatable with the
    loader's `generator`.

    Raises: RuntimeError outside a worker.
    """
    info = get_worker_info()
    if info is None:
        raise RuntimeError(
            "renew_generator must run in a worker: pass it as worker_init_fn"
        )
    info.dataset.function.generator = np.random.default_rng(info.seed)
