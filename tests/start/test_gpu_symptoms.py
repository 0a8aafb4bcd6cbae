"""What nvidia-smi, CUDA and torch say of the driver and the card, and what is none of that."""

import pytest

from lib.start.gpu_symptoms import GPU_SYMPTOMS
from lib.start.symptoms import explain


def test_each_code_stands_once_and_patterns_match_no_empty_text():
    codes = [symptom.code for symptom in GPU_SYMPTOMS]
    assert len(set(codes)) == len(codes)
    assert explain("") == []


@pytest.mark.parametrize(
    "message",
    [
        "ld: No devices were found by this linker script",
        "Error 804: forward compatibility was attempted on non supported HW",
        "The NVIDIA driver on your system is fine",
        "RuntimeError: out of memory",
    ],
)
def test_words_that_only_resemble_a_symptom(message):
    assert explain(message) == []


def test_no_devices_counts_where_a_line_begins_with_it():
    (finding,) = explain("warning: infoROM is corrupted\nNo devices were found\n")
    assert finding.code == "card-not-started"
    assert "sudo dmesg" in finding.remedy
