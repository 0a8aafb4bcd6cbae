import re
from html import unescape
from html.parser import HTMLParser

import pytest
from torch import nn

from lib.book import source
from lib.book.curve import LiveCurve
from lib.book.source import DARK, LIGHT, show_source, source_path
from lib.core import seed
from lib.core.seed import preserve_random_state, seed_everything


class Blocks(HTMLParser):
    """Collects the text of each <pre> and <figcaption>, and the attributes of each <pre>."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.attributes, self.inside = {"pre": [], "figcaption": []}, [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag in self.texts:
            self.inside = tag
            self.texts[tag].append("")
            self.attributes += [dict(attrs)] if tag == "pre" else []

    def handle_endtag(self, tag):
        if tag == self.inside:
            self.inside = None

    def handle_data(self, data):
        if self.inside:
            self.texts[self.inside][-1] += data


@pytest.mark.parametrize("obj", [seed_everything, LiveCurve, LiveCurve.draw, seed, nn.Linear])
def test_html_holds_exactly_the_plain_text(obj):
    shown = show_source(obj)
    assert Blocks(shown.html).texts["pre"] == [shown.text]
    assert shown._repr_mimebundle_() == {"text/html": shown.html, "text/plain": shown.text}


def test_the_text_is_the_live_source_without_indent():
    shown = show_source(LiveCurve.draw)
    assert shown.text.startswith("def draw(self)")
    assert shown.text.endswith("return figure")
    bound = LiveCurve(["loss"], title="t", ylabel="loss").draw
    assert show_source(bound).text == shown.text


def test_caption_and_name():
    blocks = Blocks(show_source(LiveCurve.draw, preserve_random_state).html)
    assert blocks.texts["figcaption"] == ["lib/book/curve.py", "lib/core/seed.py"]
    assert [a["aria-label"] for a in blocks.attributes] == [
        "Source of LiveCurve.draw",
        "Source of preserve_random_state",
    ]
    assert all(a["tabindex"] == "0" and a["role"] == "group" for a in blocks.attributes)
    assert source_path(source) == "lib/book/source.py"


def test_several_objects_follow_each_other():
    shown = show_source(LiveCurve.draw, seed_everything)
    both = [show_source(LiveCurve.draw).text, show_source(seed_everything).text]
    assert shown.text == "\n\n".join(both)
    assert Blocks(shown.html).texts["pre"] == both


def half(x):
    # a comment & <b>
    return x / 2


half.__module__ = "__main__"


def test_a_function_of_the_notebook_and_special_signs():
    shown = show_source(half)
    assert source_path(half) == "this notebook"
    assert '<span class="c"># a comment &amp; &lt;b&gt;</span>' in shown.html
    assert '<span class="k">def</span>' in shown.html
    assert '<span class="f">half</span>' in shown.html
    assert '<span class="m">2</span>' in shown.html


def test_property_shows_its_function():
    class Box:
        @property
        def size(self):
            return 3

    assert show_source(Box.size).text == "@property\ndef size(self):\n    return 3"


@pytest.mark.parametrize("obj", [len, 3, "text", int])
def test_no_source(obj):
    with pytest.raises(TypeError, match=r"written in Python, got " + re.escape(repr(obj))):
        show_source(obj)


def test_nothing_to_show():
    with pytest.raises(TypeError, match="at least one"):
        show_source()


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_every_colour_of_the_code_reads_on_its_page(colours):
    page = luminance(colours["page"])
    for name in colours.keys() - {"page", "edge"}:
        low, high = sorted((page, luminance(colours[name])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, name


def test_each_kind_has_a_colour_in_both_themes_and_each_span_a_kind():
    html = show_source(LiveCurve, seed).html
    used = set(re.findall(r'<span class="(\w)">', html))
    assert used <= LIGHT.keys() & DARK.keys()
    assert LIGHT.keys() == DARK.keys()
    for kind in used:
        assert f".{kind}{{color:var(--{kind})}}" in unescape(html)
    assert '<span class="c"></span>' not in html


def test_dark_pages_get_the_dark_colours():
    css = show_source(half).html.split("</style>")[0]
    dark = re.search(r"}([^{}]+)\{[^}]*" + re.escape(f"--page:{DARK['page']}"), css).group(1)
    for page in ("html[data-theme=dark]", "body[data-jp-theme-light=false]", "html[theme=dark]"):
        assert f"{page} .show-source" in dark.split(",")
