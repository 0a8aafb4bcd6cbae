"""The Fashion-MNIST pictures are balanced, different, and come from the right part of the set."""

import hashlib

import pytest
import torch

from lib.data.embedded_files import SPLITS
from lib.data.fashion import FASHION_CLASSES, load_fashion

SIZES = {"train": 420, "validation": 90, "test": 90}
BYTES_SHA256 = {
    "train": "289df374f52d23dc14c711557d202caeffef030305817dc8867e30c4330ae1ec",
    "validation": "892f69a291444fe067b1a31190b11b5315387de3a3e6e186ca10343fe5db60c1",
    "test": "8fee0783f880c179ecb8cb77cc89c6ae707650e0d4270ef4c7160e5de27eb8d4",
}


@pytest.mark.parametrize("split", SPLITS)
def test_split_never_changes(split):
    images, labels = load_fashion(split, as_float=False)
    content = images.numpy().tobytes() + labels.numpy().astype("<i8").tobytes()
    assert hashlib.sha256(content).hexdigest() == BYTES_SHA256[split]


@pytest.mark.parametrize("split", SPLITS)
def test_every_class_is_equally_frequent_and_mixed(split):
    _, labels = load_fashion(split)
    assert labels.bincount().tolist() == [SIZES[split]] * len(FASHION_CLASSES)
    tens = labels.reshape(-1, 10)  # (N,) -> (N/10, 10)
    assert torch.equal(tens.sort(dim=1).values, torch.arange(10).expand(len(tens), 10))
    assert len(tens.unique(dim=0)) > 0.9 * len(tens)


def test_no_image_occurs_twice_so_none_stands_in_two_splits():
    images = torch.cat([load_fashion(split, as_float=False)[0] for split in SPLITS])
    assert len({image.numpy().tobytes() for image in images}) == 6000


def test_shapes_types_and_range():
    images, labels = load_fashion("test")
    assert (images.shape, images.dtype) == ((900, 1, 28, 28), torch.float32)
    assert (labels.shape, labels.dtype) == ((900,), torch.int64)
    assert (images.min(), images.max()) == (0, 1)
    flat, _ = load_fashion("test", flatten=True)
    assert torch.equal(flat, images.reshape(900, 784))
    as_bytes, _ = load_fashion("test", as_float=False)
    assert as_bytes.dtype == torch.uint8
    assert torch.equal(as_bytes / 255, images)


def test_trousers_are_narrower_than_pullovers():
    images, labels = load_fashion("train")
    columns = (images.mean(dim=(1, 2)) > 0.1).sum(dim=1).float()  # (N, 1, 28, 28) -> (N,)
    trousers, pullovers = (columns[labels == FASHION_CLASSES.index(name)].mean()
                           for name in ("Trouser", "Pullover"))
    assert trousers < 0.7 * pullovers


def test_editing_what_was_returned_does_not_reach_the_next_call():
    images, labels = load_fashion("test", as_float=False)
    before = images.clone(), labels.clone()
    images.fill_(0)
    labels.fill_(0)
    again = load_fashion("test", as_float=False)
    assert all(torch.equal(a, b) for a, b in zip(again, before, strict=True))


def test_unknown_split():
    with pytest.raises(ValueError, match="split must be one of 'train', 'validation', 'test', got"):
        load_fashion("val")
