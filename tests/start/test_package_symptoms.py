"""What Python, pip, torch, torchvision, NumPy and OpenMP say of the packages."""

import pytest

from lib.start.package_symptoms import PACKAGE_SYMPTOMS
from lib.start.symptoms import explain


def test_each_code_stands_once():
    codes = [symptom.code for symptom in PACKAGE_SYMPTOMS]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("libiomp5.so", "libomp.so.5"),
        ("libiomp5md.dll", "mk2iomp5md.dll"),
        ("libomp.dylib", "libiomp5.dylib"),
    ],
)
def test_two_copies_of_openmp_are_recognised_on_every_system(new, old):
    said = f"OMP: Error #15: Initializing {new}, but found {old} already initialized."
    (finding,) = explain(said)
    assert (finding.code, finding.serious) == ("two-openmp", True)
    assert "one from conda and one from pip" in finding.problem
    assert "new environment" in finding.remedy
    assert "KMP_DUPLICATE_LIB_OK" in finding.remedy


def test_another_error_of_openmp_is_left_alone():
    assert explain("OMP: Error #34: System unable to allocate resources for the monitor") == []
