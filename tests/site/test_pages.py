"""Every page by itself: what it asks for, complains of, shows, and how wide it is."""

import pytest

from tests.site.visits import AXE, need_local_mathjax


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


@pytest.mark.parametrize("aspect", ["structure", "light", "dark"])
def test_no_serious_barrier_for_anybody(visit, page_name, aspect):
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm was missing or failed")
    assert visit(page_name).violations[aspect] == []


def test_light_and_dark_differ(visit, page_name):
    colours = visit(page_name).colours
    assert colours["light"] != colours["dark"]


def test_pictures_stand_on_a_light_panel_in_the_dark(visit, page_name):
    assert visit(page_name).dark_panels == []


def test_paper_hides_and_cuts_nothing(visit, page_name):
    if not page_name.startswith("chapters/"):
        pytest.skip("made by the theme, not for paper")
    paper = visit(page_name).paper
    assert paper["headings"] == 1
    assert paper["hidden"] == []
    assert paper["cut"] == []
    assert paper["white"] == pytest.approx(1.0)
