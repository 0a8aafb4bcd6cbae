"""An archive can write below its folder and nowhere else, and a refused one leaves nothing."""

import gzip
import os
import stat
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lib.data.archive
from lib.data.archive import unpack

FILES = {"a.txt": b"first", "sub/b.bin": bytes(range(256)) * 40, "sub/deep/empty": b""}


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


kinds = pytest.mark.parametrize("kind", ["w", "w:gz", "w:bz2", "w:xz", "zip"])


def refused(archive: Path, place: Path, message: str, **options: int) -> None:
    """Unpacking must fail with this message and leave everything around as it was."""
    before = sorted(place.parents[1].rglob("*"))
    with pytest.raises(ValueError, match=message) as error:
        unpack(archive, place / "out", **options)
    assert str(archive) in str(error.value)
    assert sorted(place.parents[1].rglob("*")) == before


@kinds
def test_everything_arrives(place, kind, make):
    archive = make(kind, place / "archive", FILES.items())
    assert unpack(archive, place / "new" / "out") == place / "new" / "out"
    assert contents(place / "new" / "out") == FILES
    assert os.listdir(place / "new") == ["out"]


def test_folders_of_a_tar_and_a_zip(place, make):
    folder = {"type": tarfile.DIRTYPE}
    archive = make("w", place / "a.tar", [("./", b"", folder), ("empty", b"", folder)])
    assert (unpack(archive, place / "tar") / "empty").is_dir()
    archive = make("zip", place / "a.zip", [("empty/", b""), ("x/y", b"1")])
    assert (unpack(archive, place / "zip") / "empty").is_dir()
    assert contents(place / "zip") == {"x/y": b"1"}


def test_gz_of_one_file(place):
    archive = place / "digits.idx.gz"
    archive.write_bytes(gzip.compress(b"numbers"))
    assert contents(unpack(archive, place / "numbers")) == {"digits.idx": b"numbers"}
    archive.write_bytes(gzip.compress(bytes(5000)))
    assert contents(unpack(archive, place / "zeros")) == {"digits.idx": bytes(5000)}
    refused(archive, place, "unpacks to more than 4999 bytes", max_bytes=4999)


def test_a_tar_that_ends_in_a_zip_is_a_tar(place, make):
    inner = make("zip", place / "inner.zip", [("x", b"1")]).read_bytes()
    archive = make("w", place / "a.tar", [("inner.zip", inner)])
    assert contents(unpack(archive, place / "out")) == {"inner.zip": inner}


@kinds
@pytest.mark.parametrize(
    "name",
    ["../evil", "../../evil", "sub/../../evil", "/evil", "//evil", "..", "..\\evil", "C:\\evil"],
)
def test_paths_that_leave_the_folder(place, kind, name, make):
    archive = make(kind, place / "archive", [("good", b"1"), (name, b"2")])
    refused(archive, place, r"holds '.*', which would leave the folder")


@pytest.mark.parametrize("kind", ["SYMTYPE", "LNKTYPE", "CHRTYPE", "BLKTYPE", "FIFOTYPE"])
@pytest.mark.parametrize("target", ["../..", "good", "/etc/passwd"])
def test_links_and_devices_in_a_tar(place, kind, target, make):
    special = ("special", b"", {"type": getattr(tarfile, kind), "linkname": target})
    members = [("good", b"1"), special, ("special/x", b"1")]
    refused(make("w:gz", place / "a.tar.gz", members), place, "holds 'special', a link or a device")


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_in_a_zip(place, mode, make):
    special = ("special", b"/etc", {"external_attr": mode << 16})
    refused(make("zip", place / "a.zip", [special]), place, "a link or a device")


@kinds
def test_bomb(place, kind, make):
    archive = make(kind, place / "archive", [("a", bytes(600_000)), ("b", bytes(600_000))])
    refused(archive, place, "unpacks to more than 1199999 bytes", max_bytes=1_199_999)
    unpack(archive, place / "out", max_bytes=1_200_000)


def test_zip_that_lies_about_its_sizes(place, make):
    archive = make("zip", place / "a.zip", [("bomb", bytes(1_000_000))])
    true_size, lie = (1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    archive.write_bytes(archive.read_bytes().replace(true_size, lie))
    refused(archive, place, "is damaged|unpacks to more than", max_bytes=1000)


@kinds
@pytest.mark.parametrize("members", [("a", "a"), ("a", "a/b"), ("a", "a/b/c"), ("a/b", "a")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice(place, kind, members, make):
    archive = make(kind, place / "archive", [(name, b"1") for name in members])
    refused(archive, place, "holds '.*' twice, or as a file and a folder")


@kinds
@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damage_gives_the_files_or_a_clear_error(tmp_path_factory, kind, data, make):
    """Cut the archive, or change a byte: a refused one leaves nothing."""
    place = tmp_path_factory.mktemp("damage")
    whole = make(kind, place / "archive", FILES.items()).read_bytes()
    position = data.draw(st.integers(0, len(whole) - 1))
    change = data.draw(st.integers(0, 255))
    broken = whole[:position] + (bytes([change]) + whole[position + 1 :] if change else b"")
    (place / "archive").write_bytes(broken)
    with suppress(ValueError):
        assert unpack(place / "archive", place / "out") == place / "out"
        assert sorted(os.listdir(place)) == ["archive", "out"]
        return
    assert os.listdir(place) == ["archive"]


def test_neither_tar_nor_zip_nor_gz(place):
    (place / "page.html").write_bytes(b"<html>not found</html>")
    (place / "empty").write_bytes(b"")
    (place / "zeros").write_bytes(bytes(5000))
    for name in ("page.html", "empty", "zeros"):
        refused(place / name, place, "must be a whole tar, zip or gz file")


def test_zip_with_a_password(place, make):
    archive = make("zip", place / "a.zip", [("secret", b"1")])
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[content.index(b"PK\x03\x04") + 6] |= 1
    archive.write_bytes(content)
    refused(archive, place, "holds 'secret', which needs a password")


def test_folder_that_exists_is_left_alone(place, make):
    archive = make("zip", place / "a.zip", FILES.items())
    (place / "out").mkdir()
    (place / "out" / "mine").write_text("keep")
    with pytest.raises(FileExistsError, match="folder must not exist yet, got"):
        unpack(archive, place / "out")
    assert contents(place / "out") == {"mine": b"keep"}


def test_no_archive(place):
    with pytest.raises(FileNotFoundError, match="path must be an archive, but there is no file"):
        unpack(place / "none.zip", place / "out")
    assert os.listdir(place) == []


def test_folder_that_cannot_be_made(place, make):
    archive = make("zip", place / "a.zip", FILES.items())
    with pytest.raises(OSError, match=r"a\.zip"):
        unpack(archive, archive / "out")
    assert os.listdir(place) == ["a.zip"]


def test_checksum_behind_the_last_file(place, make):
    archive = make("w:gz", place / "a.tar.gz", FILES.items())
    content = bytearray(archive.read_bytes())
    content[-8] ^= 1
    archive.write_bytes(content)
    refused(archive, place, "is damaged: CRC check failed")


def test_full_disk_is_not_taken_for_damage(place, make, monkeypatch):
    def no_space(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    archive = make("zip", place / "a.zip", FILES.items())
    monkeypatch.setattr(lib.data.archive, "open", no_space, raising=False)
    with pytest.raises(OSError, match="No space left on device"):
        unpack(archive, place / "out")
    assert os.listdir(place) == ["a.zip"]


def test_a_stop_in_the_middle_leaves_nothing(place, monkeypatch, make):
    def stop(source: object, target: object) -> None:
        assert contents(place) != {}
        raise KeyboardInterrupt

    archive = make("zip", place / "a.zip", FILES.items())
    monkeypatch.setattr(os, "rename", stop)
    with pytest.raises(KeyboardInterrupt):
        unpack(archive, place / "out")
    assert os.listdir(place) == ["a.zip"]
