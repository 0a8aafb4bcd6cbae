"""Messages that torch, torchvision, NumPy, pip and nvidia-smi really gave, and what they mean."""

from pathlib import Path

import pytest
import yaml

from lib.start.symptoms import SYMPTOMS, explain

TEXT = Path(__file__).with_name("recorded_messages.yml").read_text(encoding="utf-8")
RECORDED = [(case["code"], case["message"], case["quoted"]) for case in yaml.safe_load(TEXT)]

REMARKS = {"out-of-memory", "device-busy", "no-float64", "main-guard", "worker-cannot-import",
           "cuda-after-fork", "shared-memory"}  # fmt: skip


@pytest.mark.parametrize(("code", "message", "quoted"), RECORDED)
def test_recorded_message_is_recognised_alone_and_quoted_without_folders(code, message, quoted):
    (finding,) = explain(message)
    assert finding.code == code
    assert finding.evidence == quoted
    assert finding.serious is (code not in REMARKS)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "RuntimeError: The size of tensor a (2) must match the size of tensor b (3)",
        "ModuleNotFoundError: No module named 'torchmetrics'",
        "UserWarning: TypedStorage is deprecated.",
        "AttributeError: module 'x' has no attribute 'y' (consider renaming '/me/mytorch.py' if",
        "RuntimeError: CUDA error: device-side assert triggered",
        "ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
    ],
)
def test_other_errors_are_left_alone(message):
    assert explain(message) == []


def test_several_symptoms_are_all_found_in_the_order_of_the_table():
    message = "\n".join(message for _, message, _ in reversed(RECORDED))
    codes = [finding.code for finding in explain(message)]
    assert codes == [symptom.code for symptom in SYMPTOMS]
    assert len(set(codes)) == len(codes)


def test_every_symptom_has_a_recorded_case_and_a_remedy():
    assert {code for code, _, _ in RECORDED} == {symptom.code for symptom in SYMPTOMS}
    assert all(s.problem.endswith((".", ")")) and len(s.remedy) > 15 for s in SYMPTOMS)


@pytest.mark.parametrize(
    "message",
    [
        "ld: No devices were found by this linker script",
        "Error 805: forward compatibility is fine",
        "RuntimeError: DataLoader worker (pid(s) 7) exited unexpectedly",
        "a version `LIBFOO_2.1' not found",
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
