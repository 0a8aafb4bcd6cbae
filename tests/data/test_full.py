"""The full sets are opt-in, checked and read right; small made-up sets stand in for them."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
import torch

from lib.data import full
from lib.data.cache import DownloadError
from lib.data.full import FULL_SETS, FullSet, load_full, parse_idx


def idx(values: torch.Tensor) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes([0, 0, 8, values.ndim]) + sizes + values.numpy().tobytes()


PIXELS = {
    split: torch.randint(256, (n, 28, 28), dtype=torch.uint8, generator=torch.Generator())
    for split, n in (("train", 5), ("t10k", 3))
}
CLASSES = {"train": torch.tensor([3, 0, 9, 1, 7]).byte(), "t10k": torch.tensor([2, 2, 8]).byte()}


def packed(mtime: int) -> dict[str, bytes]:
    """The four files of a made-up set; another time in the header gives other checksums."""
    parts = {f"{split}-images": idx(pixels) for split, pixels in PIXELS.items()}
    parts |= {f"{split}-labels": idx(classes) for split, classes in CLASSES.items()}
    return {part: gzip.compress(data, mtime=mtime) for part, data in parts.items()}


def sums(files: dict[str, bytes]) -> dict[str, str]:
    return {part: hashlib.sha256(data).hexdigest() for part, data in files.items()}


def file_name(part: str) -> str:
    return f"{part}-{'idx3' if 'images' in part else 'idx1'}-ubyte.gz"


@pytest.fixture
def made_up(server, monkeypatch, tmp_path, closed_port) -> Path:
    """Serve a small set as "made_up" from the second of two addresses; return a package folder."""
    files, package = packed(mtime=1), tmp_path / "package"
    server.content |= {"/set/" + file_name(part): data for part, data in files.items()}
    sources = (closed_port + "/", server.url + "/set/")
    made_up = FullSet(sources, sums(files), str(package), sums(packed(mtime=2)))
    monkeypatch.setitem(FULL_SETS, "made_up", made_up)
    monkeypatch.setenv("LIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LIB_DATA", "full")
    package.mkdir()
    return package


@pytest.mark.parametrize(("split", "prefix"), [("train", "train"), ("test", "t10k")])
def test_load_once_then_from_the_cache(made_up, server, tmp_path, split, prefix):
    images, labels = load_full("made_up", split)
    assert torch.equal(images, PIXELS[prefix].unsqueeze(1) / 255)
    assert torch.equal(labels, CLASSES[prefix].long())
    assert images.dtype == torch.float32
    assert labels.dtype == torch.int64
    assert len(server.asked) == 2
    assert len(list((tmp_path / "cache" / "made_up").iterdir())) == 2
    server.content.clear()
    flat, _ = load_full("made_up", split, flatten=True, as_float=False)
    assert torch.equal(flat, PIXELS[prefix].reshape(-1, 784))


def test_package_is_used_when_its_files_are_right(made_up, server):
    for part, data in packed(mtime=2).items():
        (made_up / file_name(part)).write_bytes(data)
    images, _ = load_full("made_up", "test", as_float=False)
    assert torch.equal(images[:, 0], PIXELS["t10k"])
    assert server.asked == []
    (made_up / file_name("t10k-labels")).write_bytes(b"something else")
    _, labels = load_full("made_up", "test")
    assert labels.tolist() == [2, 2, 8]
    assert [path for path, _ in server.asked] == ["/set/t10k-labels-idx1-ubyte.gz"]


def test_wrong_file_from_every_source(made_up, server):
    server.content["/set/train-labels-idx1-ubyte.gz"] = packed(mtime=9)["train-labels"]
    with pytest.raises(DownloadError, match="could not download train-labels-idx1"):
        load_full("made_up", "train")


def test_progress_reaches_the_download(made_up):
    seen = []
    load_full("made_up", "test", progress=lambda received, total: seen.append(received == total))
    assert seen == [True, True]


@pytest.mark.parametrize("value", [None, "", "FULL", "embedded"])
def test_without_opting_in_nothing_is_fetched(made_up, server, monkeypatch, value):
    monkeypatch.delenv("LIB_DATA")
    if value is not None:
        monkeypatch.setenv("LIB_DATA", value)
    with pytest.raises(ValueError, match=f"opt-in: set .* LIB_DATA to 'full', got {value or ''!r}"):
        load_full("made_up", "train")
    assert server.asked == []


def test_unknown_name_and_split():
    with pytest.raises(ValueError, match="one of 'mnist', 'fashion_mnist', got 'cifar'"):
        load_full("cifar", "train")
    with pytest.raises(ValueError, match="split must be one of 'train', 'test', got 'validation'"):
        load_full("mnist", "validation")


def test_idx_of_every_rank():
    for shape in ((), (0,), (7,), (2, 3), (2, 0, 5), (2, 3, 5)):
        values = torch.arange(torch.Size(shape).numel()).reshape(shape).byte()
        assert torch.equal(parse_idx(idx(values)), values)
        assert parse_idx(idx(values)).shape == shape


def test_idx_result_can_be_written_to_and_leaves_the_bytes():
    data = idx(torch.tensor([1, 2], dtype=torch.uint8))
    parse_idx(data).fill_(9)
    assert parse_idx(data).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "must be an IDX file of bytes"),
        (b"\x00\x00\x08", "must be an IDX file of bytes"),
        (b"\x00\x00\x0d\x01\x00\x00\x00\x00", "IDX file of bytes (00 00 08 …), got 00 00 0d 01"),
        (b"\x1f\x8b\x08\x08", "got 1f 8b 08 08"),
        (idx(torch.zeros(2, 3).byte())[:-1], "data of shape (2, 3) must have 18 bytes, got 17"),
        (idx(torch.zeros(2, 3).byte()) + b"x", "data of shape (2, 3) must have 18 bytes, got 19"),
        (b"\x00\x00\x08\x03\x00\x00\x00\x01", "must have"),
    ],
)
def test_idx_errors(data, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_idx(data)


def test_addresses_and_checksums_are_complete():
    for full_set in FULL_SETS.values():
        assert len(full_set.sources) >= 2
        assert all(re.fullmatch("https?://.*/", source) for source in full_set.sources)
        for checksums in filter(None, (full_set.sha256, full_set.local_sha256)):
            assert set(checksums) == set(packed(mtime=0))
            assert all(re.fullmatch("[0-9a-f]{64}", value) for value in checksums.values())
            assert len(set(checksums.values())) == 4


@pytest.mark.skipif(
    not Path(FULL_SETS["fashion_mnist"].local_folder).is_dir(),
    reason="needs Debian's package dataset-fashion-mnist",
)
def test_fashion_mnist_of_the_package(monkeypatch):
    monkeypatch.setenv("LIB_DATA", "full")
    monkeypatch.setattr(full, "fetch", None)
    for split, size in (("train", 60_000), ("test", 10_000)):
        images, labels = load_full("fashion_mnist", split, as_float=False)
        assert images.shape == (size, 1, 28, 28)
        assert labels.bincount().tolist() == [size // 10] * 10
