"""Run one of our parts and its twin in torch on the same samples, and compare what comes out."""

import copy
import inspect
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from tests.torch_samples.samples import Sample, name_of

STEPS = 5  # of an optimiser
SHAPES = ((5, 3), (7,), ())  # of the parameters that an optimiser moves


@dataclass(frozen=True)
class Refusal:
    """An error that our part raises on purpose: its exact type and a pattern of its message.

    The docstring of the part (or its signature) must say so; `why` goes into the table.
    """

    error: type[Exception]
    message: str
    why: str


@dataclass(frozen=True)
class Twin:
    """Our part and torch's: on each of torch's samples equal, or refused by a declared error.

    `equal` is the least number of equal samples, so that lost samples are noticed. `adapt` gives
    our part the call of torch's: it takes `ours` and returns what is run in its place.
    """

    ours: Callable
    theirs: Callable
    equal: int
    refuses: tuple[Refusal, ...] = ()
    adapt: Callable[[Callable], Callable] = lambda ours: ours
    tolerance: float = 1e-12

    @property
    def names(self) -> tuple[str, str]:
        """Return the names of the two, as a reader writes them."""
        return name_of(self.ours), name_of(self.theirs)


@dataclass
class Outcome:
    """What came out on all samples; `problems` is empty if all is as the row says."""

    samples: int = 0
    equal: int = 0
    refused: Counter = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def examine(twin: Twin, samples: Sequence[Sample]) -> Outcome:
    """Run both on all samples: each must be equal or refused, each refusal must happen."""
    outcome = Outcome(len(samples))
    with torch.random.fork_rng(devices=[]):
        for sample in samples:
            _examine_one(twin, sample, outcome)
    for refusal in twin.refuses:
        if not outcome.refused[refusal]:
            outcome.problems.append(f"never refused: {refusal.error.__name__} {refusal.message!r}")
    if outcome.equal < twin.equal:
        outcome.problems.append(f"{outcome.equal} samples are equal, not {twin.equal} or more")
    return outcome


def _examine_one(twin: Twin, sample: Sample, outcome: Outcome) -> None:
    """Run both on one sample and enter what came out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's; ours may warn of nothing
        wanted, weights = _observe(twin.theirs, twin.theirs, sample, None)
    try:
        got, _ = _observe(twin.adapt(twin.ours), twin.theirs, sample, weights)
    except Exception as error:
        for refusal in twin.refuses:
            if type(error) is refusal.error and re.search(refusal.message, str(error)):
                outcome.refused[refusal] += 1
                return
        said = f"undeclared {type(error).__name__}: {error}"
        outcome.problems.append(f"{sample.name}: {said}")
        return
    difference = _difference(got, wanted, twin.tolerance)
    if difference:
        outcome.problems.append(f"{sample.name}: {difference}")
    else:
        outcome.equal += 1


def _observe(
    part: Callable, twin: Callable, sample: Sample, weights: Mapping[str, Tensor] | None
) -> tuple[dict[str, object], dict[str, Tensor]]:
    """Return all that can be seen of a part on one sample, and the weights it started from."""
    sample = copy.deepcopy(sample)
    torch.default_generator.manual_seed(0)
    if not isinstance(twin, type):
        return _observe_call(part, sample), {}
    if issubclass(twin, torch.optim.Optimizer):
        return _observe_steps(part, sample), {}
    module = part(*sample.construct_args, **sample.construct_kwargs).double()
    weights = copy.deepcopy(module.state_dict() if weights is None else weights)
    seen = {}
    for training in sample.modes:
        module.load_state_dict(weights)
        torch.default_generator.manual_seed(0)
        found = _observe_call(module.train(training), copy.deepcopy(sample))
        seen |= {f"training={training}: {key}": value for key, value in found.items()}
    return seen, weights


def _observe_call(part: Callable, sample: Sample) -> dict[str, object]:
    """Return result, gradients, buffers, and the inputs as the call leaves them."""
    inputs = dict(_leaves((sample.args, sample.kwargs), "input"))
    inputs = {key: value for key, value in inputs.items() if isinstance(value, Tensor)}
    result = dict(_leaves(part(*sample.args, **sample.kwargs), "result"))
    wanted = {f"gradient of {key}": value for key, value in inputs.items() if value.requires_grad}
    seen = inputs | result
    if isinstance(part, nn.Module):
        wanted |= {f"gradient of {key}": value for key, value in part.named_parameters()}
        seen |= {f"buffer {key}": value.clone() for key, value in part.named_buffers()}
    starts = [value for value in result.values() if isinstance(value, Tensor)]
    starts = [value for value in starts if value.requires_grad]
    seen["results with a gradient"] = len(starts)
    if starts and wanted:
        arriving = [_numbers(start.shape, 1).to(start.dtype) for start in starts]
        gradients = torch.autograd.grad(
            starts, list(wanted.values()), arriving, allow_unused=True, materialize_grads=True
        )
        seen |= dict(zip(wanted, gradients, strict=True))
    return seen


def _observe_steps(part: Callable, sample: Sample) -> dict[str, object]:
    """Return the parameters after each of some steps on a loss whose gradient changes."""
    parameters = [nn.Parameter(_numbers(shape, 2)) for shape in SHAPES]
    optimizer = part(parameters, *sample.construct_args, **sample.construct_kwargs)
    seen = {}
    for step in range(1, STEPS + 1):
        for parameter in parameters:
            parameter.grad = None
        losses = [(p**4 / 4 - p * _numbers(p.shape, step)).sum() for p in parameters]
        torch.stack(losses).sum().backward()
        optimizer.step()
        for parameter in parameters:
            name = f"parameter {tuple(parameter.shape)} after step {step}"
            seen[name] = parameter.detach().clone()
    return seen


def _numbers(shape: Sequence[int], seed: int) -> Tensor:
    """Return numbers between -1 and 1 that differ from element to element."""
    size = torch.Size(shape)
    return torch.sin(seed + torch.arange(1.0, size.numel() + 1, dtype=torch.float64)).reshape(size)


def _leaves(tree: object, path: str) -> Iterator[tuple[str, object]]:
    """Walk through tuples, lists and dictionaries to what they hold."""
    if isinstance(tree, Mapping):
        tree = list(tree.items())
    elif isinstance(tree, tuple | list):
        tree = list(enumerate(tree))
    else:
        yield path, tree
        return
    for key, value in tree:
        yield from _leaves(value, f"{path}[{key}]")


def _difference(got: Mapping, wanted: Mapping, tolerance: float) -> str:
    """Say in one line where two observations differ; nothing if they are equal."""
    for key, value in wanted.items():
        if key not in got:
            return f"{key} is missing"
        if not isinstance(value, Tensor):
            if got[key] != value or type(got[key]) is not type(value):
                return f"{key} is {got[key]!r} instead of {value!r}"
            continue
        if not isinstance(got[key], Tensor):
            return f"{key} is {got[key]!r} instead of a tensor"
        try:
            torch.testing.assert_close(
                got[key], value, rtol=tolerance, atol=tolerance, equal_nan=True
            )
        except AssertionError as error:
            return f"{key}: {' '.join(str(error).split())}"
    extra = [key for key in got if key not in wanted]
    return f"{extra[0]} is too much" if extra else ""


def undocumented(twin: Twin) -> list[str]:
    """Return the refusals that neither the docstring of ours nor its signature announces."""
    owner = sys.modules[twin.ours.__module__]
    for name in twin.ours.__qualname__.split(".")[:-1]:
        owner = getattr(owner, name)
    text = f"{inspect.getdoc(twin.ours)} {inspect.getdoc(owner)}"
    return [
        f"{refusal.error.__name__}: {refusal.message}"
        for refusal in twin.refuses
        if refusal.error.__name__ not in text and "keyword argument" not in refusal.message
    ]
