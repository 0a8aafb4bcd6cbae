"""Messages that torch, torchvision, NumPy, pip and nvidia-smi really gave, and what they mean."""

from pathlib import Path

import pytest
import yaml

from lib.start.symptoms import SYMPTOMS, explain

TEXT = Path(__file__).with_name("recorded_messages.yml").read_text(encoding="utf-8")
RECORDED = [(case["code"], case["message"], case["quoted"]) for case in yaml.safe_load(TEXT)]


@pytest.mark.parametrize(("code", "message", "quoted"), RECORDED)
def test_recorded_message_is_recognised_alone_and_quoted_without_folders(code, message, quoted):
    (finding,) = explain(message)
    assert finding.code == code
    assert finding.evidence == quoted
    assert finding.serious is (code not in {"out-of-memory", "device-busy"})


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
