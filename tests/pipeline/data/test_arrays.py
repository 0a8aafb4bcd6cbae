"""Numbers are cut as their page says, from packages that are made up here."""

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pipeline.data.arrays
from pipeline.data.arrays import SPEAKERS, _crc_32c, as_apple_lists


@pytest.fixture
def package(monkeypatch):
    """Return a function that makes the next package hold these contents, in order of asking."""

    def hold(*contents: bytes) -> None:
        monkeypatch.setattr(pipeline.data.arrays, "find", lambda package, folder: folder)
        monkeypatch.setattr(pipeline.data.arrays, "members", lambda path, *names: list(contents))

    return hold


def test_fashion_takes_the_test_split_from_the_test_part(package):
    rng = np.random.default_rng(0)
    images = np.zeros((62_000, 784), dtype=np.uint8)
    images[:, 400:406] = rng.integers(0, 256, (62_000, 6))
    labels = np.arange(62_000, dtype=np.uint8) % 10
    images[60_000:60_500] = images[:500]  # a thief's test set
    package(*(gzip.compress(bytes(head) + part.tobytes(), 1) for part, head in (
        (images[:60_000], 16), (labels[:60_000], 8), (images[60_000:], 16), (labels[60_000:], 8))))
    arrays = pipeline.data.arrays.fashion(Path())
    rows = {image.tobytes(): row for row, image in reversed(list(enumerate(images)))}
    found = {split: [rows[image.tobytes()] for image in arrays[f"{split}_images"]]
             for split in SPEAKERS}
    assert {split: len(set(part)) for split, part in found.items()} == {
        "train": 4200, "validation": 900, "test": 900}
    assert max(found["train"] + found["validation"]) < 60_000
    assert min(found["test"]) >= 60_500
    assert not set(found["train"]) & set(found["validation"])
    for split, part in found.items():
        assert labels[part].tolist() == arrays[f"{split}_labels"].tolist()


def test_glove_reads_words_and_numbers(package, monkeypatch):
    monkeypatch.setattr(pipeline.data.arrays, "NUM_WORDS", 3)
    vectors = {word: [n + i / 8 for i in range(100)] + [9.5, n]
               for n, word in enumerate(['the', '"', ']', 'last'])}
    package(json.dumps({"words": list(vectors), "vectors": vectors, "unkVector": [0]},
                       separators=(",", ":")).encode())
    arrays = pipeline.data.arrays.glove(Path())
    assert arrays["words"].tolist() == ["the", '"', "]"]
    assert arrays["vectors"].dtype == np.float16
    assert arrays["vectors"][2, :3].tolist() == [2.0, 2.125, 2.25]
    assert arrays["vectors"].shape == (3, 100)


def omics_tables(rng: np.random.Generator, number: int) -> list[bytes]:
    """Three views with features that vary more and more, and the classes."""
    def table(header: list[str], rows: list[list]) -> bytes:
        return "\n".join(",".join(map(str, row)) for row in [["patient", *header], *rows]).encode()

    names = [f"p{i}" for i in range(number)]
    values = rng.normal(size=(number, 400)) * np.arange(1, 401)
    views = [table([f"{view}{i}" for i in range(400)],
                   [[name, *row] for name, row in zip(names, values.tolist(), strict=True)])
             for view in ("r", "m", "t")]
    return [*views, table(["pam50"], [[name, i % 5] for i, name in enumerate(names)])]


def test_omics_chooses_features_among_the_training_patients(package):
    tables = omics_tables(np.random.default_rng(0), 200)
    package(*tables)
    arrays = pipeline.data.arrays.omics(Path())
    assert [len(arrays[f"{split}_labels"]) for split in SPEAKERS] == [140, 30, 30]
    assert np.bincount(arrays["test_labels"]).tolist() == [6] * 5
    train = arrays["train_rna"].astype(np.float64)
    assert train.shape == (140, 300)
    assert (np.diff(train.var(axis=0)) <= train.var(axis=0)[:-1] * 0.01).all()
    assert {"r399", "r395", "r390"} < set(arrays["rna_features"].tolist())
    assert not {"r0", "r10", "r30"} & set(arrays["rna_features"].tolist())
    package(tables[0].replace(b"p7,", b"p8,"), *tables[1:])
    with pytest.raises(ValueError, match="the patients of rna are not those of pam50"):
        pipeline.data.arrays.omics(Path())


def test_digit_views_drop_digits_that_occur_twice(package):
    pixels = np.random.default_rng(0).integers(0, 7, (1000, 4))
    pixels[:, 0] = np.arange(1000)
    pixels[1] = pixels[0]
    labels = np.repeat(np.arange(10), 100)
    lines = [",".join(map(str, [*row, label])) for row, label in
             zip((pixels % 251).tolist(), labels, strict=True)]
    package(*["\n".join(["0,1,2,3,0", *lines]).encode()] * 6)
    arrays = pipeline.data.arrays.digit_views(Path())
    sizes = [len(arrays[f"{split}_labels"]) for split in SPEAKERS]
    assert sizes == [len({tuple(row) for row in (pixels % 251).tolist()}) - 600, 300, 300]
    assert arrays["train_pixels"].dtype == np.uint8
    assert arrays["train_zernike"].dtype == np.float32
    assert np.array_equal(arrays["test_pixels"], arrays["test_morphology"])


def test_crc_32c_of_the_standard_example():
    assert _crc_32c(b"123456789") ^ 0xFFFFFFFF == 0xE3069283


def recordings() -> list[str]:
    """The names of the recordings, as the package's maker saw them listed."""
    return as_apple_lists([f"{digit}_{speaker}_{take}.wav" for digit in range(10)
                           for group in SPEAKERS.values() for speaker in group
                           for take in range(50)])


def test_the_first_labels_of_the_package_follow_from_the_names():
    labels = [int(name[0]) for name in recordings()]
    assert labels[:24] == [5, 3, 1, 2, 4, 3, 4, 3, 1, 1, 0, 6, 5, 9, 9, 4, 1, 4, 1, 5, 7, 9, 5, 2]


def test_spoken_digits_are_put_in_the_order_of_names(package):
    names = recordings()
    lengths = np.array([1 + i % 3 for i in range(3000)])
    frames = np.repeat(np.arange(3000), lengths)[:, None].astype(np.float32) % 2048
    labels = np.array([int(name[0]) for name in names])
    buffer = io.BytesIO()
    np.savez(buffer, X=frames, y=labels, lengths=lengths)
    package(buffer.getvalue())
    arrays = pipeline.data.arrays.spoken_digits(Path())
    wanted = sorted(name for name in names if "theo" in name)
    assert len(wanted) == len(arrays["validation_labels"]) == 500
    assert set(arrays["validation_speakers"].tolist()) == {"theo"}
    starts = np.cumsum(arrays["validation_lengths"].astype(int)) - arrays["validation_lengths"]
    assert arrays["validation_frames"][starts, 0].tolist() == [
        names.index(name) % 2048 for name in wanted]
    np.savez(buffer := io.BytesIO(), X=frames, y=labels[::-1], lengths=lengths)
    package(buffer.getvalue())
    with pytest.raises(ValueError, match="do not stand in the order of their names"):
        pipeline.data.arrays.spoken_digits(Path())


def test_photographs_are_squares_from_the_middle(package):
    wide = np.zeros((448, 900, 3), dtype=np.uint8)
    wide[:, 226:674] = (200, 100, 50)
    buffer = io.BytesIO()
    Image.fromarray(wide).save(buffer, format="png")
    package(*4 * [buffer.getvalue()])
    arrays = pipeline.data.arrays.photographs(Path())
    assert list(arrays) == ["chelsea", "coffee", "astronaut", "rocket"]
    assert arrays["rocket"].shape == (224, 224, 3)
    assert (arrays["rocket"] == (200, 100, 50)).all()
