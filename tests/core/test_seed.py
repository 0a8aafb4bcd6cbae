"""The generators start, stop and go back where they are told to."""

import io
import os
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader, Dataset

from lib.core.seed import (
    make_generator,
    preserve_random_state,
    random_state,
    seed_everything,
    seed_worker,
    set_deterministic,
    set_random_state,
)


def draw() -> tuple[float, float, float, float, float]:
    """One number from each global generator; the Gaussian ones leave half a pair behind."""
    return (
        random.random(),
        random.gauss(0, 1),
        float(np.random.rand()),
        float(np.random.randn()),
        torch.rand(()).item(),
    )


@pytest.fixture
def default_switches():
    environment = dict(os.environ)
    yield
    set_deterministic(False)
    os.environ.clear()
    os.environ.update(environment)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_equal_seeds_give_equal_numbers_from_every_generator(seed):
    seed_everything(seed)
    first = [draw(), draw()]
    draw()
    seed_everything(seed)
    assert [draw(), draw()] == first


def test_different_seeds_differ_in_every_generator():
    seed_everything(0)
    first = draw()
    seed_everything(1)
    assert all(a != b for a, b in zip(first, draw(), strict=True))


def test_seeding_seeds_the_gpus(monkeypatch):
    seeds = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeds.append)
    seed_everything(5)
    assert seeds == [5]


@pytest.mark.parametrize("function", [seed_everything, make_generator])
def test_bad_seeds(function):
    for seed in (-1, 2**32):
        with pytest.raises(ValueError, match=rf"seed must be from 0 to 2\*\*32 - 1, got {seed}"):
            function(seed)
    for seed, kind in ((1.0, "float"), (True, "bool"), ("1", "str"), (None, "NoneType")):
        with pytest.raises(TypeError, match=f"seed must be an int, got {kind}"):
            function(seed)


def test_a_bad_seed_changes_nothing():
    before = repr(random_state())
    with pytest.raises(ValueError, match="seed must be"):
        seed_everything(-1)
    assert repr(random_state()) == before


def test_deterministic_switch_goes_on_and_off(default_switches):
    torch.backends.cudnn.benchmark = True
    seed_everything(0)
    assert not torch.are_deterministic_algorithms_enabled()
    os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)
    seed_everything(0, deterministic=True)
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.backends.cudnn.deterministic
    assert not torch.backends.cudnn.benchmark
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    seed_everything(0)
    assert torch.are_deterministic_algorithms_enabled(), "False must leave the switch alone"
    set_deterministic(False)
    assert not torch.are_deterministic_algorithms_enabled()
    assert not torch.backends.cudnn.deterministic


def test_deterministic_switch_keeps_a_setting_of_the_user(default_switches):
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":16:8"
    set_deterministic(True)
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"


def test_make_generator_is_apart_from_the_global_one():
    seed_everything(0)
    first = torch.rand(3)
    seed_everything(0)
    own = make_generator(7)
    torch.rand(5, generator=own)
    assert torch.equal(torch.rand(3), first)
    assert torch.equal(
        torch.rand(2, generator=make_generator(7)), torch.rand(2, generator=make_generator(7))
    )


def test_state_survives_a_checkpoint_file_without_code():
    seed_everything(3)
    draw()  # leaves half a Gaussian pair in Python's and in NumPy's generator
    file = io.BytesIO()
    torch.save(random_state(), file)
    expected = [draw(), draw()]
    seed_everything(99)
    file.seek(0)
    set_random_state(torch.load(file, weights_only=True))
    assert [draw(), draw()] == expected


def test_state_is_a_snapshot_and_restoring_leaves_it_unchanged():
    state = random_state()
    before = repr(state)
    expected = draw()
    set_random_state(state)
    assert draw() == expected
    assert repr(state) == before


def test_states_of_gpus(monkeypatch):
    """Two GPUs stood in for by lists: states are read from all, put back on those that exist."""
    states = [torch.tensor([1], dtype=torch.uint8), torch.tensor([2], dtype=torch.uint8)]
    put_back = {}
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_rng_state_all", lambda: states)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(
        torch.cuda, "set_rng_state", lambda state, index: put_back.update({index: state.item()})
    )
    state = random_state()
    assert state["cuda"] == states
    set_random_state(state)
    assert put_back == {0: 1}


def test_a_state_with_other_keys_is_refused_and_changes_nothing():
    state = random_state()
    now = repr(random_state())
    with pytest.raises(ValueError, match=r"state must have the keys .*'torch'.*, got .*'python'\]"):
        set_random_state({key: state[key] for key in ("python", "numpy", "cuda")})
    assert repr(random_state()) == now


def test_preserve_random_state_also_after_an_error():
    seed_everything(0)
    expected = draw()
    seed_everything(0)

    def fail_in_the_block() -> None:
        with preserve_random_state():
            seed_everything(5)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail_in_the_block()
    assert draw() == expected


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
