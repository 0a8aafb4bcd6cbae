"""The drawn cuts show each token at its place; the steps of merging say what they show."""

import re

import pytest
from matplotlib.patches import Rectangle

from lib.figures.sequences.text import describe_merges, draw_tokens, merge_view, show_piece

MERGES = [(b"t", b"h"), (b"th", b"e"), (b" ", b"the")]


def test_each_token_has_a_box_at_its_place():
    figure = draw_tokens("a bc", {"words": ["a", "bc"], "characters": ["a", " ", "b", "c"]})
    axes = figure.axes[0]
    boxes = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert [round(box.get_x()) for box in boxes] == [0, 2, 0, 1, 2, 3]
    assert [round(box.get_width()) for box in boxes] == [1, 2, 1, 1, 1, 1]
    assert [int(box.get_y()) for box in boxes] == [0, 0, 1, 1, 1, 1]
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["a", "bc", "2", "a", " ", "b", "c", "4", "tokens"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["words", "characters"]


def test_an_unknown_token_is_marked_by_more_than_its_colour():
    axes = draw_tokens("a bc", {"words": ["a", "bc"]}, unknown={"bc"}).axes[0]
    assert [text.get_text() for text in axes.texts][:2] == ["a", "<unk>"]
    assert [patch.get_hatch() for patch in axes.patches] == ["", "////"]


@pytest.mark.parametrize(("tokens", "message"), [
    (["a", "c"], "'c' does not follow in 'bc'"), (["a"], "' bc' is in no token"),
    (["a", "", "bc"], "'' does not follow in ' bc'"),
])
def test_other_tokens_are_refused(tokens, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        draw_tokens("a bc", {"words": tokens})


def test_the_view_has_a_box_for_each_piece_and_says_what_the_text_says():
    for number, count in ((0, 7), (2, 3), (3, 2)):
        html = merge_view(MERGES, number, "the the")
        boxes = re.findall(r"<span[^>]*>([^<]*)</span>", html)
        assert "".join(boxes) == "the␣the"
        assert len(boxes) == count
        assert describe_merges(MERGES, number, "the the") in html
    assert describe_merges(MERGES, 0, "the") == "0 merges: 3 pieces. Next merge: t + h → th."
    assert describe_merges(MERGES, 3, "the") == "3 merges: 1 pieces. Last merge: ␣ + the → ␣the."
    assert "&lt;b&gt;" in merge_view([(b"<", b"b"), (b"<b", b">")], 2, "<b>")


def test_pieces_are_shown_with_visible_blanks_and_half_characters_as_bytes():
    assert show_piece(b" a\n") == "␣a⏎"
    assert show_piece("é".encode()[:1]) == "‹c3›"
