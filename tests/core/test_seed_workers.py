"""The workers of a loader draw their own numbers, the same ones in each run."""

import random

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from lib.core.seed import make_generator, preserve_random_state, seed_everything, seed_worker


class Draws(Dataset):
    """Each example is what its worker's generators give: Python, NumPy, torch."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> torch.Tensor:
        numbers = [random.random(), np.random.rand(), torch.rand(()).item()]
        return torch.tensor(numbers, dtype=torch.float64)


def test_workers_repeat_and_differ_from_each_other():
    def epoch() -> torch.Tensor:
        loader = DataLoader(
            Draws(), num_workers=2, worker_init_fn=seed_worker, generator=make_generator(0)
        )
        return torch.cat(list(loader))

    first = epoch()
    seed_everything(9)
    assert torch.equal(epoch(), first)
    assert all(len(set(column.tolist())) == 4 for column in first.T)


def test_seed_worker_seeds_python_and_numpy_from_the_seed_of_torch(monkeypatch):
    monkeypatch.setattr(torch, "initial_seed", lambda: 2**32 + 5)
    with preserve_random_state():
        seed_worker(0)
        numbers = random.random(), float(np.random.rand())
        random.seed(5)
        np.random.seed(5)
        assert (random.random(), float(np.random.rand())) == numbers
