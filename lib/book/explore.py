"""Explorable figures: HTML that holds all its frames, on the page and in a notebook.

They need no kernel, so they move as well after it has gone, and no widgets: JupyterLab
shows an error in the place of a widget whose kernel is gone, and nothing instead.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from importlib.resources import files

from matplotlib.figure import Figure

from lib.book.controls import Parameter, check_takes, choices, chosen, read_parameters
from lib.book.output import Frame, RichOutput, make_frame

MAX_BYTES = 900_000
# JupyterLab must leave the arrow keys to the control.
LAB_KEYS = "data-lm-suppress-shortcuts"


def explore(
    draw: Callable[..., Figure | str],
    parameters: Mapping[str, Sequence[object]],
    *,
    caption: str,
    alt: Callable[..., str],
    labels: Mapping[str, str] | None = None,
    start: Mapping[str, object] | None = None,
) -> RichOutput:
    """Show `draw(**values)` for the values that the reader chooses.

    `parameters` gives the values of one to three parameters, at most 64 combinations in
    all; numbers make a slider, a few texts a list. `draw` returns a Figure or a str of
    HTML and depends on its arguments alone. `alt` gets the same arguments and says in
    words what the frame shows, numbers included: a blind reader gets it, and the stored
    page is checked by it.

    Raises: TypeError if `draw` or `alt` does not take the parameters by name, or `draw`
    returns something else; ValueError for parameters, labels, starts, texts or sizes
    that do not fit.
    """
    if not caption.strip():
        raise ValueError("caption must be a text that is not empty")
    controls = read_parameters(parameters, labels, start)
    check_takes("draw", draw, list(parameters))
    check_takes("alt", alt, list(parameters))

    frames = []
    for indices in choices(controls):
        values = chosen(controls, indices)
        text = alt(**values)  # first: if it raises, no figure is left open
        frames.append(make_frame(draw(**values), text))
    return _output(frames, controls, caption)


def _output(
    frames: Sequence[Frame], parameters: Sequence[Parameter], caption: str
) -> RichOutput:
    """Return the frames with their controls, caption and script.

    Where scripts do not run, or a notebook is not trusted, only the start frame and the
    caption are there: controls and frames stand inside a script element, which such
    viewers leave out.

    Raises: ValueError if two frames share a text, or the HTML exceeds `MAX_BYTES`.
    """
    _check_texts(frames)
    places = [parameter.start for parameter in parameters]
    first = list(choices(parameters)).index(tuple(places))
    identity = _identity(parameters, caption)
    controls = "\n".join(_field(parameter, identity) for parameter in parameters)
    pictures = "\n".join(
        frame.html(visible=i == first) for i, frame in enumerate(frames)
    )
    html = (
        f'<figure class="explore" id="{identity}">\n'
        f"<style>\n{_asset('explore.css')}</style>\n"
        f'<div class="explore-frames">\n{frames[first].html()}\n</div>\n'
        f"<figcaption>{escape(caption)}</figcaption>\n"
        f'<script type="text/html" class="explore-parts">\n'
        f'<div class="explore-controls">\n{controls}\n</div>\n'
        f'<div class="explore-frames">\n{pictures}\n</div>\n'
        f"</script>\n<script>\n{_asset('explore.js')}</script>\n</figure>"
    )
    _check_size(len(html.encode()), parameters)
    return RichOutput(html, f"{caption}\n{frames[first].alt}")


def _field(parameter: Parameter, identity: str) -> str:
    """Return label and control; ids come from the content, the same in every run."""
    ident, label = f"{identity}-{parameter.name}", escape(parameter.label)
    texts, start = parameter.texts(), parameter.start
    if parameter.is_slider():
        now = escape(texts[start])
        values = escape(json.dumps(texts, ensure_ascii=False))
        field = (
            f'<input id="{ident}" {LAB_KEYS} type="range" min="0" '
            f'max="{len(texts) - 1}" step="1" value="{start}" autocomplete="off" '
            f'aria-valuetext="{now}" data-values="{values}">'
            f'<output for="{ident}" aria-live="polite">{now}</output>'
        )
    else:
        options = "".join(
            f"<option{' selected' if index == start else ''}>{escape(text)}</option>"
            for index, text in enumerate(texts)
        )
        field = f'<select id="{ident}" {LAB_KEYS} autocomplete="off">{options}</select>'
    label = f'<label for="{ident}">{label}</label>'
    return f'<div class="explore-control">{label}{field}</div>'


def _identity(parameters: Sequence[Parameter], caption: str) -> str:
    content = json.dumps(
        [caption, *([p.name, p.label, *p.texts()] for p in parameters)]
    )
    return f"explore-{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def _check_texts(frames: Sequence[Frame]) -> None:
    texts = [frame.alt for frame in frames]
    if twice := [text for text in texts if texts.count(text) > 1]:
        raise ValueError(f"alt must differ between frames, two have {twice[0]!r}")


def _check_size(size: int, parameters: Sequence[Parameter]) -> None:
    if size > MAX_BYTES:
        counts = ", ".join(f"{p.name} ({len(p.values)} values)" for p in parameters)
        raise ValueError(
            f"the frames take {size:,} bytes, more than {MAX_BYTES:,}: give fewer "
            f"values of {counts}, or draw a smaller or simpler figure"
        )


def _asset(name: str) -> str:
    return files("lib.book").joinpath("assets", name).read_text(encoding="utf-8")
