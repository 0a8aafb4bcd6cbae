"""Findings: which of two stays, what is quoted, and texts without the folders of a machine."""

import pytest

from lib.start.findings import (
    PRECISER,
    PRECISER_IN_WSL,
    Finding,
    Symptom,
    most_precise,
    quote,
    without_folders,
)
from lib.start.symptoms import SYMPTOMS


def test_findings_and_symptoms_are_serious_unless_they_say_otherwise():
    assert Finding("code", "Problem.", "Remedy.") == ("code", "Problem.", "Remedy.", "", True)
    assert Symptom("code", "pattern", "Problem.", "Remedy.").serious


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("OSError: /opt/x/libfoo.so: no", "OSError: libfoo.so: no"),
        ("at ../c10/cuda/CUDAFunctions.cpp:108.)", "at CUDAFunctions.cpp:108.)"),
        (r'loading "C:\Users\A B\torch\c10.dll" or', 'loading "c10.dll" or'),
        ("Driver/library and is/are stay", "Driver/library and is/are stay"),
    ],
)
def test_folders_are_cut_from_paths_alone(text, short):
    assert without_folders(text) == short


def left(codes, *, wsl=False):
    """Return the codes that stay."""
    return list(most_precise({code: Finding(code, "P.", "R.") for code in codes}, wsl=wsl))


@pytest.mark.parametrize(
    ("codes", "stay"),
    [
        (["no-driver", "driver-not-loaded"], ["driver-not-loaded"]),
        (["no-driver", "cuda-unknown", "driver-half-updated"], ["driver-half-updated"]),
        (["no-driver", "driver-not-loaded", "driver-half-updated"], ["driver-half-updated"]),
        (["no-driver", "card-not-started"], ["card-not-started"]),
        (["two-openmp", "crash"], ["two-openmp"]),
        (["no-driver", "numpy-abi"], ["no-driver", "numpy-abi"]),
        (["no-driver"], ["no-driver"]),
        ([], []),
    ],
)
def test_the_precise_finding_stays_alone(codes, stay):
    assert left(codes) == stay


def test_inside_wsl_the_driver_in_windows_is_the_precise_one():
    assert left(["no-driver", "driver-not-loaded"], wsl=True) == ["no-driver"]
    assert left(["driver-half-updated"], wsl=True) == ["driver-half-updated"]
    assert left(["crash", "two-openmp"], wsl=True) == ["two-openmp"]


def test_all_codes_exist():
    known = {symptom.code for symptom in SYMPTOMS} | {"driver-silent", "cards-hidden"}
    for precise, vague in (*PRECISER, *PRECISER_IN_WSL):
        assert {precise, *vague} <= known
