"""The switches of lower precision are off during the products, and back afterwards."""

import pytest
import torch

from lib.start import stress
from lib.start.stress import exact_sums


def test_switches_are_put_back_even_after_an_error():
    switches = torch.backends.cuda.matmul
    names = [name for name in stress.LOWER_PRECISION if hasattr(switches, name)]
    assert "allow_bf16_reduced_precision_reduction" in names
    before = [getattr(switches, name) for name in names]
    during = []

    def fail():
        with exact_sums():
            during.extend(getattr(switches, name) for name in names)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert during == [False] * len(names)
    assert [getattr(switches, name) for name in names] == before
    assert any(before)
