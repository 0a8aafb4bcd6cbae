"""Mapped datasets travel to workers; each worker draws what it should."""

import pickle
import time
from functools import partial

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from lib.core.seed import make_generator
from lib.data.mapped import AddNoise, MappedDataset, renew_generator, wait

# Python 3.12 and later warn of any fork; torch warns of more workers than cores.
WITH_WORKERS = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning",
                                          "ignore:This DataLoader will create:UserWarning")


def test_a_mapped_dataset_computes_what_is_asked_for_and_no_more():
    asked = []
    dataset = MappedDataset([3, 5, 7], lambda example: asked.append(example) or 10 * example)
    assert len(dataset) == 3
    assert asked == []
    assert dataset[1] == 50
    assert asked == [5]
    with pytest.raises(IndexError):
        dataset[3]


def test_wait_waits_and_changes_nothing():
    start = time.perf_counter()
    assert wait("example", seconds=0.02) == "example"
    assert time.perf_counter() - start >= 0.02


def test_a_copy_sent_to_another_process_draws_the_same_noise():
    dataset = MappedDataset(torch.zeros(4), AddNoise(0.5, np.random.default_rng(0)))
    copy = pickle.loads(pickle.dumps(dataset))
    assert [copy[i].item() for i in range(4)] == [dataset[i].item() for i in range(4)]
    waiting = MappedDataset(torch.arange(4), partial(wait, seconds=0))
    assert pickle.loads(pickle.dumps(waiting))[2] == 2


def test_noise_has_the_mean_and_the_spread_asked_for():
    noise = AddNoise(0.5, np.random.default_rng(0))
    drawn = torch.tensor([noise(3.0) for _ in range(4000)])
    assert drawn.mean().item() == pytest.approx(3, abs=4 * 0.5 / 4000**0.5)
    assert drawn.std().item() == pytest.approx(0.5, rel=0.06)


def test_noise_without_a_generator_follows_the_global_one():
    state = np.random.get_state()
    try:
        np.random.seed(3)
        first = AddNoise(2.0)(1.0)
        np.random.seed(3)
        assert first == 1 + 2 * np.random.normal()
    finally:
        np.random.set_state(state)


def epochs(function, **options):
    """Two epochs of two batches, one batch from each of two workers."""
    loader = DataLoader(MappedDataset(torch.zeros(4), function), batch_size=2, num_workers=2,
                        generator=make_generator(0), **options)
    return [[batch.tolist() for batch in loader] for _ in range(2)]


@WITH_WORKERS
def test_workers_share_the_noise_of_one_generator_until_each_gets_its_own():
    (first, second), (third, fourth) = epochs(AddNoise(1.0, np.random.default_rng(0)))
    assert first == second == third == fourth
    renewed = epochs(AddNoise(1.0, np.random.default_rng(0)), worker_init_fn=renew_generator)
    numbers = [number for epoch in renewed for batch in epoch for number in batch]
    assert len(set(numbers)) == len(numbers) == 8
    again = epochs(AddNoise(1.0, np.random.default_rng(5)), worker_init_fn=renew_generator)
    assert again == renewed


def test_a_generator_is_renewed_in_workers_only():
    with pytest.raises(RuntimeError, match="renew_generator must run in a worker"):
        renew_generator(0)
