"""Of two findings that mean one fault, the more precise one stays."""

import pytest

from lib.start.findings import Finding
from lib.start.precedence import PRECISER, PRECISER_IN_WSL, most_precise
from lib.start.symptoms import SYMPTOMS


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
    known = {symptom.code for symptom in SYMPTOMS}
    for precise, vague in (*PRECISER, *PRECISER_IN_WSL):
        assert {precise, *vague} <= known
