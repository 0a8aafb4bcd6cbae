"""Versions of drivers, of CUDA, and of torch and torchvision, finished and unfinished ones."""

import pytest

from lib.start.diagnosis import diagnose
from lib.start.report import Report
from lib.start.versions import (
    fits,
    is_older,
    minimum_driver,
    newest_cuda,
    numbers,
    published_build,
    release,
)


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


@pytest.mark.parametrize(
    ("version", "wanted", "expected"),
    [
        ("2.15.0+cu132", ">=2.14.0", True),
        ("2.15.0", ">=2.14.0", True),
        ("2.9.1", ">=2.14.0", False),  # nine is less than fourteen
        ("2.13.0+cu132", ">=2.14.0", False),
        ("2.6.0+cu124", "==2.6.0", True),
        ("2.6", "==2.6.0", True),
        ("2.6.0", "==2.6", True),
        ("2.4.0+cu121", "==2.5.1", False),
        ("2.6.0", "==2.5.1", False),
        ("2.16.0.dev20261101+cu132", "==2.16.0.dev20261101", True),
        ("2.16.0.dev20261101+cu132", "==2.16.0.dev20261031", False),
        ("2.16.0.dev20261101", ">=2.14.0", True),
        ("2.14.0.dev20260801", ">=2.14.0", True),
        ("2.16.0", ">=2.16.0.dev20261031", True),
        ("2.15.0", ">=2.16.0.dev20261031", False),
        ("2.15.0rc1", ">=2.15.0", True),
        ("2.6.0a0+git1a2b3c4", "==2.6.0", True),
        ("2.15.0", "", True),
        ("2.15.0", "!=2.6.0", True),
        ("unknown", ">=2.14.0", False),
    ],
)
def test_what_torchvision_asks_for(version, wanted, expected):
    assert fits(version, wanted) is expected


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("2.16.0.dev20261101+cu132", "2.16.0"), ("2.15.0rc1", "2.15.0"), ("2.6", "2.6"), ("git", "")],
)
def test_release(version, numbers):
    assert release(version) == numbers


@pytest.mark.parametrize(
    ("version", "build"),
    [
        ("2.15.0+cu132", "cu132"),
        ("2.6.0+cpu", "cpu"),
        ("2.6.0+rocm6.2.4", "rocm6.2.4"),
        ("2.16.0.dev20261101+xpu", "xpu"),
        ("0.29.2", ""),
        ("2.5.0a0+872d972e41.nv24.08", ""),
        ("0.20.0a0+afc54f7", ""),
    ],
)
def test_only_published_builds_have_a_name(version, build):
    assert published_build(version) == build


@pytest.mark.parametrize(
    ("torch", "torchvision", "needs", "codes"),
    [
        ("2.15.0+cu132", "0.29.2+cu132", ">=2.14.0", []),
        ("2.15.0+cu132", "0.29.2", ">=2.14.0", []),
        ("2.15.0+cu132", "0.29.2+cpu", ">=2.14.0", ["torchvision-mismatch"]),
        ("2.13.0+cu132", "0.29.2+cu132", ">=2.14.0", ["torchvision-mismatch"]),
        ("2.16.0.dev20261101+cu132", "0.31.0.dev20261101+cu132", "==2.16.0.dev20261101", []),
        (
            "2.16.0.dev20261101+cu132", "0.31.0.dev20261031+cu132", "==2.16.0.dev20261031",
            ["torchvision-mismatch"],
        ),
        ("2.5.0a0+872d972e41.nv24.08", "0.20.0a0+afc54f7", "", []),  # from source, for a Jetson
    ],
)  # fmt: skip
def test_the_doctor_judges_pairs(torch, torchvision, needs, codes):
    report = Report(
        python="3.11.9", torch=torch, torch_works=True, torchvision=torchvision,
        torchvision_works=True, torchvision_needs=needs,
    )  # fmt: skip
    assert [finding.code for finding in diagnose(report)] == codes
