"""The page of error messages: what is found in stored outputs, and that each example is true."""

from pathlib import Path

import pytest
import torch
from nbformat.v4 import new_code_cell, new_output

from pipeline.sphinx.error_messages import FILE, Entry, messages_in, outcome, read_entries

ROOT = Path(__file__).resolve().parents[3]
ENTRIES = [entry for group in read_entries(ROOT / FILE).values() for entry in group]
PINNED = f"torch=={torch.__version__.partition('+')[0]}\n"


def printed(text: str) -> list[tuple[str, str]]:
    return list(messages_in([new_code_cell(outputs=[new_output("stream", text=text)])]))


def test_a_message_is_read_to_the_next_one_across_lines():
    said = "x RuntimeError: size\n  mismatch\nTypeError: no list\n"
    assert printed(said) == [("RuntimeError", "size mismatch "), ("TypeError", "no list")]


@pytest.mark.parametrize("text", [
    "Raises: ValueError if n < 1", "RuntimeError: one of the variab ...", "an error: none",
])
def test_docstrings_cut_prints_and_other_texts_are_no_messages(text):
    assert printed(text) == []


def test_uncaught_errors_and_shown_values_are_read_but_no_source():
    source = {"text/html": '<div class="show-source">', "text/plain": "ValueError: n"}
    outputs = [new_output("error", ename="KeyError", evalue="\x1b[31m'a'\x1b[0m", traceback=[]),
               new_output("display_data", {"text/plain": "TypeError: b"}),
               new_output("display_data", source)]
    found = list(messages_in([new_code_cell(outputs=outputs)]))
    assert found == [("KeyError", "'a'"), ("TypeError", "b")]


@pytest.mark.parametrize(("text", "fits"), [
    ("mm: sizes 2x3 and 4x5 differ, and more", True), ("sizes 2x3 and 4x5 differ", True),
    ("sizes 2x3 differ", False), ("size 2x3 and 4x5 differ", False),
])
def test_three_dots_stand_for_anything(text, fits):
    assert Entry("…sizes … and … differ", "", "").fits(text) is fits


def test_no_message_is_explained_twice():
    for entry in ENTRIES:
        example = entry.message.removeprefix("…").replace("…", "1")
        assert [other.message for other in ENTRIES if other.fits(example)] == [entry.message]


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.example], ids=lambda e: e.message)
def test_an_example_fails_as_it_says_and_its_fix_runs(entry):
    said = outcome(entry, entry.example)
    assert said
    assert outcome(entry, entry.fix) == ""
    if PINNED in (ROOT / "constraints.txt").read_text():  # other versions have other words
        assert entry.fits(said.partition(": ")[2])
