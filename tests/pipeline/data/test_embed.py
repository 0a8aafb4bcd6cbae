"""The command makes a file, says whether it is the one of the library, and is repeatable."""

import io
import json
import lzma

import numpy as np
import pytest

from lib.data.embedded_files import FOLDER, checksums
from pipeline.data.embed import SETS, main, pack


def test_every_embedded_file_can_be_made_again():
    assert set(SETS) == set(checksums())


def test_pack_gives_the_same_bytes_each_time(monkeypatch):
    arrays = {"train_x": np.arange(5, dtype=np.float16), "words": np.array(["a", "é"])}
    first = pack(arrays)
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert pack(arrays) == first
    with np.load(io.BytesIO(lzma.decompress(first)), allow_pickle=False) as loaded:
        assert loaded["words"].tolist() == ["a", "é"]
    rows = {"train": [["é", 1.5]], "test": []}
    assert json.loads(lzma.decompress(pack(rows))) == rows


def test_main(tmp_path, monkeypatch, capsys):
    file = "reviews.json.xz"
    content = json.loads(lzma.decompress((FOLDER / file).read_bytes()))
    monkeypatch.setitem(SETS, file, lambda folder: content)
    assert main(["reviews", "--packages", str(tmp_path), "--out", str(tmp_path)]) == 0
    assert (tmp_path / file).read_bytes() == (FOLDER / file).read_bytes()
    assert "as expected" in capsys.readouterr().out
    monkeypatch.setitem(SETS, "cc-by-sa/vitaminc.json.xz", lambda folder: {"train": []})
    assert main(["reviews", "vitaminc", "--out", str(tmp_path)]) == 1
    assert "not that of SHA256SUMS" in capsys.readouterr().out
    assert (tmp_path / "cc-by-sa" / "vitaminc.json.xz").is_file()


def test_an_unknown_name(capsys):
    with pytest.raises(SystemExit):
        main(["imagenet"])
    assert "invalid choice: 'imagenet'" in capsys.readouterr().err
