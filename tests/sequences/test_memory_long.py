"""The long gap is tried by layers that bridged the longest one before, at their best rate."""

from lib.sequences.memory import GAPS, SEEDS
from lib.sequences.memory_long import GRID, LONG_GAP, LONG_SEEDS
from lib.sequences.recall_table import best_recall
from lib.training.run_grid import load_grid


def test_seeds_and_gap_are_new():
    assert not set(LONG_SEEDS) & set(SEEDS)
    assert max(GAPS) < LONG_GAP


def test_each_layer_solved_the_gap_before_and_keeps_its_rate():
    before = load_grid("sequences/memory")
    for setting in GRID.settings:
        recall = best_recall(before.select({"layer": setting["layer"], "gap": max(GAPS)}))
        assert recall.num_solved() > 0
        assert setting["lr"] == recall.lr


def test_every_run_is_stored():
    assert len(load_grid("sequences/memory_long").rows) == len(GRID.settings)
