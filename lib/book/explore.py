"""Explorable figures: one description, widgets with a kernel, self-contained HTML on the page."""

from collections.abc import Callable, Mapping, Sequence

from ipywidgets import VBox
from matplotlib.figure import Figure

from lib.book.explore_frame import Frame, make_frame
from lib.book.explore_live import live_figure
from lib.book.explore_parameters import check_takes, choices, chosen, read_parameters
from lib.book.explore_static import static_figure
from lib.book.mode import is_static
from lib.book.rich import RichOutput


def explore(
    draw: Callable[..., Figure | str],
    parameters: Mapping[str, Sequence[object]],
    *,
    caption: str,
    alt: Callable[..., str],
    labels: Mapping[str, str] | None = None,
    start: Mapping[str, object] | None = None,
) -> RichOutput | VBox:
    """Show `draw(**values)` for the values that the reader chooses.

    `parameters` gives the values of one to three parameters, at most 64 combinations in all;
    numbers make a slider, a few texts a list. `draw` returns a Figure or a str of HTML and depends
    on its arguments alone. `alt` gets the same arguments and says in words what the frame shows,
    numbers included: a blind reader gets it, and the stored page is checked by it.

    Raises: TypeError if `draw` or `alt` does not take the parameters by name, or `draw` returns
    something else; ValueError for parameters, labels, starts, texts or sizes that do not fit.
    """
    if not caption.strip():
        raise ValueError("caption must be a text that is not empty")
    controls = read_parameters(parameters, labels, start)
    check_takes("draw", draw, list(parameters))
    check_takes("alt", alt, list(parameters))

    def frame_at(indices: Sequence[int]) -> Frame:
        values = chosen(controls, indices)
        text = alt(**values)  # first: if it raises, no figure is left open
        return make_frame(draw(**values), text)

    if is_static():
        frames = [frame_at(indices) for indices in choices(controls)]
        return static_figure(frames, controls, caption)
    return live_figure(frame_at, controls, caption)
