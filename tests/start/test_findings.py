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


HINTS = """\
RuntimeError: CUDA error: unspecified launch failure
CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace
below might be incorrect.
For debugging consider passing CUDA_LAUNCH_BLOCKING=1
Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.
"""
WARNING = """\
/home/me/torch/cuda/__init__.py:138: UserWarning: CUDA initialization: something odd
  return torch._C._cuda_getDeviceCount() > 0
"""
CRASH = """\
terminate called after throwing an instance of 'c10::Error'
  what():  a library is broken
frame #0: c10::Error::Error(c10::SourceLocation) + 0x56
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HINTS, "RuntimeError: CUDA error: unspecified launch failure"),
        ("torch.AcceleratorError: CUDA error: odd\nSearch for `cudaErrorX'", None),
        (WARNING, "UserWarning: CUDA initialization: something odd"),
        (WARNING + HINTS, "RuntimeError: CUDA error: unspecified launch failure"),
        (HINTS + WARNING, "RuntimeError: CUDA error: unspecified launch failure"),
        (CRASH, "what():  a library is broken"),
        ("Fatal Python error: Segmentation fault\n\nThread 0x1\n  File x", None),
        ("KeyError\nand more", "KeyError"),
        ("a hint\nFailed to open the library\nsee the manual", "Failed to open the library"),
        ("nothing\nof the kind\n\n", "of the kind"),
        ("Error /opt/x/libfoo.so", "Error libfoo.so"),
        ("", ""),
    ],
)
def test_the_line_that_names_the_error_is_quoted(text, line):
    assert quote([text]) == (text.partition("\n")[0] if line is None else line)
    assert quote(["before", text]) == (quote([text]) or "before")


def test_of_several_errors_the_last_or_the_first_is_quoted():
    text = "OSError: first\nValueError: second\n"
    assert (quote([text]), quote([text], first=True)) == ("ValueError: second", "OSError: first")
    assert quote(["a\n", "OSError: x" + 300 * "y"]) == "OSError: x" + 190 * "y"
