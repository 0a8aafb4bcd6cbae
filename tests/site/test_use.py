"""The site in use: search, themes and keyboard."""

import re

import pytest

from tests.site.visits import LUMINANCE, settle


@pytest.mark.parametrize("word", ["tensor", "gradient"])
def test_search_finds_a_word(page, address, word):
    page.goto(f"{address}/chapters/intro.html")
    page.keyboard.press("Control+k")
    page.keyboard.type(word)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/search.html?q={word}")
    results = page.locator("#search-results ul.search li a")
    results.first.wait_for()
    assert re.search(r"chapters/.+\.html", results.first.get_attribute("href"))
    results.first.click()
    page.wait_for_url("**/chapters/**")
    settle(page)
    assert word in page.locator("article").inner_text().lower()


def test_the_theme_button_switches_and_is_remembered(page, address):
    page.goto(f"{address}/chapters/intro.html")
    before = page.locator("body").evaluate(LUMINANCE)
    for _ in range(2):  # light, then what the system wants, then dark
        page.locator("button.theme-switch-button:visible").first.click()
    chosen = page.evaluate("document.documentElement.dataset.theme")
    after = page.locator("body").evaluate(LUMINANCE)
    assert before > 0.9
    assert after < 0.2
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == chosen
    assert page.locator("body").evaluate(LUMINANCE) == after


def test_the_keyboard_reaches_the_text_first_and_shows_where_it_is(page, address):
    page.goto(f"{address}/chapters/intro.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")
