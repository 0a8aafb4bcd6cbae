"""The built site, served on this machine, and a headless browser to read it with."""

import functools
import http.server
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.site.visits import (
    AXE,
    SITE,
    VIEWPORTS,
    CloseLook,
    Visit,
    all_pages,
    leave_out,
    look_at,
    look_closely,
    representative_pages,
)

PAGE = re.compile(r"\w[\w/]*\.html")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no other host can be reached
)
CHOOSE_THEME = """if (!sessionStorage.chosen) {
    localStorage.mode = localStorage.theme = %r;
    sessionStorage.chosen = 1 }"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder as one that needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test on every page of the site, or on the few that have all its styles."""
    for argument, pages in (("page_name", all_pages), ("typical_page", representative_pages)):
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, pages() or ["(none)"])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Give all tests of a page to the same worker, which then reads the page once."""

    class ByPage(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            page = PAGE.search(nodeid)
            return page[0] if page else nodeid

    return ByPage(config, log)


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Serve the built site on a free port; give its address."""
    if not (SITE / "index.html").is_file():
        leave_out("the site is not built: run `make book` first")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Write nothing."""

    handler = functools.partial(Quiet, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the headless browser that is installed on this machine."""
    wanted = [os.environ.get("CHROMIUM", ""), *BROWSERS]
    program = next((path for path in map(shutil.which, filter(None, wanted)) if path), None)
    if program is None:
        leave_out("no Chromium found: install the package `chromium` or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield found
        found.close()


@pytest.fixture(scope="session")
def open_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Give a function that opens a fresh browser profile for a device and a theme."""
    opened: list[BrowserContext] = []

    def open_new(device: str = "desktop", theme: str = "light", script: bool = True):
        context = browser.new_context(
            viewport=VIEWPORTS[device],
            java_script_enabled=script,
            reduced_motion="reduce",  # no colour is measured half-way to another
        )
        context.set_default_timeout(120_000)
        if script:
            context.add_init_script(CHOOSE_THEME % theme)
        opened.append(context)
        return context

    yield open_new
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def visit(open_context: Callable[..., BrowserContext], address: str) -> Callable[[str], Visit]:
    """Give a function that reads a page once and keeps what it saw."""
    context = open_context()
    return functools.cache(lambda name: _read(context, address, name)[0])


@pytest.fixture(scope="session")
def close_look(
    open_context: Callable[..., BrowserContext], address: str
) -> Callable[[str], CloseLook]:
    """Give a function that looks closely at a page, once, and keeps what it saw."""
    context = open_context()
    return functools.cache(lambda name: _read(context, address, name, close=True)[1])


def _read(
    context: BrowserContext, address: str, name: str, *, close: bool = False
) -> tuple[Visit, CloseLook | None]:
    if not AXE.is_file():
        leave_out("axe-core is not installed: npm was missing or failed")
    page = context.new_page()
    seen = look_at(page, f"{address}/{name}")
    closely = look_closely(page) if close else None
    page.close()
    return seen, closely


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Iterator[Page]:
    """Give a fresh desktop page for one test to act on."""
    context = open_context()
    yield context.new_page()
    context.close()
