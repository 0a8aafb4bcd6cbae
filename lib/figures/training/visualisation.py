"""Learning curves of one run, or of two side by side, on the same scales."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from lib.book.style import COLOURS

LOSS_LIMITS = (0.004, 8.0)  # what lies outside is cut off
LOSS_TICKS = (0.01, 0.1, 1.0)

History = Sequence[Mapping[str, float]]


def draw_runs(histories: Mapping[str, History]) -> Figure:
    """Draw the losses, on a log scale, above the validation accuracy: a column a run.

    All figures have the same limits, so that runs can be compared.

    Raises: ValueError unless there are one or two histories.
    """
    if len(histories) not in (1, 2):
        raise ValueError(f"histories must be one or two, got {len(histories)}")
    figure = Figure(figsize=(5.2, 3.9), layout="constrained")
    panels = figure.subplots(
        2, len(histories), sharex=True, sharey="row", squeeze=False,
        height_ratios=(2, 1),
    )  # fmt: skip
    columns = zip(*panels, histories.items(), strict=True)
    for number, (losses, accuracy, (title, history)) in enumerate(columns):
        epochs = [record["epoch"] for record in history]
        for name, style in (("train", "o-"), ("val", "s--")):
            values = [record[f"{name}_loss"] for record in history]
            colour = COLOURS[name == "val"]
            losses.plot(epochs, values, style, color=colour, label=name, markevery=2)
        shares = [record["val_accuracy"] for record in history]
        accuracy.plot(epochs, shares, "s--", color=COLOURS[1], markevery=2)
        losses.set(title=title, yscale="log", ylim=LOSS_LIMITS)
        losses.yaxis.set_major_locator(FixedLocator(LOSS_TICKS))
        losses.yaxis.set_minor_locator(NullLocator())
        losses.set_yticks(LOSS_TICKS, [f"{tick:g}" for tick in LOSS_TICKS])
        accuracy.set(xlabel="epoch", ylim=(0, 1.03), yticks=(0, 0.5, 1))
        if number == 0:
            losses.set_ylabel("loss (log scale)")
            accuracy.set_ylabel("val accuracy")
            losses.legend(loc="lower left")
    return figure
