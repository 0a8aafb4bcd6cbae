"""Mutants of solutions that are right answers, too, and words of texts meant otherwise."""

EQUIVALENT: dict[str, set[str]] = {
    "tensors/attributes/brighten": {"255 -> 256", "255 -> 256 #2"},
}

MEANT_OTHERWISE: dict[str, set[str]] = {}
