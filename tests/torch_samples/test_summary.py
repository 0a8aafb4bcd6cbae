"""The table at the end of a run, with workers or without."""

import os
import subprocess
import sys
from pathlib import Path

from tests.torch_samples.summary import table

ROOT = Path(__file__).parents[2]
CONFTEST = "from tests.torch_samples.summary import pytest_terminal_summary\n"
ROWS = [["b.lstm", "nn.LSTM", "32", "16", "16", "no projection"], ["a", "add", "9", "9", "0", ""]]
TEST = f"""
import pytest

@pytest.mark.parametrize("row", {ROWS})
def test(row, request):
    request.node.user_properties.append(("torch samples", row))
    assert row[0] != "a"
"""
WANTED = """\
our part  torch twin  samples  equal  refused  why
a         add               9      9        0
b.lstm    nn.LSTM          32     16       16  no projection
"""


def test_the_table_ends_a_run_with_workers_also_where_tests_fail(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist.plugin", "-n", "1", "test_it.py"]
    run = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "-o", f"pythonpath={ROOT}"],
        cwd=tmp_path, env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.stdout.count("PyTorch's own samples") == 1
    assert WANTED in run.stdout


def test_columns():
    assert table(ROWS[:1]) == ["b.lstm  nn.LSTM  32  16  16  no projection"]
