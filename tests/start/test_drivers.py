"""Versions of drivers and of CUDA."""

import pytest

from lib.start.drivers import is_older, minimum_driver, newest_cuda, numbers


@pytest.mark.parametrize(
    ("cuda", "driver"),
    [("11.8", "450.80.02"), ("12.4", "525"), ("13.2", "580"), ("13", "580"), ("9.2", None)],
)
def test_minimum_driver_goes_by_the_major_version(cuda, driver):
    assert minimum_driver(cuda) == driver


@pytest.mark.parametrize("wrong", ["", "cu124", "12.x"])
def test_minimum_driver_wants_a_version(wrong):
    with pytest.raises(ValueError, match=r'cuda must be a version such as "12.4", got'):
        minimum_driver(wrong)


@pytest.mark.parametrize(
    ("version", "wanted", "older"),
    [
        ("470.82.01", "525", True),
        ("525.60.13", "525", False),
        ("580.65.06", "580", False),
        ("99.1", "450.80.02", True),
        ("450.66", "450.80.02", True),
        ("2.6.0+cu124", "2.6.0", False),
        ("2.6", "2.6.0", False),
        ("2.6", "2.6.1", True),
        ("2.6.1", "2.6", False),
    ],
)
def test_versions_compare_as_numbers(version, wanted, older):
    assert is_older(version, wanted) is older


def test_numbers_stop_at_the_build():
    assert numbers("2.6.0+cu124") == (2, 6, 0)


@pytest.mark.parametrize(("found", "cuda"), [(11040, "11.4"), (12080, "12.8"), (9000, "9.0")])
def test_torchs_number_is_read_as_a_cuda_version(found, cuda):
    message = f"The NVIDIA driver on your system is too old (found version {found})."
    assert newest_cuda(message) == cuda
    assert newest_cuda("a file (found version 12080)") is None
