"""The site in use: search, progress, themes, keyboard, and how much a first visit loads."""

import pytest
from playwright.sync_api import expect

from tests.site.visits import LUMINANCE, settle

# What readers type, and a piece of the link that must be among the first three results.
QUERIES = {
    "broadcast": "tensors/broadcasting.html",
    "dataloader": "data/dataloaders",
    "DataLoader workers": "data/dataloaders",
    "padding": "data/padding",
    "autograd": "tensors/autograd.html",
    "strides": "tensors/shapes.html",
    "seed": "start/utilities.html",
    "linear regression": "training/linear_regression.html",
    "einsum": "tensors/products",
    "shuffling": "data/",
    "optimizer": "glossary.html#row-optimiser",
    "learning rate": "glossary.html#row-learning-rate",
    "torch.arange": "torch_names.html#row-torch-arange",
    "CUDA out of memory": "error_messages.html#cuda-out-of-memory",
    "index out of range in self": "error_messages.html#index-out-of-range-in-self",
    "RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x784 and 100x10)":
        "error_messages.html#mat1-and-mat2",
}
LINKS = "#search-results ul.search li > a"
STORAGE = {
    "full": "Storage.prototype.setItem = () => { throw new DOMException('full') }",
    "private": "Object.defineProperty(window, 'localStorage', { get() { throw Error('none') } })",
    "no JSON": "localStorage.setItem('learn-pytorch-progress', 'no JSON')",
    "null": "localStorage.setItem('learn-pytorch-progress', 'null')",
    "foreign": """localStorage.setItem('learn-pytorch-progress', '{"read": 3, "solved": null}')""",
}
# How many columns of code stand beside each other in a cell.
COLUMNS = """pre => {
    const line = document.createElement("span");
    line.textContent = "0".repeat(100);
    pre.append(line);
    const width = line.getBoundingClientRect().width / 100;
    line.remove();
    return (pre.clientWidth - 2 * parseFloat(getComputedStyle(pre).paddingLeft)) / width }"""

# Code that must stand on one page as a whole, which leaves half of the page before it empty.
KEPT_WHOLE = """all => all.filter(pre => {
    for (let e = pre; e.tagName !== "ARTICLE"; e = e.parentElement)
        if (getComputedStyle(e).breakInside === "avoid" && !e.closest(".tag_solution")) return true;
    return false }).map(pre => pre.innerText.slice(0, 60))"""


@pytest.fixture(scope="module")
def results(open_context, address):
    """Give a function that types a query into the page of results, opened once."""
    page = open_context().new_page()
    page.goto(f"{address}/search.html")

    def look_up(query: str) -> tuple[list[str], str]:
        page.locator(".bd-search-container input").fill(query)
        links = page.locator(LINKS).evaluate_all("all => all.map(a => a.getAttribute('href'))")
        return links, page.locator("#search-results").inner_text()

    return look_up


@pytest.mark.parametrize(("query", "target"), QUERIES.items())
def test_what_readers_type_leads_where_it_should(results, query, target):
    links = results(query)[0][:3]
    assert any(target in link for link in links), links


def test_a_title_comes_first(results):
    assert results("broadcast")[0][0] == "chapters/tensors/broadcasting.html"


def test_a_word_inside_another_is_not_found(results):
    links, text = results("ensor")
    assert links == []
    assert "Nothing found" in text


@pytest.mark.parametrize("query", ["tensor", "loss"])
def test_excerpts_are_prose(results, query):
    links, text = results(query)
    assert len(links) > 5
    for noise in (".pdf", "On this page", "\\frac", "\\(", "import torch"):
        assert noise not in text


def test_the_dialog_leads_to_the_results_and_these_to_a_section(page, address):
    page.goto(f"{address}/chapters/intro.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("standard error")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=standard+error")
    link = page.locator(f"{LINKS}[href*='#']").first
    anchor = link.get_attribute("href").partition("#")[2]
    link.click()
    page.wait_for_url("**/chapters/**")
    settle(page)
    expect(page.locator(f"[id='{anchor}']")).to_be_in_viewport()


def test_progress_is_ticked_by_keyboard_remembered_and_forgotten(page, address):
    page.goto(f"{address}/chapters/tensors/broadcasting.html")
    read = page.get_by_label("I have read this chapter")
    page.get_by_label("Exercise 1 solved").press("Space")
    read.press("Space")
    link = page.locator(".bd-sidebar-primary a", has_text="Broadcasting")
    expect(link).to_contain_text("✓ read, 1 solved")
    page.goto(f"{address}/chapters/intro.html")
    expect(page.locator(".course-sum")).to_contain_text("You have read 1 of")
    expect(page.locator(".course-contents a", has_text="Broadcasting")).to_contain_text("1 solved")
    page.get_by_role("button", name="Forget this").press("Enter")
    expect(page.locator(".course-done")).to_have_count(0)
    page.goto(f"{address}/chapters/tensors/broadcasting.html")
    expect(read).not_to_be_checked()


@pytest.mark.parametrize("storage", STORAGE)
def test_ticks_work_whatever_the_storage_does(page, address, storage):
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(error.stack or str(error)))
    page.add_init_script(STORAGE[storage])
    page.goto(f"{address}/chapters/tensors/broadcasting.html")
    page.get_by_label("I have read this chapter").press("Space")
    expect(page.locator(".bd-sidebar-primary .course-done")).to_have_count(1)
    assert [error for error in wrong if "progress.js" in error] == []


def test_a_first_visit_is_light_and_quiet(browser, address):
    context = browser.new_context()
    page, sizes, words = context.new_page(), [], []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.on("console", lambda line: words.append(line.text))
    page.goto(f"{address}/chapters/intro.html", wait_until="networkidle")
    assert 500_000 < sum(sizes) < 2_000_000
    assert [line for line in words if "nvalid" in line] == []
    context.close()


def test_code_of_88_columns_fits_and_copying_costs_no_tab_stop(page, address):
    page.goto(f"{address}/chapters/tensors/broadcasting.html")
    settle(page)
    assert page.locator("div.cell_input pre").first.evaluate(COLUMNS) >= 88
    assert page.locator("div.cell_output button.copybtn").count() == 0
    stops = page.locator("button.copybtn").evaluate_all("all => all.map(b => b.tabIndex)")
    assert len(stops) > 5
    assert set(stops) == {-1}


def test_on_paper_code_goes_on_over_the_page_and_solutions_stay_away(page, address):
    page.goto(f"{address}/chapters/tensors/broadcasting.html")
    page.emulate_media(media="print")
    assert page.locator("article pre").evaluate_all(KEPT_WHOLE) == []
    assert page.locator(".tag_solution").count() >= 3
    assert page.locator(".tag_solution:visible, button.copybtn:visible").count() == 0


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
