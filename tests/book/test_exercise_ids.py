import sys

import pytest

from lib import exercises
from lib.book.exercise import check, exercise_ids, find


def test_unknown_exercises_name_close_ones(monkeypatch):
    known = ["cnn/a/b", "rnn/a/b", "rnn/a/c", "tensors/sample/double", "zoo/a/b"]
    monkeypatch.setattr("lib.book.exercise.exercise_ids", lambda: known)
    for wrong in ("tensors/sample/doubel", "tensor/sample/double", "tensors.sample.double"):
        with pytest.raises(ValueError, match=rf"there is no '{wrong}'; close to it: tensors/samp"):
            check(wrong, lambda x: x)
    with pytest.raises(ValueError, match=r"there is no '\.\./\.\./x'; close to it: cnn/a/b, r"):
        find("../../x")


def test_a_broken_check_module_is_not_taken_for_a_wrong_id(monkeypatch):
    def broken(name):
        raise ModuleNotFoundError("No module named 'nowhere'", name="nowhere")

    monkeypatch.setattr("lib.book.exercise.exercise_ids", list)
    monkeypatch.setattr("lib.book.exercise.importlib.import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        check("tensors/sample/double", None)


def test_all_ids_are_found_in_the_check_modules(tmp_path, monkeypatch):
    for part in ("one", "two"):
        folder = tmp_path / part
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "topic.py").write_text("EXERCISES = {'b': (), 'a': ()}")
    monkeypatch.setattr(exercises, "__path__", [str(tmp_path)])
    assert exercise_ids() == ["one/topic/a", "one/topic/b", "two/topic/a", "two/topic/b"]
    for name in ("one", "one.topic", "two", "two.topic"):
        del sys.modules[f"lib.exercises.{name}"]
