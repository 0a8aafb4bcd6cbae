import pytest
from matplotlib.figure import Figure

from lib.book import explore_frame, explore_static
from lib.book.explore import explore


@pytest.fixture(autouse=True)
def _static(monkeypatch):
    monkeypatch.setenv("LIB_STATIC", "1")


def line(slope, offset=0):
    figure = Figure(figsize=(2, 1), dpi=50)
    figure.subplots().plot([0, 1], [offset, slope + offset])
    return figure


def words(slope, offset=0):
    return f"a line of slope {slope} from {offset}"


def str_of_n(n):
    return f"n is {n}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"parameters": {}}, "parameters must be 1 to 3, got 0"),
        ({"parameters": {name: [1, 2] for name in "abcd"}}, "parameters must be 1 to 3, got 4"),
        ({"parameters": {"n": range(65)}}, "make 65 = 65 frames, more than 64"),
        ({"parameters": {"n": [1]}}, r"parameters\['n'\] must have at least 2 values, got 1"),
        ({"parameters": {"n": [1, 1.0]}}, "two values that read '1'"),
        ({"start": {"n": 7}}, r"start\['n'\] must be one of 1, 2, got 7"),
        ({"start": {"m": 7}}, r"start must name parameters \['n'\], got \['m'\]"),
        ({"labels": {"m": "M"}}, r"labels must name parameters \['n'\], got \['m'\]"),
        ({"caption": " "}, "caption must be"),
        ({"alt": lambda n: "same"}, "alt must differ between frames, two have 'same'"),
        ({"alt": lambda n: n}, "alt must return a text that is not empty, got 1"),
        ({"draw": lambda n: "<SCRIPT>"}, "without scripts"),
    ],
)
def test_values_that_do_not_fit(arguments, message):
    given = {"draw": lambda n: f"{n}", "parameters": {"n": [1, 2]}, "caption": "c",
             "alt": str_of_n} | arguments  # fmt: skip
    with pytest.raises(ValueError, match=message):
        explore(given.pop("draw"), given.pop("parameters"), **given)


def test_two_parameters_with_too_many_frames_name_both():
    with pytest.raises(ValueError, match="make 13 × 5 = 65 frames, more than 64"):
        explore(line, {"slope": range(13), "offset": range(5)}, caption="c", alt=words)


def test_functions_that_do_not_take_the_parameters_are_found_before_drawing():
    with pytest.raises(TypeError, match="draw must take n by name: missing a required argument"):
        explore(line, {"n": [1, 2]}, caption="c", alt=str_of_n)
    with pytest.raises(TypeError, match="alt must take n by name"):
        explore(lambda n: 1 / 0, {"n": [1, 2]}, caption="c", alt=words)
    with pytest.raises(TypeError, match="Figure or a str of HTML, got NoneType"):
        explore(lambda n: None, {"n": [1, 2]}, caption="c", alt=str_of_n)


def test_too_large_a_figure_says_what_to_reduce(monkeypatch):
    monkeypatch.setattr(explore_static, "MAX_BYTES", 5_000)
    with pytest.raises(ValueError, match=r"bytes, more than 5,000: give fewer values of slope \(3"):
        explore(line, {"slope": range(3), "offset": [0, 1]}, caption="c", alt=words)


def test_a_full_grid_of_ordinary_frames_fits():
    figure = line(1)
    figure.set_size_inches(5.2, 3.3)
    frame = explore_frame.make_frame(figure, "one line")
    assert 64 * len(frame.html()) < explore_static.MAX_BYTES
