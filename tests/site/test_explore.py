"""Explorable figures move by keyboard and by pointer, and say in words what they show."""

import pytest

from tests.site.visits import chapter_pages, settle, soup_of

SHOWN = """figure => [...figure.querySelectorAll('.explore-frames > *')]
    .filter(frame => frame.checkVisibility())
    .map(frame => frame.outerHTML).join('\\n')"""
WORDS = """figure => [...figure.querySelectorAll('output')].map(o => o.textContent).join(' | ')"""
EXPLORABLE = [name for name in chapter_pages() if soup_of(name).select("figure.explore")]


@pytest.fixture(scope="module", params=EXPLORABLE or ["(none)"])
def figures(request, open_context, address):
    """Give all explorable figures of one page, which is opened once for all tests."""
    if not EXPLORABLE:
        pytest.skip("no chapter has an explorable figure")
    context = open_context()
    page = context.new_page()
    page.goto(f"{address}/{request.param}")
    settle(page)
    yield page.locator("figure.explore").all()
    context.close()


def test_each_range_moves_by_keyboard(figures):
    for figure in figures:
        for control in figure.locator("input[type=range]").all():
            shown, words = figure.evaluate(SHOWN), figure.evaluate(WORDS)
            control.focus()
            at_end = control.evaluate("e => e.value === e.max")
            control.press("ArrowLeft" if at_end else "ArrowRight")
            assert figure.evaluate(SHOWN) != shown
            assert figure.evaluate(WORDS) != words


def test_each_choice_moves_by_keyboard(figures):
    for figure in figures:
        for control in figure.locator("select").all():
            shown, value = figure.evaluate(SHOWN), control.input_value()
            control.focus()
            control.press("ArrowDown")
            if control.input_value() == value:
                control.press("ArrowUp")
            assert control.input_value() != value
            assert figure.evaluate(SHOWN) != shown


def test_each_range_moves_by_pointer(figures):
    for figure in figures:
        for control in figure.locator("input[type=range]").all():
            control.press("Home")
            shown = figure.evaluate(SHOWN)
            box = control.bounding_box()
            control.click(position={"x": box["width"] - 3, "y": box["height"] / 2})
            assert control.evaluate("e => e.value === e.max")
            assert figure.evaluate(SHOWN) != shown


def shown_frames(figure):
    return [frame for frame in figure.locator(".explore-frames > *").all() if frame.is_visible()]


def test_one_frame_is_shown_at_a_time(figures):
    for figure in figures:
        assert len(shown_frames(figure)) == 1
        for control in figure.locator("input[type=range]").all():
            for key in ("End", "Home"):
                control.press(key)
                assert len(shown_frames(figure)) == 1


def test_every_frame_has_a_text_of_its_own(figures):
    for figure in figures:
        frames = figure.locator(".explore-frames > *")
        texts = frames.evaluate_all("all => all.map(e => e.alt || e.getAttribute('aria-label'))")
        assert len(texts) > 1
        assert all(texts)
        assert len(set(texts)) == len(texts)


def test_each_control_is_named_and_large_enough_for_a_finger(figures):
    for figure in figures:
        assert figure.locator("figcaption").inner_text().strip()
        controls = figure.locator("input[type=range], select").all()
        assert controls
        for control in controls:
            assert control.evaluate("e => e.labels.length > 0 && !!e.labels[0].textContent.trim()")
            assert control.bounding_box()["height"] >= 40
