"""The live source of an object, highlighted: the page shows what the chapter runs."""

import inspect
import textwrap
from collections.abc import Iterator
from html import escape
from itertools import groupby
from types import FunctionType, MethodType, ModuleType

from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Literal, Name, Operator

from lib.book.output import RichOutput

# Few kinds, so that the HTML stays the same when the highlighter learns new ones.
KINDS = (
    (Comment, "c"),
    (Literal.String.Doc, "c"),
    (Literal.String, "s"),
    (Literal.Number, "m"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Decorator, "d"),
)
LIGHT = {"page": "#f6f6f2", "edge": "#c9c9c2", "text": "#1b1b1b",
         "c": "#5c6166", "s": "#8a3200", "m": "#7a1f5c",
         "k": "#00548a", "f": "#00614b", "d": "#7a1f5c"}  # fmt: skip
DARK = {"page": "#20242b", "edge": "#4a515c", "text": "#e8e8e4",
        "c": "#a9b1ba", "s": "#f0b37e", "m": "#e3a3cf",
        "k": "#85c5f0", "f": "#7fd8bd", "d": "#e3a3cf"}  # fmt: skip
# Jupyter Book · JupyterLab · Colab · VS Code: how each says that the page is dark.
DARK_PAGES = ("html[data-theme=dark]", "body[data-jp-theme-light=false]",
              "html[theme=dark]", "body.vscode-dark")  # fmt: skip

ShownObject = FunctionType | MethodType | type | ModuleType | property
# The site's theme puts HTML outputs on a light panel in dark mode; this one needs none.
PANEL = ("html[data-theme=dark] .bd-content div.cell_output .text_html.text_html"
         ":has(figure.show-source)")  # fmt: skip


def show_source(*objects: ShownObject) -> RichOutput:
    """Show the source of functions, classes, methods or modules as it stands now.

    As plain text it is the source itself, the comparison of outputs therefore notices
    every change.

    Raises: TypeError if an object has no Python source, or none is given.
    """
    if not objects:
        raise TypeError(
            "show_source needs at least one function, class, method or module"
        )
    sources = [_source(obj) for obj in objects]
    blocks = [_block(obj, source) for obj, source in zip(objects, sources, strict=True)]
    html = "\n".join([f"<style>{_css()}</style>", *blocks])
    return RichOutput(html, "\n\n".join(sources))


def source_path(obj: ShownObject) -> str:
    """Return the file that defines an object, as a path such as lib/training/fit.py."""
    module = inspect.getmodule(_plain(obj))
    if module is None or module.__name__ == "__main__":
        return "this notebook"
    is_package = hasattr(module, "__path__")
    return module.__name__.replace(".", "/") + ("/__init__.py" if is_package else ".py")


def _plain(obj: ShownObject) -> ShownObject:
    return obj.fget if isinstance(obj, property) else obj


def _source(obj: ShownObject) -> str:
    try:
        return textwrap.dedent(inspect.getsource(_plain(obj))).rstrip()
    except (TypeError, OSError) as error:
        raise TypeError(
            "show_source needs functions, classes, methods or modules written in "
            f"Python, got {obj!r}"
        ) from error


def _block(obj: ShownObject, source: str) -> str:
    """Return one source as a captioned block that scrolls by keyboard as well."""
    name = escape(getattr(_plain(obj), "__qualname__", getattr(obj, "__name__", "")))
    return (
        '<figure class="show-source">'
        f"<figcaption>{escape(source_path(obj))}</figcaption>"
        f'<pre tabindex="0" role="group" aria-label="Source of {name}">'
        f"<code>{''.join(_spans(source))}</code></pre></figure>"
    )


def _spans(source: str) -> Iterator[str]:
    """Give the source as HTML, one span for each run of the same kind."""
    tokens = PythonLexer(stripnl=False, ensurenl=False).get_tokens(source)
    for kind, run in groupby(tokens, key=_kind):
        text = escape("".join(text for _, text in run), quote=False)
        yield text if kind is None else f'<span class="{kind}">{text}</span>'


def _kind(token_and_text: tuple[object, str]) -> str | None:
    return next((kind for parent, kind in KINDS if token_and_text[0] in parent), None)


def _css() -> str:
    """Return the style: light unless the page is dark; each has its own background."""

    def variables(colours: dict[str, str]) -> str:
        return ";".join(f"--{name}:{colour}" for name, colour in colours.items())

    dark = ",".join(f"{page} .show-source" for page in DARK_PAGES)
    # As specific as it takes to win over the page's own rules for `pre` and `code`.
    pre = ".show-source.show-source.show-source>pre"
    code = f"{pre}>code"
    kinds = "".join(f"{code} .{kind}{{color:var(--{kind})}}" for kind in "csmkfd")
    return (
        f".show-source{{{variables(LIGHT)};margin:1em 0}}{dark}{{{variables(DARK)}}}"
        ".show-source figcaption{font-size:.85em;text-align:left;margin:0 0 .3em;"
        "font-family:inherit;font-weight:400;color:inherit}"
        f"{PANEL}{{background:none;color:inherit;padding:0}}"
        f"{pre}{{background:var(--page);color:var(--text);border:1px solid var(--edge);"
        "border-radius:.3em;padding:.8em 1em;margin:0;overflow-x:auto;line-height:1.45;"
        "white-space:pre}"
        f"{code}{{all:unset;font-family:monospace;font-size:.9em;white-space:pre}}{kinds}"
        f"{code} .k,{code} .f{{font-weight:600}}"
    )
