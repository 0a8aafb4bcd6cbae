"""Read the data that travel with the course, each file checked against its SHA-256."""

import hashlib
import io
import json
import lzma
from pathlib import Path

import numpy as np

SPLITS = ("train", "validation", "test")
FOLDER = Path(__file__).parent / "embedded"  # its SOURCES.md says what is in it


def read_arrays(file: str) -> dict[str, np.ndarray]:
    """Return the arrays of an embedded .npz.xz file by name.

    Raises: as `read_bytes`.
    """
    with np.load(io.BytesIO(read_bytes(file)), allow_pickle=False) as arrays:
        return dict(arrays)


def read_rows(file: str, split: str) -> list[list]:
    """Return one split of an embedded .json.xz file: rows of strings and numbers.

    Raises: ValueError if `split` is none of the three; else as `read_bytes`.
    """
    check_split(split)
    return json.loads(read_bytes(file))[split]


def read_bytes(file: str) -> bytes:
    """Return the unpacked content of a file in FOLDER.

    Raises: FileNotFoundError if it is not installed; ValueError if it is damaged.
    """
    path = FOLDER / file
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: install the course again")
    packed = path.read_bytes()
    found, wanted = hashlib.sha256(packed).hexdigest(), checksums()[file]
    if found != wanted:
        raise ValueError(
            f"{path} is damaged: its SHA-256 is {found}, wanted {wanted}; "
            "install the course again"
        )
    return lzma.decompress(packed)


def checksums() -> dict[str, str]:
    """Return the SHA-256 of each embedded file, which `sha256sum -c` can check too."""
    lines = (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {file: sha256 for sha256, file in (line.split() for line in lines)}


def check_split(split: str) -> None:
    """Check that a split is "train", "validation" or "test".

    Raises: ValueError otherwise.
    """
    if split not in SPLITS:
        message = f"split must be one of {', '.join(map(repr, SPLITS))}, got {split!r}"
        raise ValueError(message)
