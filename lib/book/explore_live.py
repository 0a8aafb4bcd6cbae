"""An explorable figure with a kernel behind it: widgets that draw each frame when it is chosen."""

from collections.abc import Callable, Sequence
from html import escape

import ipywidgets as widgets

from lib.book.explore_frame import Frame
from lib.book.explore_parameters import Parameter


def live_figure(
    frame_at: Callable[[Sequence[int]], Frame], parameters: Sequence[Parameter], caption: str
) -> widgets.VBox:
    """Return controls, picture and caption; the picture is drawn again at every change."""
    controls = [_control(parameter) for parameter in parameters]
    picture = widgets.HTML()

    def redraw(_change: object = None) -> None:
        try:
            picture.value = frame_at([control.value for control in controls]).html()
        except Exception as error:  # in a callback it would only reach the log
            picture.value = f"<pre>{escape(f'{type(error).__name__}: {error}')}</pre>"

    for control in controls:
        control.observe(redraw, names="value")
    picture.value = frame_at([control.value for control in controls]).html()
    return widgets.VBox([*controls, picture, widgets.HTML(f"<p>{escape(caption)}</p>")])


def _control(parameter: Parameter) -> widgets.SelectionSlider | widgets.Dropdown:
    kind = widgets.SelectionSlider if parameter.is_slider() else widgets.Dropdown
    return kind(
        options=[(text, index) for index, text in enumerate(parameter.texts())],
        value=parameter.start,
        description=parameter.label,
        style={"description_width": "initial"},
    )
