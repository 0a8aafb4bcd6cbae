"""The table shows what the stored runs hold."""

from statistics import mean

from lib.cnn.comparison_table import compared, comparison_table
from lib.training.run_grid import load_grid


def test_the_table_holds_the_stored_accuracies():
    rows = load_grid("cnn/comparison").select({"network": "NiN, small", "data": "fashion"})
    accuracies = [row.test["accuracy"] for row in rows]
    row = compared("NiN, small", "fashion")
    assert row.accuracies == tuple(accuracies)
    assert min(r.seconds for r in rows) <= row.seconds <= max(r.seconds for r in rows)
    lines = comparison_table(["NiN, small", "MLP"]).splitlines()
    assert len(lines) == 4
    assert f"{mean(accuracies):.3f} ({min(accuracies):.3f}–{max(accuracies):.3f})" in lines[2]
    assert f"{784 * 256 + 256 + 256 * 128 + 128 + 1290:,}" in lines[3]
    assert f"{784 * 256 + 256 * 128 + 1280:,}" in lines[3]
