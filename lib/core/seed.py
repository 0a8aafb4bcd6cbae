"""Seeding of every random number generator a chapter draws from, and their states."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def seed_everything(seed: int, *, deterministic: bool = False) -> None:
    """Seed the global generators of Python, NumPy and torch (CPU and every GPU).

    With `deterministic=True` it also calls `set_deterministic(True)`; with False that
    switch stays where it is. Equal seeds give equal numbers on one machine and one
    version of torch, not on all.

    Raises: TypeError if `seed` is not an int, ValueError if it is not in 0 … 2³² − 1
    (for NumPy).
    Source: "Reproducibility" in the torch manual,
    https://docs.pytorch.org/docs/stable/notes/randomness.html
    """
    _check_seed(seed)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)  # seeds the GPUs as well
    if deterministic:
        set_deterministic(True)


def set_deterministic(enabled: bool) -> None:
    """Make torch use only operations that repeat bit for bit (slower), or any again.

    An operation without a deterministic form then raises a RuntimeError that names it.
    On a GPU, call it before the first matrix product: cuBLAS reads
    CUBLAS_WORKSPACE_CONFIG when it starts.
    """
    if enabled:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(enabled)
    torch.backends.cudnn.deterministic = enabled
    torch.backends.cudnn.benchmark = False


def seed_worker(worker_id: int) -> None:
    """Seed Python and NumPy in a DataLoader worker from the seed torch gave it.

    Pass it as `DataLoader(..., worker_init_fn=seed_worker,
    generator=make_generator(seed))`.
    """
    seed = torch.initial_seed() % 2**32
    random.seed(seed)
    np.random.seed(seed)


def make_generator(seed: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a new torch generator with its own seed, apart from the global one.

    Raises: TypeError if `seed` is not an int, ValueError if it is not in 0 … 2³² − 1.
    """
    _check_seed(seed)
    return torch.Generator(device=device).manual_seed(seed)


def random_state() -> dict[str, object]:
    """Return the states of the global generators as plain numbers, lists and tensors.

    They are those of Python, NumPy and torch on the CPU and on CUDA devices, not on
    Apple's or Intel's GPUs. `torch.load(..., weights_only=True)` accepts the result.
    The list under "cuda" has one state for each device; it is empty while this process
    has not used one.
    """
    version, keys, gauss = random.getstate()
    _, np_keys, position, has_gauss, cached_gauss = np.random.get_state()
    return {
        "python": [version, list(keys), gauss],
        "numpy": [np_keys.tolist(), int(position), int(has_gauss), float(cached_gauss)],
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else [],
    }


def set_random_state(state: dict[str, object]) -> None:
    """Put the global generators back to a state that `random_state` returned.

    States of GPUs that this machine does not have are left out.

    Raises: ValueError if `state` has other keys than `random_state` gives.
    """
    wanted = {"python", "numpy", "torch", "cuda"}
    if set(state) != wanted:
        raise ValueError(
            f"state must have the keys {sorted(wanted)}, got {sorted(state)}"
        )
    version, keys, gauss = state["python"]
    np_keys, position, has_gauss, cached_gauss = state["numpy"]
    random.setstate((version, tuple(keys), gauss))
    np.random.set_state(("MT19937", np_keys, position, has_gauss, cached_gauss))
    torch.set_rng_state(state["torch"].cpu())
    for index, gpu_state in enumerate(state["cuda"][: torch.cuda.device_count()]):
        torch.cuda.set_rng_state(gpu_state.cpu(), index)


@contextmanager
def preserve_random_state() -> Iterator[None]:
    """Put the generators of `random_state` back when the block ends or fails."""
    state = random_state()
    try:
        yield
    finally:
        set_random_state(state)


def _check_seed(seed: int) -> None:
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise TypeError(f"seed must be an int, got {type(seed).__name__}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be from 0 to 2**32 - 1, got {seed}")
