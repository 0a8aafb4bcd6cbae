"""The comparison itself, on made-up samples: whatever differs from torch is named."""

import pytest
import torch
from torch import nn

from tests.torch_samples.adapt import as_module, dropping
from tests.torch_samples.samples import Sample
from tests.torch_samples.twin import Refusal, Twin, examine, undocumented

NUMBERS = torch.tensor([[0.5, -1.0, 2.0]], dtype=torch.float64)
SAMPLE = Sample("sample 0", (NUMBERS.clone().requires_grad_(),))
NORM = Sample(
    "sample 0", (torch.cat([NUMBERS, 2 * NUMBERS]).requires_grad_(),),
    construct_args=(3,), modes=(True, False),
)  # fmt: skip


class Norm(nn.BatchNorm1d):
    """Moves the running mean too fast."""

    def __init__(self, features):
        super().__init__(features, momentum=0.2)


class FrozenNorm(nn.BatchNorm1d):
    """Has no weights where torch has some."""

    def __init__(self, features):
        super().__init__(features, affine=False)


class NormInTraining(nn.BatchNorm1d):
    """Takes every mode for training."""

    def forward(self, x):
        self.training = True
        return super().forward(x)


def edits_its_input(x):
    x.data *= 2
    return (x / 2).exp()


def warns(x):
    import warnings

    warnings.warn("slow", UserWarning, stacklevel=2)
    return x.exp()


def refuses(x):
    """Raises: ValueError always."""
    raise ValueError(f"x must have one axis, got {x.dim()}")


def problem_of(ours, theirs, sample=SAMPLE, **options):
    (problem,) = examine(Twin(ours, theirs, equal=0, **options), [sample]).problems
    return problem


@pytest.mark.parametrize(
    ("ours", "theirs", "problem"),
    [
        (lambda x: x.exp() * (1 + 1e-9), torch.exp, "result: Tensor-likes are not close"),
        (lambda x: x.exp() * torch.nan, torch.exp, "result: Tensor-likes are not close"),
        (lambda x: x.exp().detach(), torch.exp, "results with a gradient is 0 instead of 1"),
        (lambda x: x.exp().detach() + x - x.detach(), torch.exp, "gradient of input[0][0]: Tensor"),
        (lambda x: x.exp().float(), torch.exp, "result: The values for attribute 'dtype'"),
        (lambda x: x.exp()[0], torch.exp, "result: The values for attribute 'shape'"),
        (lambda x: (x.exp(), x), torch.exp, "result is missing"),
        (lambda x: [x.exp(), 1], lambda x: [x.exp()], "result[1] is too much"),
        (lambda x: None, torch.exp, "result is None instead of a tensor"),
        (lambda x: 1.0, torch.numel, "result is 1.0 instead of 3"),
        (lambda x: 3.0, torch.numel, "result is 3.0 instead of 3"),
        (edits_its_input, torch.exp, "input[0][0]: Tensor-likes are not close"),
        (warns, torch.exp, "undeclared UserWarning: slow"),
        (refuses, torch.exp, "undeclared ValueError: x must have one axis, got 2"),
    ],
)
def test_a_difference_is_named(ours, theirs, problem):
    assert problem in problem_of(ours, theirs)


@pytest.mark.parametrize(
    ("ours", "problem"),
    [
        (Norm, "training=True: buffer running_mean: Tensor-likes are not close"),
        (NormInTraining, "training=False: result: Tensor-likes are not close"),
        (FrozenNorm, "undeclared RuntimeError: Error(s) in loading state_dict"),
    ],
)
def test_modules_are_compared_in_both_modes_with_their_buffers(ours, problem):
    assert problem in problem_of(ours, nn.BatchNorm1d, NORM)
    assert examine(Twin(nn.BatchNorm1d, nn.BatchNorm1d, equal=1), [NORM]).problems == []


def test_dropout_draws_the_same_numbers_and_the_state_of_the_generator_stays():
    sample = Sample("sample 0", (NUMBERS.repeat(7, 11),), modes=(True, False))
    before = torch.get_rng_state()
    for part in (nn.Dropout, nn.functional.dropout):
        assert examine(Twin(part, part, equal=1), [sample]).problems == []
    assert torch.equal(torch.get_rng_state(), before)


def test_a_refusal_needs_its_exact_type_and_its_message():
    declared = Refusal(ValueError, "x must have one axis, got 2", "no matrices")
    outcome = examine(Twin(refuses, torch.exp, 0, (declared,)), [SAMPLE])
    assert (outcome.problems, outcome.equal, outcome.refused[declared]) == ([], 0, 1)
    for wrong in (Refusal(Exception, "one axis", ""), Refusal(ValueError, "two axes", "")):
        problems = examine(Twin(refuses, torch.exp, 0, (wrong,)), [SAMPLE]).problems
        assert "undeclared ValueError" in problems[0]
        assert "never refused" in problems[1]


def test_a_refusal_that_never_happens_is_a_problem():
    assert "never refused: ValueError" in problem_of(
        torch.exp, torch.exp, refuses=(Refusal(ValueError, "x must be", ""),)
    )


def test_samples_that_are_gone_are_a_problem():
    problem = "1 samples are equal, not 2 or more"
    assert examine(Twin(torch.exp, torch.exp, equal=2), [SAMPLE]).problems == [problem]
    assert examine(Twin(torch.exp, torch.exp, equal=2), [SAMPLE, SAMPLE]).problems == []


def test_refusals_are_documented():
    declared = (
        Refusal(ValueError, "one axis", ""), Refusal(TypeError, "keyword argument 'dim'", ""),
    )  # fmt: skip
    assert undocumented(Twin(refuses, torch.exp, 0, declared)) == []
    assert undocumented(Twin(warns, torch.exp, 0, declared)) == ["ValueError: one axis"]


def test_an_argument_is_dropped_only_where_it_asks_for_what_ours_does():
    def seen(**kwargs):
        return kwargs

    assert dropping(seen, keepdim=True)(keepdim=True, dim=1) == {"dim": 1}
    assert dropping(seen, keepdim=True)(keepdim=False, dim=1) == {"keepdim": False, "dim": 1}


def test_a_function_as_a_module_keeps_tensors_as_buffers():
    module = as_module(lambda x, *, weight, power: (x * weight) ** power)(weight=NUMBERS, power=2)
    assert list(module.state_dict()) == ["weight"]
    assert torch.equal(module(NUMBERS), NUMBERS**4)


def test_names_are_those_that_a_reader_writes():
    assert Twin(refuses, nn.LSTM, 0).names == ("tests.torch_samples.test_twin.refuses", "nn.LSTM")
    theirs = (nn.functional.linear, torch.optim.SGD, torch.Tensor.view, torch.broadcast_shapes)
    assert [Twin(refuses, twin, 0).names[1] for twin in theirs] == [
        "nn.functional.linear", "optim.SGD", "Tensor.view", "torch.broadcast_shapes",
    ]  # fmt: skip
