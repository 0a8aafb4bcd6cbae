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
except ImportError:  # Windows, which by itself refuses to delete a file that is open
    fcntl = None


@contextmanager
def atomic_write(path: str | Path) -> Iterator[BinaryIO]:
    """Open a binary file that takes the name `path` only when all of it is safely on the disk.

    The bytes go to a temporary file in the same folder, which is created if need be. At the end
    of the `with` block that file replaces `path` in one step: whoever opens `path` finds the old
    content or the new one, also after a crash or a power cut in between. When the block fails,
    `path` stays as it was and the temporary file goes. What a killed process left behind is
    removed the next time the same `path` is written; files other processes have open stay.

    Raises: OSError if the folder cannot be written to or the disk is full.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "xb") as file:
            with suppress(OSError):  # some network disks have no locks
                _lock(file)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _lock(file: BinaryIO) -> None:
    """Mark an open file as in use; the mark goes when its process closes the file or dies."""
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove_leftovers(path: Path) -> None:
    """Delete the temporary files of `path` that no living process is writing."""
    random_part = "[0-9a-f]" * 8
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.{random_part}.tmp"):
        with suppress(OSError), open(leftover, "rb") as file:
            _lock(file)  # fails while another process holds it: then the file stays
            leftover.unlink()


def _sync_folder(folder: Path) -> None:
    """Ask the disk to keep the new name as well as the new content (POSIX only)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
