"""Every page by itself: what it asks for, complains of, shows, and how wide it is."""

import pytest

from tests.site.visits import need_local_mathjax


def test_every_request_stays_on_the_host(visit, address, page_name):
    need_local_mathjax()
    requests = visit(page_name).requests
    assert requests
    assert [url for url in requests if not url.startswith((address, "data:", "blob:"))] == []


def test_the_browser_has_nothing_to_complain_of(visit, page_name):
    need_local_mathjax()
    assert visit(page_name).complaints == []


def test_every_picture_is_shown_and_has_a_text(visit, page_name):
    assert visit(page_name).broken_images == []
    assert visit(page_name).nameless_images == []


def test_mathematics_is_rendered(visit, page_name):
    need_local_mathjax()
    mathematics = visit(page_name).mathematics
    assert mathematics["drawn"] == mathematics["wanted"]
    assert mathematics["wrong"] == []


def test_nothing_widens_the_page(visit, page_name):
    widths = visit(page_name).widths
    assert {where: w for where, w in widths.items() if w[0] > w[1]} == {}


def test_no_serious_barrier_for_anybody(visit, page_name):
    assert visit(page_name).barriers == []


def test_explorable_figures_move_by_keyboard_and_say_what_they_show(visit, page_name):
    assert visit(page_name).figures == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_in_both_themes(close_look, typical_page, theme):
    assert close_look(typical_page).contrast[theme] == []


def test_light_and_dark_differ(close_look, typical_page):
    colours = close_look(typical_page).colours
    assert colours["light"] != colours["dark"]


def test_pictures_stand_on_a_light_panel_in_the_dark(close_look, typical_page):
    assert close_look(typical_page).dark_panels == []


def test_figures_follow_the_pointer(close_look, typical_page):
    assert close_look(typical_page).pointer == []


def test_hints_fold_and_unfold_by_keyboard(close_look, typical_page):
    assert close_look(typical_page).folds == []


def test_paper_hides_and_cuts_nothing(close_look, typical_page):
    if not typical_page.startswith("chapters/"):
        pytest.skip("made by the theme, not for paper")
    paper = close_look(typical_page).paper
    assert paper["headings"] == 1
    assert paper["hidden"] == []
    assert paper["cut"] == []
    assert paper["white"] == pytest.approx(1.0)


def test_the_text_stands_without_script(open_context, address, typical_page):
    page = open_context(script=False).new_page()
    page.goto(f"{address}/{typical_page}")
    assert page.locator("article h1").is_visible()
    for heading in page.locator("article h2").all():
        assert heading.is_visible()
    for figure in page.locator("figure.explore").all():
        assert figure.locator(".explore-frames > *").first.is_visible()
