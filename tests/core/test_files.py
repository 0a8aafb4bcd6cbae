"""Atomic writes: the old content or the new one, never half, whatever goes wrong."""

import errno
import os
import stat
import subprocess
import sys

import pytest

from lib.core import files
from lib.core.files import atomic_write


def write(path, content):
    with atomic_write(path) as file:
        file.write(content)


def test_the_content_arrives_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "data.bin"
    write(path, b"first")
    write(path, b"second")
    assert path.read_bytes() == b"second"
    assert os.listdir(tmp_path) == ["data.bin"]


def test_missing_folders_are_made(tmp_path):
    write(str(tmp_path / "a" / "b" / "data.bin"), b"content")
    assert (tmp_path / "a" / "b" / "data.bin").read_bytes() == b"content"


def test_the_old_content_shows_until_the_block_ends(tmp_path):
    path = tmp_path / "data.bin"
    write(path, b"old")
    with atomic_write(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
        (temporary,) = set(os.listdir(tmp_path)) - {"data.bin"}
        assert temporary.startswith(".data.bin.")  # in the same folder: a rename cannot copy
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_a_failed_block_leaves_the_old_file_and_no_other(tmp_path, error):
    path = tmp_path / "data.bin"
    write(path, b"old")

    def fail_half_way():
        with atomic_write(path) as file:
            file.write(b"half of the new")
            raise error

    with pytest.raises(type(error)):
        fail_half_way()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["data.bin"]


def test_the_content_is_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    events = []
    fsync, replace = os.fsync, os.replace

    def recording_fsync(descriptor):
        mode = os.fstat(descriptor).st_mode
        events.append("sync folder" if stat.S_ISDIR(mode) else "sync file")
        if stat.S_ISREG(mode):
            assert os.fstat(descriptor).st_size == 7  # nothing waits in Python's buffer
        fsync(descriptor)

    def recording_replace(source, target):
        events.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", recording_fsync)
    monkeypatch.setattr(os, "replace", recording_replace)
    write(tmp_path / "data.bin", b"content")
    assert events == ["sync file", "replace", "sync folder"]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "data.bin"
    write(path, b"old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["data.bin"]


def test_a_folder_that_is_a_file_is_an_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        write(tmp_path / "file" / "data.bin", b"content")


def test_what_a_killed_process_left_goes_with_the_next_write(tmp_path):
    leftover = tmp_path / ".data.bin.0123abcd.tmp"
    others = [".data.bin.notes.tmp", ".other.bin.0123abcd.tmp", "data.bin.0123abcd.tmp"]
    for name in [leftover.name, *others]:
        (tmp_path / name).write_bytes(b"half")
    write(tmp_path / "data.bin", b"content")
    assert sorted(os.listdir(tmp_path)) == sorted(["data.bin", *others])


def test_special_letters_in_the_name_are_only_letters(tmp_path):
    other = tmp_path / ".a.0123abcd.tmp"
    other.write_bytes(b"of another file")
    write(tmp_path / "[ab]", b"content")
    assert sorted(os.listdir(tmp_path)) == [".a.0123abcd.tmp", "[ab]"]


def test_two_writers_at_once_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "data.bin"
    with atomic_write(path) as first:
        first.write(b"first")
        write(path, b"second")  # must not take the first one's file for a leftover
        assert path.read_bytes() == b"second"
    assert path.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["data.bin"]


@pytest.mark.skipif(files.fcntl is None, reason="this system has no locks")
@pytest.mark.parametrize("moment", ["before it is locked", "before it gets its name"])
def test_a_second_writer_in_the_worst_moment(tmp_path, monkeypatch, moment):
    path = tmp_path / "data.bin"
    module, name = {"before it is locked": (files.fcntl, "flock"),
                    "before it gets its name": (os, "replace")}[moment]  # fmt: skip
    step = getattr(module, name)

    def late(*arguments):
        monkeypatch.setattr(module, name, step)
        write(path, b"second")
        return step(*arguments)

    monkeypatch.setattr(module, name, late)
    write(path, b"first")
    assert path.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["data.bin"]


@pytest.mark.skipif(files.fcntl is None, reason="this system has no locks")
def test_a_writer_waits_while_another_looks_at_its_file(tmp_path, monkeypatch):
    """The one who clears up holds the lock for a moment, then deletes the file."""
    path, flock, waited = tmp_path / "data.bin", files.fcntl.flock, []

    def held(file, operation):
        if not waited:  # a second process has the lock, and lets go of it
            waited.append(operation)
            os.unlink(file.name)
        return flock(file, operation)

    monkeypatch.setattr(files.fcntl, "flock", held)
    write(path, b"content")
    assert waited == [files.fcntl.LOCK_EX]  # without LOCK_NB: it waits
    assert path.read_bytes() == b"content"


def test_a_disk_without_locks(tmp_path, monkeypatch):
    def no_locks(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    for fcntl in (files.fcntl, None):
        monkeypatch.setattr(files, "fcntl", fcntl)
        if fcntl is not None:
            monkeypatch.setattr(fcntl, "flock", no_locks)
        leftover = tmp_path / ".data.bin.0123abcd.tmp"
        leftover.write_bytes(b"perhaps of another process")
        write(tmp_path / "data.bin", b"content")
        assert (tmp_path / "data.bin").read_bytes() == b"content"
        assert leftover.exists()


def test_many_writers_at_once_lose_nothing(tmp_path):
    code = (
        "import sys; from lib.core.files import atomic_write\n"
        "for _ in range(50):\n"
        "    with atomic_write(sys.argv[1]) as file:\n"
        "        file.write(sys.argv[2].encode() * 1000)\n"
    )
    path = tmp_path / "data.bin"
    command = [sys.executable, "-c", code, str(path)]
    writers = [subprocess.Popen([*command, letter]) for letter in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert path.read_bytes() in [letter * 1000 for letter in (b"a", b"b", b"c")]
    assert os.listdir(tmp_path) == ["data.bin"]


def test_the_file_gets_the_usual_permissions(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    write(tmp_path / "data.bin", b"content")
    assert (tmp_path / "data.bin").stat().st_mode == (tmp_path / "plain").stat().st_mode
