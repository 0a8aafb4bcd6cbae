"""Learning curves that grow while a model trains and stand still on the page."""

from collections.abc import Mapping, Sequence

from IPython import get_ipython
from IPython.display import DisplayHandle, Image, display
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lib.book.output import figure_png, is_static
from lib.book.style import MARKERS


class LiveCurve:
    """A callback of `fit` that draws entries of the history against the epoch.

    `names` are keys of the history, in one panel labelled `ylabel`; or a mapping from
    the y label of each panel to its keys. With a kernel one figure is redrawn in place
    after each epoch; while outputs are stored nothing is shown until `draw()`.

    Raises: TypeError if `names` is one str, ValueError if it is empty or a label is
    missing.
    """

    def __init__(
        self,
        names: Sequence[str] | Mapping[str, Sequence[str]],
        *,
        title: str,
        ylabel: str = "",
    ) -> None:
        """Set up the panels."""
        if isinstance(names, str):
            raise TypeError(
                f"names must be a sequence of keys or a mapping, got the str {names!r}"
            )
        self.panels = (
            dict(names) if isinstance(names, Mapping) else {ylabel: tuple(names)}
        )
        if not self.panels or not all(self.panels.values()):
            raise ValueError(
                "names must give at least one key of the history for each panel"
            )
        if not all(self.panels):
            raise ValueError(
                "ylabel must be a text that is not empty, with its unit if it has one"
            )
        self.title = title
        self.history: list[dict[str, float | None]] = []
        self.handle: DisplayHandle | None = None

    def __call__(self, history: Sequence[Mapping[str, float | None]]) -> None:
        """Take in the history so far; with a kernel, redraw the figure.

        Raises: ValueError if a name is not in the history.
        """
        self.history = [dict(entry) for entry in history]
        for name in (name for names in self.panels.values() for name in names):
            if self.history and name not in self.history[-1]:
                raise ValueError(
                    f"names must be keys of the history {sorted(self.history[-1])}, "
                    f"got {name!r}"
                )
        if is_static() or get_ipython() is None:
            return
        picture = Image(data=figure_png(self.draw()), format="png")
        if self.handle is None:
            self.handle = display(picture, display_id=True)
        else:
            self.handle.update(picture)

    def draw(self) -> Figure:
        """Return the curves so far as a figure: the last line of a cell shows it."""
        width, height = rcParams["figure.figsize"]
        figure = Figure(figsize=(width, height * max(1, 0.7 * len(self.panels))))
        panels = figure.subplots(len(self.panels), sharex=True, squeeze=False)[:, 0]
        for axes, (ylabel, names) in zip(panels, self.panels.items(), strict=True):
            _draw_panel(axes, ylabel, names, self.history)
        panels[0].set_title(self.title)
        panels[-1].set_xlabel("epoch")
        return figure


def _draw_panel(
    axes: Axes,
    ylabel: str,
    names: Sequence[str],
    history: Sequence[Mapping[str, float | None]],
) -> None:
    for number, name in enumerate(names):  # colours and styles start again after six
        marker = MARKERS[(number + number // len(MARKERS)) % len(MARKERS)]
        points = [
            (entry["epoch"], entry[name])
            for entry in history
            if entry[name] is not None
        ]
        epochs, values = zip(*points, strict=True) if points else ((), ())
        every = max(1, len(epochs) // 12)  # at most about a dozen markers on a line
        axes.plot(
            epochs, values, label=name.replace("_", " "), marker=marker, markevery=every
        )
    axes.set_ylabel(ylabel)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(names) > 1:
        axes.legend()
