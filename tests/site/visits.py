"""What the tests of the site look at: one visit to a page and all that was seen there."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Page

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
    .filter(e => !e.closest('[hidden], .explore-controls, noscript, mjx-container, summary'))
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


class Visit(NamedTuple):
    """All that one look at a page brings; what depends on the theme is keyed by it."""

    requests: list[str]
    complaints: list[str]
    broken_images: list[str]
    nameless_images: list[str]
    mathematics: dict
    colours: dict[str, str]
    violations: dict[str, list[str]]
    widths: dict[str, tuple[int, int]]
    dark_panels: list[str]
    paper: dict


def settle(page: Page) -> None:
    """Wait until the page has finished its own work, mathematics included."""
    page.wait_for_load_state("load")
    page.evaluate(READY)


def listen(page: Page) -> tuple[list[str], list[str]]:
    """Return two lists that fill with the page's requests and with all that goes wrong in it."""
    requests: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda line: wrong.append(line.text) if line.type in ("error", "warning") else None,
    )
    return requests, wrong


def look_at(page: Page, url: str) -> Visit:
    """Open `url` and note what it asks for, complains of and looks like."""
    requests, complaints = listen(page)
    page.goto(url)
    settle(page)
    widths, colours, violations = {}, {}, {}
    if has_axe := AXE.is_file():
        page.add_script_tag(path=AXE)
        violations["structure"] = page.evaluate(AXE_REST, COLOUR_RULES)
    for theme in THEMES:
        page.evaluate(SET_THEME, theme)
        colours[theme] = page.evaluate(COLOURS)
        violations[theme] = page.evaluate(AXE_COLOURS, COLOUR_RULES) if has_axe else []
        widths[f"desktop, {theme}"] = tuple(page.evaluate(WIDTHS))
    dark_panels = page.evaluate(DARK_PANELS)
    page.set_viewport_size(VIEWPORTS["phone"])
    for theme in THEMES:
        page.evaluate(SET_THEME, theme)
        widths[f"phone, {theme}"] = tuple(page.evaluate(WIDTHS))
    seen = [page.evaluate(look) for look in (BROKEN_IMAGES, NAMELESS_IMAGES, MATHEMATICS)]
    paper = print_view(page)
    return Visit(requests, complaints, *seen, colours, violations, widths, dark_panels, paper)


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


def need_local_mathjax() -> None:
    """Skip where npm was missing when the site was built: mathematics then come from the CDN."""
    if not LOCAL_MATHJAX.is_file():
        pytest.skip("the site was built without npm, so MathJax comes from its CDN")
