"""What Newton–Schulz does to singular values; that Muon equals torch's: test_optimizers.py."""

import re

import pytest
import torch

from lib.core.seed import make_generator
from lib.training.muon import Muon, newton_schulz


@pytest.mark.parametrize("shape", [(1, 1), (2, 5), (7, 3), (11, 11)])
def test_newton_schulz_maps_each_singular_value_by_the_polynomial(shape):
    matrix = torch.randn(shape, generator=make_generator(1), dtype=torch.float64)
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    wanted = values / values.square().sum().sqrt()
    for _ in range(5):
        wanted = 3.4445 * wanted - 4.775 * wanted**3 + 2.0315 * wanted**5
    got = newton_schulz(matrix, dtype=torch.float64)
    torch.testing.assert_close(got, left @ wanted.diag() @ right, rtol=1e-10, atol=1e-10)


def test_newton_schulz_with_the_cubic_coefficients_is_orthogonal():
    matrix = torch.randn(5, 3, generator=make_generator(0), dtype=torch.float64)
    got = newton_schulz(matrix, 40, coefficients=(1.5, -0.5, 0.0), dtype=torch.float64)
    torch.testing.assert_close(got.T @ got, torch.eye(3, dtype=torch.float64))
    assert newton_schulz(torch.zeros(3, 2)).abs().max() == 0


def test_muon_refuses_what_is_no_matrix():
    with pytest.raises(ValueError, match=re.escape("Muon moves matrices alone, got shape (4,)")):
        Muon([torch.zeros(4, requires_grad=True)])
