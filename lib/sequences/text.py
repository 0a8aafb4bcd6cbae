"""Cut a text into words or characters."""

import re

WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


def split_words(text: str, *, lower: bool = True) -> list[str]:
    """Return the words and the punctuation marks of a text, one token each.

    An apostrophe within a word belongs to it: "don't" is one token. White space
    separates tokens and is lost.
    """
    return WORD.findall(text.lower() if lower else text)


def split_characters(text: str) -> list[str]:
    """Return the characters of a text, each run of white space as one blank."""
    return list(re.sub(r"\s+", " ", text))
