"""An explorable figure as HTML without a kernel: all frames, native controls, a little script."""

import hashlib
import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from lib.book.explore_frame import Frame
from lib.book.explore_parameters import Parameter, choices
from lib.book.rich import RichOutput

MAX_BYTES = 900_000
LAB_KEYS = "data-lm-suppress-shortcuts"  # JupyterLab must leave the arrow keys to the control


def static_figure(
    frames: Sequence[Frame], parameters: Sequence[Parameter], caption: str
) -> RichOutput:
    """Return the page's form of an explorable figure.

    Where scripts do not run, or a notebook is not trusted, only the start frame and the caption
    are there: controls and frames stand inside a script element, which such viewers leave out.

    Raises: ValueError if two frames share a text, or the HTML exceeds `MAX_BYTES`.
    """
    _check_texts(frames)
    places = [parameter.start for parameter in parameters]
    first = list(choices(parameters)).index(tuple(places))
    identity = _identity(parameters, caption)
    controls = "\n".join(_control(parameter, identity) for parameter in parameters)
    pictures = "\n".join(frame.html(visible=i == first) for i, frame in enumerate(frames))
    html = (
        f'<figure class="explore" id="{identity}">\n<style>\n{_asset("explore.css")}</style>\n'
        f'<div class="explore-frames">\n{frames[first].html()}\n</div>\n'
        f"<figcaption>{escape(caption)}</figcaption>\n"
        f'<script type="text/html" class="explore-parts">\n'
        f'<div class="explore-controls">\n{controls}\n</div>\n'
        f'<div class="explore-frames">\n{pictures}\n</div>\n'
        f"</script>\n<script>\n{_asset('explore.js')}</script>\n</figure>"
    )
    _check_size(len(html.encode()), parameters)
    return RichOutput(html, f"{caption}\n{frames[first].alt}")


def _control(parameter: Parameter, identity: str) -> str:
    """Return label and control; ids come from the content, so every run gives the same."""
    ident, label = f"{identity}-{parameter.name}", escape(parameter.label)
    texts, start = parameter.texts(), parameter.start
    if parameter.is_slider():
        now = escape(texts[start])
        values = escape(json.dumps(texts, ensure_ascii=False))
        field = (
            f'<input id="{ident}" {LAB_KEYS} type="range" min="0" max="{len(texts) - 1}" step="1" '
            f'value="{start}" autocomplete="off" aria-valuetext="{now}" data-values="{values}">'
            f'<output for="{ident}" aria-live="polite">{now}</output>'
        )
    else:
        options = "".join(
            f"<option{' selected' if index == start else ''}>{escape(text)}</option>"
            for index, text in enumerate(texts)
        )
        field = f'<select id="{ident}" {LAB_KEYS} autocomplete="off">{options}</select>'
    return f'<div class="explore-control"><label for="{ident}">{label}</label>{field}</div>'


def _identity(parameters: Sequence[Parameter], caption: str) -> str:
    content = json.dumps([caption, *([p.name, p.label, *p.texts()] for p in parameters)])
    return f"explore-{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def _check_texts(frames: Sequence[Frame]) -> None:
    texts = [frame.alt for frame in frames]
    if twice := [text for text in texts if texts.count(text) > 1]:
        raise ValueError(f"alt must differ between frames, two have {twice[0]!r}")


def _check_size(size: int, parameters: Sequence[Parameter]) -> None:
    if size > MAX_BYTES:
        counts = ", ".join(f"{p.name} ({len(p.values)} values)" for p in parameters)
        raise ValueError(
            f"the frames take {size:,} bytes, more than {MAX_BYTES:,}: give fewer values of "
            f"{counts}, or draw a smaller or simpler figure"
        )


def _asset(name: str) -> str:
    return files("lib.book").joinpath("assets", name).read_text(encoding="utf-8")
