"""The table of two shapes says of each axis what the rule does, and gives torch's own answer."""

import re
from html import unescape

import pytest

from lib.figures.tensors.shape_table import shape_table, verdict


def cells(html):
    """Return the text of the body's cells, row by row."""
    body = html.split("<tbody>")[1].split("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body)
    strip = re.compile(r"<[^>]+>")
    return [[strip.sub(" ", cell).split() for cell in re.findall(r"<td.*?</td>", r)] for r in rows]


def test_equal_stretched_and_added_axes_are_named():
    first, second, result = cells(shape_table((2, 3, 1), (3, 4)))
    assert first == [["2", "equal"], ["3", "equal"], ["1", "stretched"]]
    assert second == [["–", "added"], ["3", "equal"], ["4", "equal"]]
    assert result == [["2"], ["3"], ["4"]]


def test_a_clash_is_named_on_its_axis_with_torchs_error():
    html = shape_table((2, 3), (4, 3))
    first, second, result = cells(html)
    assert first[0] == ["2", "clash"]
    assert second[0] == ["4", "clash"]
    assert result == [["✗"], ["3"]]
    assert "must match the size of tensor b (4) at non-singleton dimension 0" in unescape(html)


def test_a_stretched_axis_beside_a_clash_is_not_called_a_clash():
    rows = cells(shape_table((1,), (2,), (3,)))
    assert rows[0] == [["1", "stretched"]]
    assert rows[1] == [["2", "clash"]]


def test_two_scalars_have_no_axes():
    assert cells(shape_table((), ())) == [[], [], []]


def test_the_table_has_headers_for_rows_and_columns():
    html = shape_table((2, 3), (3,))
    assert re.findall(r"scope='col'>(.*?)<", html) == ["shape", "axis -2", "axis -1"]
    assert re.findall(r"scope='row'>(.*?)<", html) == ["(2, 3)", "(3,)", "result"]


def test_verdict_counts_elements():
    assert verdict((3, 1), (4,)) == "result (3, 4): 12 elements from 7 stored ones"
    assert verdict((2,), (3,)).startswith("RuntimeError: The size of tensor a (2)")


def test_sizes_below_zero_are_refused():
    with pytest.raises(ValueError, match="sizes of 0 or more"):
        shape_table((-1,), (2,))
