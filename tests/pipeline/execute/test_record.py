"""The record of a run: read from the notebook, or missed with a clear message."""

import json

import pytest

from pipeline.execute.record import read_run, stamp_text

RECORD = {
    "digest": "0",
    "executed": "2026-11-22T10:00:00+00:00",
    "seconds": 12.4,
    "peak_memory_mb": 409.6,
    "python": "3.11.7",
    "torch": "2.15.0",
    "device": "cpu",
}
CELLS = [
    {"cell_type": "code", "metadata": {"tags": ["colab-setup", "remove-cell"]}},
    {"cell_type": "code", "metadata": {}},
    {"cell_type": "markdown", "metadata": {}},
    {"cell_type": "code", "metadata": {"tags": ["nbval-ignore-output"], "reason": "a time"}},
]


def notebook_with(folder, record):
    path = folder / "topic.ipynb"
    path.write_text(json.dumps({"metadata": {"course": record}, "cells": CELLS}))
    return path


def test_the_run_is_read_with_its_cells(tmp_path):
    run = read_run(notebook_with(tmp_path, RECORD))
    assert run.executed == "2026-11-22"
    assert run.code_cells == 2
    assert run.uncompared == ("a time",)


def test_the_stamp_says_when_how_long_and_with_what(tmp_path):
    assert stamp_text(read_run(notebook_with(tmp_path, RECORD))) == (
        "Run on 2026-11-22 in 12 s (peak 410 MB) with Python 3.11, torch 2.15.0, CPU."
    )


@pytest.mark.parametrize("key", ["executed", "seconds", "peak_memory_mb", "torch", "device"])
def test_a_record_with_a_gap_is_refused(tmp_path, key):
    record = {name: value for name, value in RECORD.items() if name != key}
    with pytest.raises(ValueError, match=rf"topic.ipynb must record its run .*missing: {key}$"):
        read_run(notebook_with(tmp_path, record))
