"""What the first page says of a chapter is read from its notebook."""

import json

from pipeline.chapters import chapters
from pipeline.sphinx.contents import effort, first_sentence, reading_minutes


def store(make_course, words, lines):
    source = "# One\n\n```{code-cell} ipython3\n" + "x = 1\n" * lines + "```\n"
    root = make_course({"start/one": source})
    cells = [{"cell_type": "markdown", "metadata": {}, "id": "a", "source": words}]
    notebook = {"metadata": {}, "cells": cells, "nbformat": 4, "nbformat_minor": 5}
    (root / "chapters/start/one.ipynb").write_text(json.dumps(notebook))
    return chapters(root)[0]


def test_the_first_sentence_keeps_the_words_of_links(make_course):
    words = "(start/one)=\n# One\n\nWhat does [a sum](../other.md) of 0.5\nand 2 give? And more."
    assert first_sentence(store(make_course, words, 1)) == "What does a sum of 0.5 and 2 give?"


def test_minutes_are_those_of_words_and_of_lines_of_code(make_course):
    assert reading_minutes(store(make_course, "# One\n\n" + "word " * 800, 1)) == 4
    chapter = store(make_course, "# One\n\n" + "word " * 800, 60)
    assert reading_minutes(chapter) == 7
    assert effort(chapter) == "7 min"
