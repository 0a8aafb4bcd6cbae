"""Learning curves side by side: the lines hold the history, the scales are shared."""

import pytest

from lib.figures.training.visualisation import LOSS_LIMITS, draw_runs

RUN = [
    {"epoch": 1, "train_loss": 2.0, "val_loss": 1.5, "val_accuracy": 0.25},
    {"epoch": 2, "train_loss": 0.5, "val_loss": 0.75, "val_accuracy": 0.5},
]


def test_lines_hold_the_history():
    losses, accuracy = draw_runs({"A": RUN}).axes
    train, val = losses.lines
    assert train.get_xydata().tolist() == [[1, 2.0], [2, 0.5]]
    assert val.get_xydata().tolist() == [[1, 1.5], [2, 0.75]]
    assert accuracy.lines[0].get_xydata().tolist() == [[1, 0.25], [2, 0.5]]
    assert "A" in {losses.get_title(loc=side) for side in ("left", "center")}


@pytest.mark.parametrize("runs", [{"A": RUN}, {"A": RUN, "mended": RUN[:1]}])
def test_scales_are_the_same_in_all_figures(runs):
    axes = draw_runs(runs).axes
    assert len(axes) == 2 * len(runs)
    for losses, accuracy in zip(axes[: len(runs)], axes[len(runs) :], strict=True):
        assert losses.get_yscale() == "log"
        assert losses.get_ylim() == LOSS_LIMITS
        assert accuracy.get_ylim() == (0, 1.03)
        assert losses.get_xlim() == axes[0].get_xlim()


@pytest.mark.parametrize("count", [0, 3])
def test_one_or_two_runs(count):
    with pytest.raises(ValueError, match=f"histories must be one or two, got {count}"):
        draw_runs({str(number): RUN for number in range(count)})
