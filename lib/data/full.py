"""The full-size image sets: opt-in, downloaded once, checked to the last bit."""

import gzip
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from lib.data.cache import cache_folder, fetch, has_sha256


class FullSet(NamedTuple):
    """Where the four files of a set come from, and which SHA-256 checksums they have.

    `local_folder` is where a Debian package puts the same files, packed with another
    gzip header.
    """

    sources: tuple[str, ...]
    sha256: dict[str, str]
    local_folder: str = ""
    local_sha256: dict[str, str] = {}  # noqa: RUF012 (never changed)


MNIST_SHA256 = {
    "train-images": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
FASHION_SHA256 = {
    "train-images": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
DEBIAN_FASHION_SHA256 = {
    "train-images": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    "train-labels": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    "t10k-images": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    "t10k-labels": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
}
FULL_SETS = {
    "mnist": FullSet(
        sources=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        sha256=MNIST_SHA256,
    ),
    "fashion_mnist": FullSet(
        sources=(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/"
            "fashion-mnist/master/data/fashion/",
        ),
        sha256=FASHION_SHA256,
        local_folder="/usr/share/datasets/fashion-mnist",
        local_sha256=DEBIAN_FASHION_SHA256,
    ),
}
PREFIXES = {"train": "train", "test": "t10k"}  # how the names of the files begin


def load_full(
    name: str,
    split: str,
    *,
    flatten: bool = False,
    as_float: bool = True,
    progress: Callable[[int, int | None], None] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return images and labels of a full set: 60,000 for "train", 10,000 for "test".

    `name` is "mnist" (a download of 12 MB) or "fashion_mnist" (31 MB, none where
    Debian's package dataset-fashion-mnist is installed). Nothing happens unless
    LIB_DATA is "full", so that full and embedded data never take each other's place
    unseen. `progress` is handed to `fetch`.

    Shapes: images (N, 1, 28, 28) float32 in [0, 1], or (N, 784) with `flatten=True`,
        bytes with `as_float=False`; labels (N,) int64.
    Raises: ValueError if `name` or `split` is unknown or LIB_DATA is not "full";
        DownloadError if the files cannot be had.
    Source: LeCun et al. (1998), doi:10.1109/5.726791; Xiao et al. (2017),
    arXiv:1708.07747.
    """
    choices = (("name", name, FULL_SETS), ("split", split, PREFIXES))
    for argument, value, known in choices:
        if value not in known:
            names = ", ".join(map(repr, known))
            raise ValueError(f"{argument} must be one of {names}, got {value!r}")
    if os.environ.get("LIB_DATA") != "full":
        raise ValueError(
            f"the full set {name!r} is opt-in: set the environment variable LIB_DATA "
            f"to 'full', got {os.environ.get('LIB_DATA', '')!r}; "
            "lib.data.digits needs no download"
        )
    kinds = (f"{PREFIXES[split]}-{kind}" for kind in ("images", "labels"))
    paths = (_find(name, kind, progress) for kind in kinds)
    images, labels = (parse_idx(gzip.decompress(p.read_bytes())) for p in paths)
    # (N, 28, 28) -> (N, 784) or (N, 1, 28, 28)
    images = images.flatten(1) if flatten else images.unsqueeze(1)
    return images.float() / 255 if as_float else images, labels.long()


def parse_idx(data: bytes) -> torch.Tensor:
    """Read the bytes of an IDX file: two zeros, type 8 (byte), rank, sizes, values.

    Each size is a 4-byte number with its highest byte first.

    Shapes: those in the file, uint8.
    Raises: ValueError if the bytes do not begin like that, or are too few or too many.
    """
    if len(data) < 4 or data[:3] != b"\x00\x00\x08":
        raise ValueError(
            f"data must be an IDX file of bytes (00 00 08 …), got {data[:4].hex(' ')}"
        )
    start = 4 + 4 * data[3]
    shape = [int.from_bytes(data[i : i + 4], "big") for i in range(4, start, 4)]
    wanted = start + math.prod(shape)
    if len(data) != wanted:
        raise ValueError(
            f"data of shape {tuple(shape)} must have {wanted} bytes, got {len(data)}"
        )
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)[start:].reshape(shape)


def _find(
    name: str, part: str, progress: Callable[[int, int | None], None] | None
) -> Path:
    """Return the path of one file of a set: Debian's if it is there, else fetched."""
    full_set = FULL_SETS[name]
    file = f"{part}-{'idx3' if part.endswith('images') else 'idx1'}-ubyte.gz"
    local = Path(full_set.local_folder) / file
    if full_set.local_folder and has_sha256(local, full_set.local_sha256[part]):
        return local
    sources = [source + file for source in full_set.sources]
    folder = cache_folder() / name
    return fetch(file, sources, full_set.sha256[part], folder=folder, progress=progress)
