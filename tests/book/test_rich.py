"""A rich output offers its HTML and its text."""

from dataclasses import FrozenInstanceError

import pytest
from IPython.core.formatters import DisplayFormatter

from lib.book.rich import RichOutput


def test_a_notebook_gets_both_forms():
    data, _ = DisplayFormatter().format(RichOutput("<b>two</b>", "two"))
    assert data == {"text/html": "<b>two</b>", "text/plain": "two"}


def test_it_cannot_be_changed():
    output = RichOutput("<b>two</b>", "two")
    with pytest.raises(FrozenInstanceError):
        output.text = "three"
