import pytest

from lib.book.progress import progress


def test_no_bar_while_outputs_are_stored(monkeypatch, capsys):
    monkeypatch.setenv("LIB_STATIC", "1")
    assert list(progress(range(3), "steps")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("total", [None, 3])
def test_bar_otherwise(monkeypatch, capsys, total):
    monkeypatch.delenv("LIB_STATIC", raising=False)
    items = range(3) if total is None else iter(range(3))
    assert list(progress(items, "steps", total)) == [0, 1, 2]
    printed = capsys.readouterr()
    assert "steps" in printed.err
    assert "/3" in printed.err
    assert printed.out == ""
