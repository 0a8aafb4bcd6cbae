"""Adam's first step and its betas; that it equals torch's stands in test_optimizers.py."""

import re

import pytest
import torch

from lib.training.adam import Adam, AdamW


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e6])
def test_the_first_step_of_adam_has_the_size_of_the_rate(size):
    parameter = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    parameter.grad = torch.tensor([size, -size], dtype=torch.float64)
    Adam([parameter], lr=0.25).step()
    assert parameter.tolist() == pytest.approx([-0.25, 0.25], rel=1e-4)


def test_betas_outside_the_unit_interval_are_refused():
    parameters = [torch.zeros(2, requires_grad=True)]
    for ours in (Adam, AdamW):
        for betas in ((1.0, 0.5), (0.5, -0.1)):
            message = re.escape(f"betas must lie in [0, 1), got {betas}")
            with pytest.raises(ValueError, match=message):
                ours(parameters, betas=betas)
