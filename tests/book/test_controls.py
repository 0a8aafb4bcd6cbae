"""Controls: how values read, where they start, and the order of the frames."""

import pytest

from lib.book.controls import check_takes, choices, chosen, read_parameters


def test_values_read_as_people_write_them():
    (parameter,) = read_parameters({"k": [-1, 0.5, 1e-7, 1 / 3]}, None, {"k": 0.5})
    assert parameter.texts() == ["−1", "0.5", "1e−07", "0.333333"]
    assert parameter.start == 1
    assert parameter.label == "k"


def test_labels_replace_names_and_underscores_become_spaces():
    first, second = read_parameters({"batch_size": [1, 2], "lr": [1, 2]}, {"lr": "rate"}, None)
    assert (first.label, second.label) == ("batch size", "rate")


@pytest.mark.parametrize(
    ("values", "slider"),
    [([1, 2], True), (["a", "b"], False), (list("abcdefg"), True), ([1, "a"], False)],
)
def test_numbers_and_long_lists_make_sliders(values, slider):
    assert read_parameters({"k": values}, None, None)[0].is_slider() is slider


def test_the_last_parameter_runs_fastest():
    parameters = read_parameters({"a": [1, 2], "b": ["x", "y", "z"]}, None, None)
    order = [chosen(parameters, indices) for indices in choices(parameters)]
    assert order[:4] == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 1, "b": "z"},
                         {"a": 2, "b": "x"}]  # fmt: skip
    assert len(order) == 6


@pytest.mark.parametrize(
    ("parameters", "start", "message"),
    [
        ({}, None, "parameters must be 1 to 3, got 0"),
        ({name: [1, 2] for name in "abcd"}, None, "parameters must be 1 to 3, got 4"),
        ({"k": range(13), "n": range(5)}, None, "make 13 × 5 = 65 frames, more than 64"),
        ({"k": [1]}, None, "at least 2 values, got 1"),
        ({"k": [1, 1.0]}, None, "two values that read '1'"),
        ({"k": [1, 2]}, {"k": 3}, "must be one of 1, 2, got 3"),
        ({"k": [1, 2]}, {"n": 1}, r"start must name parameters \['k'\], got \['n'\]"),
        ({"k": range(65)}, None, "65 = 65 frames, more than 64"),
    ],
)
def test_what_does_not_fit_is_named(parameters, start, message):
    with pytest.raises(ValueError, match=message):
        read_parameters(parameters, None, start)


def test_a_function_must_take_the_names():
    check_takes("draw", lambda k, n=1: None, ["k"])
    with pytest.raises(TypeError, match="draw must take k, n by name"):
        check_takes("draw", lambda k: None, ["k", "n"])


def test_labels_of_unknown_parameters_are_named():
    with pytest.raises(ValueError, match=r"labels must name parameters \['k'\], got \['m'\]"):
        read_parameters({"k": [1, 2]}, {"m": "M"}, None)
