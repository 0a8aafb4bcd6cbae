"""Write files so that nobody ever sees half of one."""

import glob
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


@contextmanager
def atomic_write(path: str | Path) -> Iterator[BinaryIO]:
    """Open a binary file that takes the name `path` when all of it is on the disk.

    The bytes go to a temporary file in the same folder, which is created if need be. At
    the end of the `with` block that file replaces `path` in one step: whoever opens
    `path` finds the old content or the new one, also after a crash or a power cut in
    between. When the block fails, `path` stays as it was and the temporary file goes.
    What a killed process left behind is removed the next time the same `path` is
    written, where the disk knows locks; files that others are writing stay.

    Raises: OSError if the folder cannot be written to or the disk is full.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    temporary, file = _open_locked(path)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if fcntl is not None:  # with the lock: to others it never is a leftover
                os.replace(temporary, path)
        if fcntl is None:  # Windows renames no open file
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _open_locked(path: Path) -> tuple[Path, BinaryIO]:
    """Make a temporary file that others leave alone; return its name and the file."""
    while True:
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        file = open(temporary, "xb")  # noqa: SIM115 (the caller closes it)
        if fcntl is None:
            return temporary, file
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:  # some network disks have no locks: nobody can remove it
            return temporary, file
        if temporary.exists():
            return temporary, file
        file.close()  # another writer took it for a leftover before it was locked


def _remove_leftovers(path: Path) -> None:
    """Delete the temporary files of `path` that no living process is writing."""
    if fcntl is None:  # without locks nobody can tell
        return
    random_part = "[0-9a-f]" * 8
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.{random_part}.tmp"):
        with suppress(OSError), open(leftover, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while in use
            leftover.unlink()


def _sync_folder(folder: Path) -> None:
    """Ask the disk to keep the new name as well as the new content (POSIX only)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
