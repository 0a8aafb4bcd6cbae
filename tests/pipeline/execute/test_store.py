"""What is stored is clean and whole, and what looks wrong is said."""

import os
import tempfile

import nbformat.v4
import pytest

from pipeline import chapters as pairs
from pipeline.execute import store
from pipeline.execute.kernel import Run

SOURCE = "# One\n\n```{code-cell} ipython3\na = 1\n```\n"


def notebook(*outputs, **metadata):
    """Make a notebook whose last cell has the given outputs."""
    made = pairs.make_notebook(SOURCE, "https://example.org/course")
    made.cells[-1].update(outputs=list(outputs), execution_count=2)
    made.cells[-1].metadata.update(metadata)
    return made


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", text=text, name=name)


def test_clean_removes_timing_and_widgets():
    view = "application/vnd.jupyter.widget-view+json"
    data = {"text/plain": "x", view: {"model_id": "7"}}
    output = nbformat.v4.new_output("display_data", data=data)
    made = notebook(output, execution={"iopub.status.busy": "2020"})
    made.metadata["widgets"] = {"state": {}}
    result = store.clean(made)
    assert "widgets" not in result.metadata
    assert result.cells[-1].metadata == {}
    assert result.cells[-1].outputs[0].data == {"text/plain": "x"}
    assert "execution" in made.cells[-1].metadata  # the argument is left alone


def test_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "one.ipynb"
    run = store.record(Run(1.0, 100, "cpu"))
    assert store.store(notebook(), path, run, "0" * 64) == []
    whole = path.read_bytes()
    assert pairs.read_notebook(path).metadata.course.digest == "0" * 64
    assert whole.endswith(b"}\n")
    assert not whole.endswith(b"\n\n")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        store.store(notebook(stream("new")), path, run, "1" * 64)
    assert path.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [path]


def test_an_editor_may_open_and_save_but_not_change(tmp_path):
    path = tmp_path / "one.ipynb"
    store.store(notebook(stream("40\n")), path, store.record(Run(1.0, 100, "cpu")), "0" * 64)
    stored = pairs.read_notebook(path)
    assert not store.is_edited(stored)
    stored.metadata.kernelspec.name = "my-venv"
    stored.cells[-1].metadata["execution"] = {"iopub.status.busy": "2020"}
    assert not store.is_edited(stored)
    stored.cells[-1].outputs[0].text = "41\n"
    assert store.is_edited(stored)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (stream("UserWarning: odd\n", "stderr"), "cell 2 wrote to stderr: 'UserWarning: odd'"),
        (stream(f"saved to {tempfile.gettempdir()}/x\n"), "cell 2 shows a path of this machine"),
        (stream("<Loader at 0x7f3a5c0d12e0>\n"), "cell 2 shows a memory address"),
    ],
)
def test_complaints(output, message):
    assert list(store.complaints(notebook(output), 10)) == [message]


def test_harmless_outputs_raise_no_complaint():
    picture = nbformat.v4.new_output("display_data", data={"image/png": "0x7f3a5c0d12e0"})
    made = notebook(stream("0x1f, /usr/share/datasets\n"), picture)
    assert list(store.complaints(made, store.NOTEBOOK_BYTES)) == []


def test_size():
    assert list(store.complaints(notebook(), 1_600_000)) == [
        "the notebook has 1.5 MB, more than 1 MB"
    ]
