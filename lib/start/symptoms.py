"""From an error message to the faults of the set-up that it speaks of."""

from __future__ import annotations

import re

from lib.start.findings import Finding, without_folders
from lib.start.gpu_symptoms import GPU_SYMPTOMS
from lib.start.package_symptoms import PACKAGE_SYMPTOMS

SYMPTOMS = (*GPU_SYMPTOMS, *PACKAGE_SYMPTOMS)


def explain(message: str) -> list[Finding]:
    """Recognise the set-up faults that an error message speaks of, in the order of the table.

    The evidence is the recognised words alone, without folders.
    """
    findings = []
    for symptom in SYMPTOMS:
        match = re.search(symptom.pattern, message)
        if match:
            words = without_folders(" ".join(match.group().split()))
            code, _, problem, remedy, serious = symptom
            findings.append(Finding(code, problem, remedy, words, serious))
    return findings
