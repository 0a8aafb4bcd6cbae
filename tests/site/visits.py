"""What the tests of the site look at: one visit to a page and all that was seen there."""

import os
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Locator, Page

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
AXE = ROOT / "site" / "node_modules" / "axe-core" / "axe.min.js"
LOCAL_MATHJAX = SITE / "_static" / "mathjax" / "tex-chtml.js"
THEMES = ("light", "dark")
VIEWPORTS = {
    "desktop": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
    "paper": {"width": 794, "height": 1123},
}

BROKEN_IMAGES = """() => [...document.images].filter(image => image.loading !== 'lazy')
    .filter(image => !image.complete || image.naturalWidth === 0).map(image => image.src)"""
NAMELESS_IMAGES = """() => [...document.querySelectorAll('article img')]
    .filter(image => !(image.alt || '').trim()).map(image => image.src.slice(-80))"""
MATHEMATICS = """() => ({
    wanted: document.querySelectorAll('article .math').length,
    drawn: document.querySelectorAll('article .math mjx-container').length,
    wrong: [...document.querySelectorAll('mjx-merror, [data-mjx-error]')].map(e => e.innerText)})"""
WIDTHS = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
COLOURS = """() => [document.body, document.querySelector('article') || document.body]
    .map(e => getComputedStyle(e)).map(s => s.backgroundColor + ' ' + s.color).join(' ')"""
LUMINANCE = """element => {
    const [r, g, b, a] = getComputedStyle(element).backgroundColor.match(/[\\d.]+/g).map(Number);
    return a === 0 ? null : (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255 }"""
DARK_PANELS = f"""() => [...document.querySelectorAll('article div.cell_output img')]
    .filter(image => !(({LUMINANCE})(image) > 0.9) || getComputedStyle(image).filter !== 'none')
    .map(image => image.alt)"""
HIDDEN_ON_PAPER = """() => [...document.querySelectorAll(
        'article :is(h2, h3, p, li, pre, table, img, details > *)')]
    .filter(e => !e.closest(`[hidden], .explore-controls, noscript, mjx-container, summary,
        .tag_solution, .course-ask, .course-sum`))
    .filter(e => e.textContent.trim() || e.tagName === 'IMG')
    .filter(e => e.getClientRects().length === 0).map(e => e.outerHTML.slice(0, 120))"""
CUT_ON_PAPER = """() => [...document.querySelectorAll('article pre')]
    .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText.slice(0, 120))"""
# One element for each way that text looks stands for all that look the same: a page of code has
# thousands of coloured words, and to measure each of them would take most of a minute.
LOOKS = """() => {
    const behind = element => {
        for (let e = element; e; e = e.parentElement) {
            const { backgroundColor, backgroundImage } = getComputedStyle(e);
            if (backgroundImage !== 'none') return backgroundImage;
            if (!/, 0\\)$/.test(backgroundColor)) return backgroundColor;
        }
    };
    const looks = new Map();
    for (const e of document.body.querySelectorAll('*')) {
        const text = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
        if (!text || !e.checkVisibility() || e.closest('mjx-container')) continue;
        const style = getComputedStyle(e);
        const look = [e.tagName === 'A', style.color, style.opacity, style.fontSize,
            style.fontWeight, style.textDecorationLine, behind(e)].join();
        if (!looks.has(look)) looks.set(look, e);
    }
    return [...looks.values()] }"""
COLOUR_RULES = ["color-contrast", "link-in-text-block"]  # what the theme changes
SERIOUS = """answer => answer.violations
    .filter(found => ['serious', 'critical'].includes(found.impact))
    .map(found => found.id + ': '
        + found.nodes.slice(0, 3).map(node => node.html.slice(0, 150)).join(' | '))"""
AXE_COLOURS = f"""async rules => ({SERIOUS})(await axe.run({{ include: ({LOOKS})() }},
    {{ runOnly: rules, resultTypes: ['violations'], preload: false }}))"""
AXE_REST = f"""async rules => ({SERIOUS})(await axe.run(document,
    {{ rules: Object.fromEntries(rules.map(rule => [rule, {{ enabled: false }}])),
       resultTypes: ['violations'], preload: false }}))"""
READY = """async () => {
    await document.fonts.ready;
    await window.MathJax?.startup?.promise }"""
SET_THEME = """async theme => {
    document.documentElement.dataset.theme = theme;
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))) }"""
# What a figure shows and says: the numbers of its visible frames, and the words of its controls.
SHOWN = """figure => [...figure.querySelectorAll('.explore-frames > *')]
    .map((frame, index) => frame.checkVisibility() ? index : -1).filter(index => index >= 0)"""
WORDS = """figure => [...figure.querySelectorAll('output')].map(o => o.textContent).join(' | ')"""
FIGURE_WORDS = """figure => ({
    caption: figure.querySelector('figcaption')?.innerText.trim() || '',
    texts: [...figure.querySelectorAll('.explore-frames > *')]
        .map(e => e.alt || e.getAttribute('aria-label') || ''),
    small: [...figure.querySelectorAll('input[type=range], select')]
        .filter(e => e.getBoundingClientRect().height < 40).length,
    unnamed: [...figure.querySelectorAll('input[type=range], select')]
        .filter(e => !e.labels.length || !e.labels[0].textContent.trim()).length})"""


class Visit(NamedTuple):
    """What one look at a page brings; what depends on the theme is keyed by it."""

    requests: list[str]
    complaints: list[str]
    broken_images: list[str]
    nameless_images: list[str]
    mathematics: dict
    barriers: list[str]
    widths: dict[str, tuple[int, int]]
    figures: list[str]


class CloseLook(NamedTuple):
    """What is looked at on the representative pages alone: colours, paper, folds, the pointer."""

    colours: dict[str, str]
    contrast: dict[str, list[str]]
    dark_panels: list[str]
    folds: list[str]
    pointer: list[str]
    paper: dict


def settle(page: Page) -> None:
    """Wait until the page has finished its own work, mathematics included."""
    page.wait_for_load_state("load")
    page.evaluate(READY)


def listen(page: Page) -> tuple[list[str], list[str]]:
    """Return two lists that fill with the page's requests and with all that goes wrong in it."""
    requests: list[str] = []
    wrong: list[str] = []
    bad = ("error", "warning")
    page.on("request", lambda request: requests.append(request.url))
    page.on("response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type in bad else None)
    return requests, wrong


def look_at(page: Page, url: str) -> Visit:
    """Open `url` and note what it asks for, complains of and looks like."""
    requests, complaints = listen(page)
    page.goto(url)
    settle(page)
    page.add_script_tag(path=AXE)
    barriers = page.evaluate(AXE_REST, COLOUR_RULES)
    seen = [page.evaluate(look) for look in (BROKEN_IMAGES, NAMELESS_IMAGES, MATHEMATICS)]
    figures, widths = figure_problems(page), {}
    for device in ("desktop", "phone"):
        page.set_viewport_size(VIEWPORTS[device])
        for theme in THEMES:
            page.evaluate(SET_THEME, theme)
            widths[f"{device}, {theme}"] = tuple(page.evaluate(WIDTHS))
    page.set_viewport_size(VIEWPORTS["desktop"])
    page.evaluate(SET_THEME, "light")
    return Visit(requests, complaints, *seen, barriers, widths, figures)


def look_closely(page: Page) -> CloseLook:
    """Look at a page that `look_at` has opened in both themes, on paper, and by hand."""
    pointer, folds = pointer_problems(page), fold_problems(page)
    colours, contrast = {}, {}
    for theme in THEMES:
        page.evaluate(SET_THEME, theme)
        colours[theme] = page.evaluate(COLOURS)
        contrast[theme] = page.evaluate(AXE_COLOURS, COLOUR_RULES)
    panels = page.evaluate(DARK_PANELS)
    return CloseLook(colours, contrast, panels, folds, pointer, print_view(page))


def figure_problems(page: Page) -> list[str]:
    """Move each control of each explorable figure by keyboard; say what does not follow."""
    problems = []
    for number, figure in enumerate(page.locator("figure.explore").all(), start=1):
        words = figure.evaluate(FIGURE_WORDS)
        texts, controls = words["texts"], figure.locator("input[type=range], select").all()
        wrong = {
            "has no caption": not words["caption"],
            "has no control": not controls,
            "has fewer than two frames": len(texts) < 2,
            "has frames without a text of their own": "" in texts or len({*texts}) < len(texts),
            "has a control that is too small for a finger": words["small"],
            "has a control without a name": words["unnamed"],
        }
        found = [says for says, holds in wrong.items() if holds]
        found += [problem for control in controls for problem in control_problems(figure, control)]
        problems += [f"figure {number} {problem}" for problem in found]
    return problems


def control_problems(figure: Locator, control: Locator) -> list[str]:
    """Press a key on one control: another frame is shown, one only, and the words follow."""
    shown, words = figure.evaluate(SHOWN), figure.evaluate(WORDS)
    is_range = control.evaluate("e => e.type === 'range'")
    at_end = control.evaluate(
        "e => e.type === 'range' ? e.value === e.max : e.selectedIndex === e.length - 1")
    steps = {(True, True): "ArrowLeft", (True, False): "ArrowRight",
             (False, True): "ArrowUp", (False, False): "ArrowDown"}
    control.focus()
    control.press(steps[is_range, at_end])
    after = figure.evaluate(SHOWN)
    says = {"shows the same frame after a key": after == shown,
            "does not show exactly one frame": len(shown) != 1 or len(after) != 1,
            "says the same after a key": is_range and figure.evaluate(WORDS) == words}
    return [problem for problem, holds in says.items() if holds]


def pointer_problems(page: Page) -> list[str]:
    """Click at the far end of each range; say which figure does not follow."""
    problems = []
    for number, figure in enumerate(page.locator("figure.explore").all(), start=1):
        for control in figure.locator("input[type=range]").all():
            control.press("Home")
            shown, box = figure.evaluate(SHOWN), control.bounding_box()
            control.click(position={"x": box["width"] - 3, "y": box["height"] / 2})
            at_end = control.evaluate("e => e.value === e.max")
            if not at_end or figure.evaluate(SHOWN) == shown:
                problems.append(f"figure {number} does not follow the pointer")
    return problems


def fold_problems(page: Page) -> list[str]:
    """Open each fold by keyboard; say which was open before or shows nothing after."""
    problems = []
    for number, fold in enumerate(page.locator("article details").all(), start=1):
        was_open = fold.evaluate("e => e.open")
        fold.locator("summary").first.press("Enter")
        height = "e => e.open && e.lastElementChild.getBoundingClientRect().height > 0"
        if was_open or not fold.evaluate(height):
            problems.append(f"fold {number} was open or stays shut")
    return problems


def print_view(page: Page) -> dict:
    """Return what a page, shown dark, looks like on A4 paper."""
    page.evaluate(SET_THEME, "dark")
    page.emulate_media(media="print")
    page.set_viewport_size(VIEWPORTS["paper"])
    return {
        "headings": page.locator("main h1:visible").count(),
        "hidden": page.evaluate(HIDDEN_ON_PAPER),
        "cut": page.evaluate(CUT_ON_PAPER),
        "white": page.locator("body").evaluate(LUMINANCE),
    }


@cache
def soup_of(name: str) -> BeautifulSoup:
    """Parse a page of the built site, once for all tests that read it."""
    return BeautifulSoup((SITE / name).read_text(encoding="utf-8"), "html.parser")


def chapter_pages() -> list[str]:
    """Return the built pages that come from notebooks."""
    sources = sorted((SITE / "_sources").rglob("*.ipynb"))
    return [s.relative_to(SITE / "_sources").with_suffix(".html").as_posix() for s in sources]


def all_pages() -> list[str]:
    """Return every page that a reader sees, by name."""
    pages = sorted(SITE.rglob("*.html")) if SITE.is_dir() else []
    names = [path.relative_to(SITE).as_posix() for path in pages]
    return [name for name in names if not name.startswith(("index.html", "_static/"))]


@cache
def representative_pages() -> list[str]:
    """Return few pages on which all styles of the site occur, chosen greedily.

    A style is a class or an inline colour of an element in the text. What depends on styles alone
    (contrast in two themes, paper) is looked at on these pages; their number hardly grows.
    """
    looks = {name: _looks((SITE / name).read_text(encoding="utf-8")) for name in all_pages()}
    wanted, chosen = set().union(*looks.values()), []
    while wanted:
        best = max(sorted(looks), key=lambda name: len(looks[name] & wanted))
        chosen.append(best)
        wanted -= looks[best]
    return chosen


def _looks(html: str) -> set[str]:
    text = html.partition("<article")[2].partition("</article>")[0]
    classes = {name for found in re.findall(r'<\w+[^>]*?\sclass="([^"]*)"', text)
               for name in found.split() if not name.startswith("tag_")}
    return classes | set(re.findall(r'style="[^"]*?((?:background|color)[^;"]*)', text))


def leave_out(reason: str) -> None:
    """Skip with a reason on a reader's machine; fail where everything has to be checked."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def need_local_mathjax() -> None:
    """Leave out where npm was missing when the site was built: mathematics then need the CDN."""
    if not LOCAL_MATHJAX.is_file():
        leave_out("the site was built without npm, so MathJax comes from its CDN")
