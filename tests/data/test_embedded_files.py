"""The embedded files are complete, documented, within their budget, and damage is noticed."""

import hashlib
import io
import lzma
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

import lib.data.embedded_files
from lib.data.embedded_files import (
    FOLDER,
    SPLITS,
    check_split,
    checksums,
    read_arrays,
    read_bytes,
    read_rows,
)

DOCUMENTS = {"SHA256SUMS", "SOURCES.md", "APACHE-2.0.txt"}
MAX_BYTES = 16 * 2**20


def test_every_file_has_its_checksum_and_no_other_file_is_there():
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    assert found - DOCUMENTS == set(checksums())
    assert len(checksums()) == 11


@pytest.mark.parametrize("file", checksums())
def test_the_checksum_is_that_of_the_file_and_of_the_page_of_sources(file):
    sha256 = hashlib.sha256((FOLDER / file).read_bytes()).hexdigest()
    assert checksums()[file] == sha256
    section = re.search(rf"(?s)^## [^\n]*\n\n(?:[^#]*?)`{re.escape(file)}`(.*?)(?=^## |\Z)",
                        (FOLDER / "SOURCES.md").read_text(encoding="utf-8"), re.M)
    assert section is not None
    assert sha256 in section[0]
    assert "Licence" in section[0]


def test_together_they_keep_the_budget():
    assert sum((FOLDER / file).stat().st_size for file in checksums()) <= MAX_BYTES


def test_they_travel_with_the_wheel():
    project = tomllib.loads((FOLDER.parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["lib.data"]
    packed = {path for pattern in patterns for path in FOLDER.parent.glob(pattern)}
    assert {FOLDER / file for file in DOCUMENTS | set(checksums())} <= packed


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An embedded folder with an array file and a file of rows."""
    buffer = io.BytesIO()
    np.savez(buffer, train_x=np.arange(3))
    contents = {"a.npz.xz": lzma.compress(buffer.getvalue()),
                "sub/b.json.xz": lzma.compress('{"train":[["é",1]],"test":[]}'.encode())}
    (tmp_path / "sub").mkdir()
    for file, content in contents.items():
        (tmp_path / file).write_bytes(content)
    (tmp_path / "SHA256SUMS").write_text("".join(
        f"{hashlib.sha256(content).hexdigest()}  {file}\n" for file, content in contents.items()))
    monkeypatch.setattr(lib.data.embedded_files, "FOLDER", tmp_path)
    return tmp_path


def test_arrays_and_rows(folder):
    arrays = read_arrays("a.npz.xz")
    assert list(arrays) == ["train_x"]
    assert arrays["train_x"].tolist() == [0, 1, 2]
    assert read_rows("sub/b.json.xz", "train") == [["é", 1]]
    assert read_rows("sub/b.json.xz", "test") == []


def test_a_damaged_file_is_never_read(folder):
    content = bytearray((folder / "a.npz.xz").read_bytes())
    for damaged in (content[:-1], content + b"\0", content.replace(content[20:21], b"\xff")):
        (folder / "a.npz.xz").write_bytes(damaged)
        with pytest.raises(ValueError, match=r"a\.npz\.xz is damaged: its SHA-256 is \w{64}, wan"):
            read_bytes("a.npz.xz")


def test_a_missing_file(folder):
    (folder / "a.npz.xz").unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.npz\.xz is missing: install the course again"):
        read_bytes("a.npz.xz")


@pytest.mark.parametrize("split", ["val", "", "Train", None])
def test_an_unknown_split(folder, split):
    message = f"split must be one of 'train', 'validation', 'test', got {split!r}"
    with pytest.raises(ValueError, match=message):
        check_split(split)
    with pytest.raises(ValueError, match=message):
        read_rows("sub/b.json.xz", split)


def test_the_known_splits():
    assert [check_split(split) for split in SPLITS] == [None] * 3
