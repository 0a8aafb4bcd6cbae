"""Recall after 200 distractors: the layers that solved 100, at the rate that did best.

The seeds are others than those that chose the rate.
"""

from lib.sequences.memory import GAPS, LAYERS, MAX_EPOCHS, make_recall_run
from lib.sequences.recall_table import best_recall
from lib.training.run_grid import RunGrid, Setting, load_grid

LONG_GAP, LONG_SEEDS = 200, (3, 4, 5)


def long_recall_settings() -> list[Setting]:
    """Return three runs at the long gap for each layer that solved the longest before.

    Raises: as `load_grid`.
    """
    grid, settings = load_grid("sequences/memory"), []
    for layer in LAYERS:
        recall = best_recall(grid.select({"layer": layer, "gap": GAPS[-1]}))
        if recall.num_solved():
            part = {"layer": layer, "gap": LONG_GAP, "lr": recall.lr}
            settings += [{**part, "seed": seed} for seed in LONG_SEEDS]
    return settings


GRID = RunGrid(make_recall_run, long_recall_settings(), MAX_EPOCHS, rtol=0.05)
