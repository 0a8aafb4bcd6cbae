"""Unpack downloaded archives without letting them write anywhere else."""

import errno
import gzip
import lzma
import os
import secrets
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

CHUNK_BYTES = 2**18
DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # an unknown way of packing in a zip
)
Entry = tuple[str, BinaryIO | None]  # name, content; None for a folder


def unpack(path: str | Path, folder: str | Path, *, max_bytes: int = 2**31) -> Path:
    """Unpack a tar (plain, gz, bz2, xz), zip or gz file into the new folder `folder`.

    Only plain files and folders with names below `folder` are accepted, at most `max_bytes` bytes
    in all. `folder` appears when everything is in it, and is returned; after an error it is not
    there, and neither is anything else.

    Raises: FileNotFoundError if there is no file at `path`; FileExistsError if `folder` exists;
        ValueError if the archive holds an absolute path, `..`, a link or a device, the same name
        twice, too many bytes, or is damaged or of another kind; OSError if it cannot be written.
    """
    path, folder = Path(path), Path(folder)
    if not path.is_file():
        raise FileNotFoundError(f"path must be an archive, but there is no file {path}")
    if folder.exists():
        raise FileExistsError(f"folder must not exist yet, got {folder}")
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
    try:
        temporary.mkdir(parents=True)
        _write_all(path, temporary, max_bytes)
        os.rename(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def _write_all(path: Path, folder: Path, max_bytes: int) -> None:
    left = max_bytes
    try:
        for name, content in _entries(path):
            target = folder / _safe_name(path, name)
            if content is None:
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "xb") as file:
                while chunk := content.read(CHUNK_BYTES):
                    left -= len(chunk)
                    if left < 0:
                        raise ValueError(f"{path} unpacks to more than {max_bytes} bytes")
                    file.write(chunk)
    except (FileExistsError, NotADirectoryError) as error:
        raise ValueError(f"{path} holds {name!r} twice, or as a file and a folder") from error
    except (*DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise  # the disk is to blame, not the archive
        raise ValueError(f"{path} is damaged: {error}") from error


def _safe_name(path: Path, name: str) -> PurePosixPath:
    """Return the name of an entry, which must stay inside a folder on any operating system."""
    for parsed in (PurePosixPath(name), PureWindowsPath(name)):
        if parsed.anchor or ".." in parsed.parts:
            raise ValueError(f"{path} holds {name!r}, which would leave the folder")
    return PurePosixPath(name)


def _entries(path: Path) -> Iterator[Entry]:
    """Go through an archive of any kind, told apart by its bytes; a gz file has one entry."""
    if _is_tar(path):
        yield from _tar_entries(path)
    elif zipfile.is_zipfile(path):
        yield from _zip_entries(path)
    else:
        with open(path, "rb") as file:
            magic = file.read(2)
        if magic != b"\x1f\x8b":
            raise ValueError(f"{path} must be a whole tar, zip or gz file, got something else")
        with gzip.open(path) as content:
            yield path.name.removesuffix(".gz"), content


def _is_tar(path: Path) -> bool:
    try:
        with tarfile.open(path) as archive:
            return archive.next() is not None  # a file full of zeros reads as a tar of nothing
    except tarfile.TarError:
        return False


def _tar_entries(path: Path) -> Iterator[Entry]:
    with tarfile.open(path) as archive:
        for member in archive:
            if not (member.isfile() or member.isdir()):
                raise ValueError(f"{path} holds {member.name!r}, a link or a device")
            yield member.name, archive.extractfile(member)
        while archive.fileobj.read(CHUNK_BYTES):
            pass  # to the end, where gz, bz2 and xz have their checksum


def _zip_entries(path: Path) -> Iterator[Entry]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise ValueError(f"{path} holds {member.filename!r}, a link or a device")
            if member.flag_bits & 1:
                raise ValueError(f"{path} holds {member.filename!r}, which needs a password")
            if member.is_dir():
                yield member.filename, None
            else:
                with archive.open(member) as content:
                    yield member.filename, content
