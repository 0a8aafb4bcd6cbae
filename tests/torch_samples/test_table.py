"""Every part that has a twin in torch, on all of torch's own samples for that twin."""

import importlib.util
import os
import sys

import pytest
import torch

from tests.torch_samples import scratch
from tests.torch_samples.samples import SamplesUnavailableError, draw
from tests.torch_samples.summary import PROPERTY
from tests.torch_samples.table import TWINS
from tests.torch_samples.twin import examine, undocumented


def require_expecttest():
    """Skip where torch's samples cannot be imported; in CI that is a failure."""
    if importlib.util.find_spec("expecttest") is None:
        reason = "torch.testing._internal needs the package expecttest: pip install expecttest"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture(scope="module")
def samples():
    """All samples that this file needs, drawn at once."""
    require_expecttest()
    twins = list(dict.fromkeys(twin.theirs for twin in [*TWINS, *scratch.TWINS]))
    try:
        return dict(zip(twins, draw(twins), strict=True))
    except SamplesUnavailableError as error:  # one line for each test, no traceback
        pytest.fail(str(error), pytrace=False)


def name(twin):
    return " = ".join(twin.names)


@pytest.mark.parametrize("twin", TWINS, ids=name)
def test_our_part_on_torch_s_samples(twin, samples, request):
    outcome = examine(twin, samples[twin.theirs])
    refused = sum(outcome.refused.values())
    why = ", ".join(refusal.why for refusal in outcome.refused)
    numbers = (outcome.samples, outcome.equal, refused)
    row = [*twin.names, *map(str, numbers), why]
    request.node.user_properties.append((PROPERTY, row))
    assert not outcome.problems, "\n".join(outcome.problems)
    assert not undocumented(twin)


@pytest.mark.parametrize("twin", scratch.TWINS, ids=name)
def test_the_table_can_hold_modules_losses_and_optimisers(twin, samples):
    outcome = examine(twin, samples[twin.theirs])
    assert outcome.problems == undocumented(twin) == []
    assert outcome.equal + sum(outcome.refused.values()) == outcome.samples


@pytest.mark.parametrize("broken", scratch.BROKEN, ids=lambda twin: twin.ours.__name__)
def test_a_wrong_part_is_noticed(broken, samples):
    outcome = examine(broken, samples[broken.theirs])
    assert any(scratch.NOTICED[broken.ours] in problem for problem in outcome.problems)


def test_drawing_leaves_this_process_alone(samples):
    assert not torch.backends.flags_frozen()
    assert "torch.testing._internal.common_utils" not in sys.modules


def test_without_expecttest_the_samples_are_skipped_but_fail_in_ci(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="pip install expecttest"):
        require_expecttest()
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="pip install expecttest"):
        require_expecttest()
