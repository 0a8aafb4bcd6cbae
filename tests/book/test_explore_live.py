import ipywidgets as widgets
import pytest
from matplotlib.figure import Figure

from lib.book.explore import explore


@pytest.fixture(autouse=True)
def _live(monkeypatch):
    monkeypatch.delenv("LIB_STATIC", raising=False)


def parts(shown):
    assert isinstance(shown, widgets.VBox)
    *controls, picture, caption = shown.children
    return controls, picture, caption


def test_controls_redraw_the_picture():
    drawn = []

    def draw(n, kind):
        drawn.append((n, kind))
        return f"<b>{n} {kind}</b>"

    def say(n, kind):
        return f"{n} & {kind}"

    parameters = {"n": [1, 2, 3], "kind": ["x", "y"]}
    shown = explore(draw, parameters, caption="a < b", alt=say, start={"n": 2}, labels={"n": "N"})
    (slider, choice), picture, caption = parts(shown)
    assert isinstance(slider, widgets.SelectionSlider)
    assert isinstance(choice, widgets.Dropdown)
    assert (slider.description, choice.description) == ("N", "kind")
    assert (slider.label, choice.label) == ("2", "x")
    assert drawn == [(2, "x")]
    slider.index, choice.index = 2, 1
    assert drawn == [(2, "x"), (3, "x"), (3, "y")]
    assert "<b>3 y</b>" in picture.value
    assert 'aria-label="3 &amp; y"' in picture.value
    assert "a &lt; b" in caption.value


def test_figures_are_shown_with_their_text():
    def draw(n):
        figure = Figure(figsize=(1, 1))
        figure.subplots().plot([0, n])
        return figure

    (slider,), picture, _ = parts(
        explore(draw, {"n": [1, 2]}, caption="c", alt=lambda n: f"n is {n}")
    )
    before = picture.value
    assert before.startswith('<img alt="n is 1"')
    slider.index = 1
    assert picture.value.startswith('<img alt="n is 2"')
    assert picture.value.split("base64,")[1] != before.split("base64,")[1]


def test_an_error_while_drawing_is_shown_in_place():
    def draw(n):
        return f"{1 / n}"

    (slider,), picture, _ = parts(
        explore(draw, {"n": [1, 0]}, caption="c", alt=lambda n: f"n is {n}")
    )
    slider.index = 1
    assert picture.value == "<pre>ZeroDivisionError: division by zero</pre>"
    slider.index = 0
    assert "1.0" in picture.value


def test_arguments_are_checked_as_on_the_page():
    with pytest.raises(ValueError, match="more than 64"):
        explore(str, {"n": range(65)}, caption="c", alt=str)
    with pytest.raises(TypeError, match="draw must take m by name"):
        explore(lambda n: "", {"m": [1, 2]}, caption="c", alt=lambda m: "")
