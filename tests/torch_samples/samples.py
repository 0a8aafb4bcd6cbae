"""Draw PyTorch's own sample inputs for a module, an optimiser or a function.

This is the only file that touches `torch.testing._internal`. The package is private, so it may
change with any release; and importing it changes the whole process: it freezes the switches of
`torch.backends`, loads a hypothesis profile of ten examples, edits `sys.path`. So a process of its
own imports it and hands the samples over in a file.
"""

import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import torch
from torch import nn

ROOT = Path(__file__).parents[2]
MOST_SAMPLES = 200  # of one twin; of more, as many are drawn at random, the same in each run
CALL = {"device": "cpu", "dtype": torch.float64, "requires_grad": True}


class Sample(NamedTuple):
    """One call: how to construct the part (unless it is a function), and what to pass to it.

    `modes` are the values of `training` in which a module is to be run.
    """

    name: str
    args: tuple = ()
    kwargs: dict = {}  # noqa: RUF012 (a NamedTuple's default; nobody changes it)
    construct_args: tuple = ()
    construct_kwargs: dict = {}  # noqa: RUF012
    modes: tuple[bool, ...] = (True,)


class SamplesUnavailableError(RuntimeError):
    """torch has no samples for a twin, or keeps them in another way than this file knows."""


def name_of(part: Callable) -> str:
    """Return `nn.LSTM` for torch's torch.nn.modules.rnn.LSTM, `tensors.engine.exp` for ours."""
    for home in (nn, nn.functional, torch.optim, torch.Tensor, torch):
        if getattr(home, part.__name__, None) is part:
            return f"{home.__name__.removeprefix('torch.')}.{part.__name__}"
    return f"{part.__module__}.{part.__qualname__}".removeprefix("lib.").removeprefix("torch.")


def draw(twins: Sequence[Callable]) -> list[list[Sample]]:
    """Return torch's samples for each of the modules, optimisers and functions of torch given.

    Raises: SamplesUnavailableError if torch has none, or keeps them in a way unknown to this file.
    """
    with TemporaryDirectory() as folder:
        names = [name_of(twin) for twin in twins]  # some functions of torch cannot be pickled
        Path(folder, "twins").write_text("\n".join(names), encoding="utf-8")
        code = f"import sys; from {__name__} import write; write(sys.argv[1])"
        command = [sys.executable, "-W", "ignore", "-c", code, folder]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if run.returncode:
            reason = (run.stderr.strip().splitlines() or [f"exit status {run.returncode}"])[-1]
            raise SamplesUnavailableError(
                f"torch {torch.__version__} does not give its samples as tests/torch_samples/"
                f"samples.py expects ({reason}); that file alone reads torch.testing._internal"
            )
        return torch.load(Path(folder, "samples"), weights_only=False)


def write(folder: str) -> None:
    """Draw the samples that `draw` asks for in `folder`, in this process, and leave them there."""
    names = Path(folder, "twins").read_text(encoding="utf-8").splitlines()
    twins = [attrgetter(name.removeprefix("torch."))(torch) for name in names]
    torch.save([_samples(twin) for twin in twins], Path(folder, "samples"))


def _samples(twin: Callable) -> list[Sample]:
    """Return the samples for one twin, the same in each run."""
    torch.manual_seed(0)
    if isinstance(twin, type) and issubclass(twin, nn.Module):
        samples = _module_samples(twin)
    elif isinstance(twin, type) and issubclass(twin, torch.optim.Optimizer):
        samples = _optimizer_samples(twin)
    else:
        samples = _function_samples(twin)
    if not samples:
        raise LookupError(f"there are no samples for {twin}")
    if len(samples) > MOST_SAMPLES:
        chosen = random.Random(0).sample(range(len(samples)), MOST_SAMPLES)
        samples = [samples[number] for number in sorted(chosen)]
    return samples


def _module_samples(twin: type) -> list[Sample]:
    from torch.testing._internal.common_modules import module_db

    found = []
    for info in (info for info in module_db if info.module_cls is twin):
        modes = (True, False) if info.train_and_eval_differ else (True,)
        for number, entry in enumerate(info.module_inputs_func(info, training=True, **CALL)):
            construct, forward = entry.constructor_input, entry.forward_input
            found.append(Sample(
                f"sample {number} {entry.desc}".strip(), forward.args, forward.kwargs,
                construct.args, construct.kwargs, modes,
            ))  # fmt: skip
    return found


def _optimizer_samples(twin: type) -> list[Sample]:
    from torch.testing._internal.common_optimizers import optim_db

    return [
        Sample(f"sample {number} {entry.desc}".strip(), construct_kwargs=entry.kwargs)
        for info in optim_db
        if info.optim_cls is twin
        for number, entry in enumerate(info.optim_inputs_func(device="cpu"))
    ]


def _function_samples(twin: Callable) -> list[Sample]:
    from torch.testing._internal.common_methods_invocations import op_db

    infos = [info for info in op_db if info.op is twin]  # all variants, such as div's roundings
    if not infos:  # where op_db wraps the function
        name = name_of(twin).removeprefix("torch.").removeprefix("Tensor.")
        infos = [info for info in op_db if info.name == name]
    return [
        Sample(f"{info.variant_test_name} sample {number}".strip(),
               (entry.input, *entry.args), entry.kwargs)
        for info in infos
        for number, entry in enumerate(info.sample_inputs(**CALL))
    ]  # fmt: skip
