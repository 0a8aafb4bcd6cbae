"""Words and characters of a text."""

from hypothesis import given
from hypothesis import strategies as st

from lib.sequences.text import split_characters, split_words


def test_words_and_marks_are_tokens():
    text = "Don't stop, l’été  est\nlà!"
    assert split_words(text) == ["don't", "stop", ",", "l’été", "est", "là", "!"]
    assert split_words("A'b'", lower=False) == ["A'b", "'"]
    assert split_words("") == []


@given(st.text())
def test_words_lose_nothing_but_white_space(text):
    assert "".join(split_words(text, lower=False)) == "".join(text.split())


def test_characters_have_single_blanks():
    assert split_characters("a \n\tb") == ["a", " ", "b"]
