"""Unpack downloaded archives without letting them write anywhere else."""

import bz2
import errno
import gzip
import lzma
import os
import secrets
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

CHUNK_BYTES = 2**18
BLOCK_BYTES = 512  # a tar is made of such blocks and ends in two of zeros
HEADER_BYTES = 2**15  # for one entry: far above the 4096 bytes that a name may have
MAX_DEPTH = 64  # folders inside each other
OPENERS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    UnicodeError,
    OverflowError,
    IndexError,  # an entry without a name
    RecursionError,  # headers about headers about headers
    EOFError,
    NotImplementedError,  # an unknown way of packing in a zip
)
ARCHIVE_TO_BLAME = (None, errno.EINVAL, errno.ENAMETOOLONG)  # else the disk is
Entry = tuple[str, BinaryIO | None]  # name, content; None for a folder


class _RefusedError(ValueError):
    """An archive that holds what it must not hold, or is none."""


def unpack(
    path: str | Path,
    folder: str | Path,
    *,
    max_bytes: int = 2**31,
    max_entries: int = 10_000,
) -> Path:
    """Unpack a tar (plain, gz, bz2, xz), zip or gz file into the new folder `folder`.

    Only plain files and folders with names below `folder` are accepted, at most
    `max_bytes` bytes and `max_entries` files and folders in all. `folder` appears when
    everything is in it, and is returned; after an error neither it nor anything else
    is there.

    Raises: FileNotFoundError if there is no file at `path`; FileExistsError if `folder`
        exists; ValueError if the archive holds an absolute path, `..`, a link or a
        device, the same name twice, too much, or is cut off, damaged or of another
        kind; OSError if it cannot be written.
    """
    path, folder = Path(path), Path(folder)
    if not path.is_file():
        raise FileNotFoundError(f"path must be an archive, but there is no file {path}")
    if folder.exists():
        raise FileExistsError(f"folder must not exist yet, got {folder}")
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
    made = [parent for parent in folder.parents if not parent.exists()]
    try:
        temporary.mkdir(parents=True)
        _write_all(path, temporary, max_bytes, max_entries)
        os.rename(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        for parent in made:
            with suppress(OSError):  # not made yet, or somebody else put something in
                parent.rmdir()
        raise
    return folder


def _write_all(path: Path, folder: Path, max_bytes: int, max_entries: int) -> None:
    """Write the entries below a folder; what is wrong with them is a ValueError."""
    left, number, seen = max_bytes, 0, set()
    try:
        for number, (name, content) in enumerate(_entries(path, max_bytes), start=1):
            safe = _safe_name(name)
            seen |= {safe, *safe.parents}  # an archive need not name the folders
            if max(number, len(seen) - 1) > max_entries:
                raise _RefusedError(f"holds more than {max_entries} files and folders")
            left = _write(folder / safe, content, left)
            if left < 0:
                raise _RefusedError(f"unpacks to more than {max_bytes} bytes")
    except _RefusedError as error:
        raise ValueError(f"{path} {error}") from None
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        message = f"{path} holds {name!r} twice, or as a file and a folder"
        raise ValueError(message) from error
    except (*DAMAGED, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in ARCHIVE_TO_BLAME:
            raise
        raise ValueError(f"{path} is damaged: {error}") from error


def _write(target: Path, content: BinaryIO | None, left: int) -> int:
    """Write a file, or make a folder; return the bytes left, below 0 if too few."""
    if content is None:
        target.mkdir(parents=True, exist_ok=True)
        return left
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target, "xb") as file:
        while chunk := content.read(CHUNK_BYTES):
            left -= len(chunk)
            if left < 0:
                return -1
            file.write(chunk)
    return left


def _safe_name(name: str) -> PurePosixPath:
    """Return the name of an entry, which must stay in a folder on any system."""
    for parsed in (PurePosixPath(name), PureWindowsPath(name)):
        if parsed.anchor or ".." in parsed.parts:
            raise _RefusedError(f"holds {name!r}, which would leave the folder")
    if len(PurePosixPath(name).parts) > MAX_DEPTH:
        raise _RefusedError(f"holds a name of more than {MAX_DEPTH} folders")
    return PurePosixPath(name)


def _entries(path: Path, max_bytes: int) -> Iterator[Entry]:
    """Go through an archive of any kind, told by its first bytes; a gz has one."""
    with open(path, "rb") as file:
        start = file.read(6)
    opener = next(
        (OPENERS[magic] for magic in OPENERS if start.startswith(magic)), open
    )
    with opener(path, "rb") as content:
        is_tar = _is_tar_header(content.read(BLOCK_BYTES))
        content.seek(0)
        if is_tar:
            yield from _tar_entries(_Bounded(content, max_bytes))
        elif opener is gzip.open:
            yield path.name.removesuffix(".gz"), content
        elif zipfile.is_zipfile(path):
            yield from _zip_entries(path)
        else:
            raise _RefusedError(
                "must be a whole tar, zip or gz file, got something else"
            )


def _is_tar_header(block: bytes) -> bool:
    """Tell whether a tar begins like this; a block of zeros is a tar of nothing."""
    try:
        tarfile.TarInfo.frombuf(block, tarfile.ENCODING, "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


class _Bounded:
    """The bytes of a tar, of which only so many may be read, or passed over."""

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        self.file, self.tell = file, file.tell
        self.max_bytes, self.headers = max_bytes, 0
        self.header_left: int | None = HEADER_BYTES  # None: content is read

    def next_header(self) -> None:
        """Let one header be read, and add its share to what may be passed over."""
        self.headers, self.header_left = self.headers + 1, HEADER_BYTES

    def read(self, size: int) -> bytes:
        """Read so many bytes."""
        if self.header_left is not None:
            self.header_left -= size
            if self.header_left < 0:
                raise _RefusedError(f"has a header of more than {HEADER_BYTES} bytes")
        return self.file.read(size)

    def seek(self, position: int) -> None:
        """Go to a position."""
        if position > self.max_bytes + (self.headers + 32) * (
            HEADER_BYTES + BLOCK_BYTES
        ):
            raise _RefusedError(f"unpacks to more than {self.max_bytes} bytes")
        self.file.seek(position)


def _tar_entries(bounded: _Bounded) -> Iterator[Entry]:
    """Go through a tar up to its end mark, which must be there, with nothing behind."""
    with tarfile.open(fileobj=bounded, mode="r:") as archive:
        while (member := archive.next()) is not None:
            if not (member.isfile() or member.isdir()):
                raise _RefusedError(f"holds {member.name!r}, a link or a device")
            bounded.header_left = None
            yield member.name, archive.extractfile(member)
            bounded.next_header()
        bounded.header_left = None
        bounded.seek(archive.offset)
        zeros = 0
        while chunk := bounded.read(CHUNK_BYTES):  # also: gz, bz2, xz end in a checksum
            zeros += len(chunk)
            if chunk.strip(b"\0"):
                raise _RefusedError("is damaged: a header is wrong, or bytes follow it")
            bounded.seek(archive.offset + zeros)
        if zeros < 2 * BLOCK_BYTES:
            raise _RefusedError("is cut off: the mark at its end is missing")


def _zip_entries(path: Path) -> Iterator[Entry]:
    """Go through a zip, which must hold as many entries as it says at its end."""
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        file.seek(-len(archive.comment) - 22, os.SEEK_END)
        end = file.read(22)  # PK 5 6, …, number of entries, …, length of the comment
        number, promised = len(archive.infolist()), int.from_bytes(end[10:12], "little")
        if end[:4] != b"PK\5\6" or promised not in (number, 0xFFFF):  # 0xFFFF: zip64
            raise _RefusedError(
                f"is damaged: {number} entries are not all, or too many"
            )
        for member in archive.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _RefusedError(f"holds {member.filename!r}, a link or a device")
            if member.flag_bits & 1:
                raise _RefusedError(
                    f"holds {member.filename!r}, which needs a password"
                )
            if member.is_dir():
                yield member.filename, None
            else:
                with archive.open(member) as content:
                    yield member.filename, content
