"""Findings, and texts without the folders of a machine."""

import pytest

from lib.start.findings import Finding, Symptom, without_folders


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
