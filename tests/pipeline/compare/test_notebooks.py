"""Two runs of a notebook: which differences of their outputs count."""

import copy

import pytest
from nbformat import v4

from pipeline.compare.notebooks import differences, joined_streams

SVG = '<svg viewBox="0 0 9 9"><circle cx="1.50" r="2.00"/>{}</svg>'


def printed(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


def shown(**data):
    names = {kind.replace("_", "/"): value for kind, value in data.items()}
    return v4.new_output("display_data", data=names)


def notebook(*outputs, source="f()", tags=(), **metadata):
    """Make a notebook of a text and one cell."""
    cell = v4.new_code_cell(source, outputs=list(outputs))
    cell.metadata.update({"tags": list(tags), **metadata})
    return v4.new_notebook(cells=[v4.new_markdown_cell("Text."), cell])


TIME = {"tags": ["nbval-ignore-output"], "reason": "the time of day"}
SAME = {
    "all": (notebook(printed("a\n")), notebook(printed("a\n"))),
    "rounding": (notebook(printed("loss 0.9123")), notebook(printed("loss 0.9124"))),
    "parts of a print": (notebook(printed("ab\nc")), notebook(printed("a"), printed("b\nc"))),
    "turns of print and warning": (
        notebook(printed("a\nb\n"), printed("w", "stderr")),
        notebook(printed("w", "stderr"), printed("a\n"), printed("b\n"))),
    "states of a progress bar": (
        notebook(printed("10 %\r100 %\r\ndone")), notebook(printed("55 %\r100 %\ndone"))),
    "a widget's identifier": (
        v4.new_notebook(cells=[v4.new_code_cell("", outputs=[v4.new_output(
            "display_data", data={"text/plain": "x", **extra})])])
        for extra in ({}, {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}})),
    "text around": (notebook(printed("a"), source="f()"), notebook(printed("a"), source="f() ")),
    "a time": (notebook(printed("1.5 s"), **TIME), notebook(printed("2.5 s"), **TIME)),
    "a loosened number": (notebook(printed("0.9")),
                          notebook(printed("0.88"), tags=["nbval-rtol=0.05"])),
    "rounding in a drawing": (notebook(shown(text_html=SVG.format("1000.12"))),
                              notebook(shown(text_html=SVG.format("1000.13")))),
    "structured data": (notebook(shown(application_json={"a": 1, "b": 2})),
                        notebook(shown(application_json={"b": 2, "a": 1}))),
}
OTHER = {
    "a number": (notebook(printed("a\nloss 0.5")), notebook(printed("a\nloss 0.6")),
                 "code cell 0: stdout, line 2: number 1 of the line: 0.5 stored, 0.6 in the new"),
    "an output": (notebook(printed("a")), notebook(), "the cell has other outputs than stored"),
    "a kind": (notebook(shown(text_plain="a")), notebook(shown(text_plain="a", text_html="a")),
               "display_data text/html text/plain: a"),
    "a warning": (notebook(printed("a", "stderr")), notebook(printed("b", "stderr")), "stderr, "),
    "the order of outputs": (notebook(printed("a"), shown(text_plain="b")),
                             notebook(shown(text_plain="b"), printed("a")), "other outputs"),
    "the source of a cell that is not compared": (
        notebook(printed("1.5 s"), source="f()", **TIME),
        notebook(printed("2.5 s"), source="g()", **TIME),
        "code cell 0: the cell has changed, and its outputs are not compared"),
    "a warning beside a time": (
        notebook(printed("1 s"), printed("a", "stderr"), **TIME),
        notebook(printed("2 s"), printed("b", "stderr"), **TIME), "stderr, line 1"),
    "the number of cells": (notebook(), v4.new_notebook(), "0 code cells, 1 stored"),
    "a tag that is gone": (notebook(printed("0.9"), tags=["nbval-rtol=0.05"]),
                           notebook(printed("0.88")), "allowed is"),
    "a drawing's structure": (notebook(shown(text_html=SVG.format(""))),
                              notebook(shown(text_html=SVG.format("<path/>"))), "the text differs"),
    "a drawing's number": (notebook(shown(text_html=SVG.format("1.50"))),
                           notebook(shown(text_html=SVG.format("1.60"))), "they differ by 0.1"),
    "structured data": (notebook(shown(application_json={"a": 1})),
                        notebook(shown(application_json={"a": 2})), "application/json, line 1"),
    "an exception": (
        notebook(v4.new_output("error", ename="ValueError", evalue="a", traceback=["x"])),
        notebook(v4.new_output("error", ename="KeyError", evalue="b", traceback=["x"])), "ename, "),
}


@pytest.mark.parametrize("name", SAME)
def test_what_does_not_count(name):
    stored, new = SAME[name]
    before = copy.deepcopy((stored, new))
    assert differences(stored, new) == []
    assert (stored, new) == before


@pytest.mark.parametrize("name", OTHER)
def test_what_counts(name):
    stored, new, says = OTHER[name]
    before = copy.deepcopy((stored, new))
    assert says in "\n".join(differences(stored, new))
    assert (stored, new) == before


def test_every_difference_is_listed():
    stored, new = (
        v4.new_notebook(cells=[v4.new_code_cell("", outputs=[printed(text)]) for _ in range(2)])
        for text in "ab")
    assert [found.split(":")[0] for found in differences(stored, new)] == [
        "code cell 0", "code cell 1"]


def test_a_tag_that_breaks_the_rules_is_an_error():
    with pytest.raises(ValueError, match="tag `nbval-skip` is not allowed"):
        differences(notebook(), notebook(tags=["nbval-skip"]))


def test_warnings_come_last():
    outputs = [printed("w", "stderr"), shown(text_plain="x"), printed("a"), printed("v", "stderr")]
    joined = joined_streams(outputs)
    assert [output.get("text") for output in joined] == [None, "a", "wv"]
