"""Mutants of solutions that are right answers, too, and words of texts meant otherwise."""

EQUIVALENT: dict[str, set[str]] = {}

MEANT_OTHERWISE: dict[str, set[str]] = {}
