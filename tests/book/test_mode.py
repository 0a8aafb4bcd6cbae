"""Only LIB_STATIC=1 stands for a stored page."""

import pytest

from lib.book.mode import is_static


@pytest.mark.parametrize(("value", "wanted"), [("1", True), ("0", False), ("", False)])
def test_the_environment_decides(monkeypatch, value, wanted):
    monkeypatch.setenv("LIB_STATIC", value)
    assert is_static() is wanted


def test_a_live_reader_is_assumed(monkeypatch):
    monkeypatch.delenv("LIB_STATIC", raising=False)
    assert is_static() is False
