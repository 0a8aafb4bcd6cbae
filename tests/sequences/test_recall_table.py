"""The best rate is the one that solves most."""

import pytest

from lib.sequences.recall_table import best_recall
from lib.training.run_grid import GridRow


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
