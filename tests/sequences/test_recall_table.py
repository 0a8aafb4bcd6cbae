"""The best rate is the one that solves most, and later runs take it from there."""

import pytest

from lib.sequences.memory import GAPS, LAYERS
from lib.sequences.memory_long import GRID, LONG_GAP, LONG_SEEDS
from lib.sequences.recall_table import best_recall
from lib.training.run_grid import GridRow, load_grid


def row(lr, *shares, test=0.5):
    """Return a run with these validation accuracies, an epoch each."""
    history = [{"val_accuracy": share} for share in shares]
    return GridRow({"lr": lr}, history, {"accuracy": test}, None, 1.0, "")


def test_solved_runs_count_most_then_accuracy_then_updates():
    two, one = [row(0.1, 0.2, 0.99)] * 2, [row(0.2, 1.0), row(0.2, 0.98)]
    assert best_recall(two + one).lr == 0.1
    assert best_recall([row(0.1, 0.5), row(0.2, 0.6)]).lr == 0.2
    assert best_recall([row(0.1, 0.5, 1.0), row(0.2, 1.0)]).lr == 0.2


def test_numbers_are_those_of_the_best_rate():
    recall = best_recall([row(0.1, 0.3, 0.995, test=0.98), row(0.1, 0.4, 0.5, test=0.45),
                          row(0.2, 0.1, 0.2, test=0.9)])  # fmt: skip
    assert recall.lr == 0.1
    assert recall.accuracies == [0.98, 0.45]
    assert recall.updates == [50, None]
    assert recall.num_solved() == 1


def test_no_runs_are_refused():
    with pytest.raises(ValueError, match="rows must hold at least one run, got none"):
        best_recall([])


def test_the_long_gap_has_the_layers_that_solved_the_gap_before_at_their_rate():
    grid = load_grid("sequences/memory")
    for layer in LAYERS:
        recall = best_recall(grid.select({"layer": layer, "gap": GAPS[-1]}))
        mine = [setting for setting in GRID.settings if setting["layer"] == layer]
        assert len(mine) == (len(LONG_SEEDS) if recall.num_solved() else 0)
        assert {setting["lr"] for setting in mine} <= {recall.lr}
    assert not {row.setting["seed"] for row in grid.rows} & {*LONG_SEEDS}
    assert {setting["gap"] for setting in GRID.settings} == {LONG_GAP}
