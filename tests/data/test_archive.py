"""An archive can write below its folder and nowhere else, and a refused one leaves nothing."""

import gzip
import os
import stat
import tarfile

import pytest

import lib.data.archive
from lib.data.archive import unpack

FILES = {"a.txt": b"first", "sub/b.bin": bytes(range(256)) * 40, "sub/deep/empty": b""}


kinds = pytest.mark.parametrize("kind", ["w", "w:gz", "w:bz2", "w:xz", "zip"])


@kinds
def test_everything_arrives(place, kind, make, contents):
    archive = make(kind, place / "archive", FILES.items())
    assert unpack(archive, place / "new" / "out") == place / "new" / "out"
    assert contents(place / "new" / "out") == FILES
    assert os.listdir(place / "new") == ["out"]


def test_folders_of_a_tar_and_a_zip(place, make, contents):
    folder = {"type": tarfile.DIRTYPE}
    archive = make("w", place / "a.tar", [("./", b"", folder), ("empty", b"", folder)])
    assert (unpack(archive, place / "tar") / "empty").is_dir()
    archive = make("zip", place / "a.zip", [("empty/", b""), ("x/y", b"1")])
    assert (unpack(archive, place / "zip") / "empty").is_dir()
    assert contents(place / "zip") == {"x/y": b"1"}


def test_gz_of_one_file(place, contents, refused):
    archive = place / "digits.idx.gz"
    archive.write_bytes(gzip.compress(b"numbers"))
    assert contents(unpack(archive, place / "numbers")) == {"digits.idx": b"numbers"}
    archive.write_bytes(gzip.compress(bytes(5000)))
    assert contents(unpack(archive, place / "zeros")) == {"digits.idx": bytes(5000)}
    refused(archive, "unpacks to more than 4999 bytes", max_bytes=4999)


def test_a_tar_that_ends_in_a_zip_is_a_tar(place, make, contents):
    inner = make("zip", place / "inner.zip", [("x", b"1")]).read_bytes()
    archive = make("w", place / "a.tar", [("inner.zip", inner)])
    assert contents(unpack(archive, place / "out")) == {"inner.zip": inner}


@kinds
@pytest.mark.parametrize(
    "name",
    ["../evil", "../../evil", "sub/../../evil", "/evil", "//evil", "..", "..\\evil", "C:\\evil"],
)
def test_paths_that_leave_the_folder(place, kind, name, make, refused):
    archive = make(kind, place / "archive", [("good", b"1"), (name, b"2")])
    refused(archive, r"holds '.*', which would leave the folder")


@pytest.mark.parametrize("kind", ["SYMTYPE", "LNKTYPE", "CHRTYPE", "BLKTYPE", "FIFOTYPE"])
@pytest.mark.parametrize("target", ["../..", "good", "/etc/passwd"])
def test_links_and_devices_in_a_tar(place, kind, target, make, refused):
    special = ("special", b"", {"type": getattr(tarfile, kind), "linkname": target})
    members = [("good", b"1"), special, ("special/x", b"1")]
    refused(make("w:gz", place / "a.tar.gz", members), "holds 'special', a link or a device")


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_in_a_zip(place, mode, make, refused):
    special = ("special", b"/etc", {"external_attr": mode << 16})
    refused(make("zip", place / "a.zip", [special]), "a link or a device")


@kinds
@pytest.mark.parametrize("members", [("a", "a"), ("a", "a/b"), ("a", "a/b/c"), ("a/b", "a")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice(place, kind, members, make, refused):
    archive = make(kind, place / "archive", [(name, b"1") for name in members])
    refused(archive, "holds '.*' twice, or as a file and a folder")


def test_long_names_are_fine(place, make, contents):
    name = "/".join(["folder" * 20] * 10)
    for kind in ("w", "w:gz", "zip"):
        archive = make(kind, place / "archive", [(name, b"1")])
        assert contents(unpack(archive, place / kind.replace(":", ""))) == {name: b"1"}


def test_folders_made_for_a_refused_archive_go_again(place, make):
    archive = make("w", place / "a.tar", [("../evil", b"1")])
    (place / "mine").mkdir()
    for parent in (place / "new" / "deep", place / "mine"):
        with pytest.raises(ValueError, match="would leave the folder"):
            unpack(archive, parent / "out")
    assert sorted(os.listdir(place)) == ["a.tar", "mine"]


def test_neither_tar_nor_zip_nor_gz(place, refused):
    (place / "page.html").write_bytes(b"<html>not found</html>")
    (place / "empty").write_bytes(b"")
    (place / "zeros").write_bytes(bytes(5000))
    for name in ("page.html", "empty", "zeros"):
        refused(place / name, "must be a whole tar, zip or gz file")


def test_zip_with_a_password(place, make, refused):
    archive = make("zip", place / "a.zip", [("secret", b"1")])
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[content.index(b"PK\x03\x04") + 6] |= 1
    archive.write_bytes(content)
    refused(archive, "holds 'secret', which needs a password")


def test_folder_that_exists_is_left_alone(place, make, contents):
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


def test_full_disk_is_not_taken_for_damage(place, make, monkeypatch):
    def no_space(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    archive = make("zip", place / "a.zip", FILES.items())
    monkeypatch.setattr(lib.data.archive, "open", no_space, raising=False)
    with pytest.raises(OSError, match="No space left on device"):
        unpack(archive, place / "out")
    assert os.listdir(place) == ["a.zip"]


def test_a_stop_in_the_middle_leaves_nothing(place, monkeypatch, make, contents):
    def stop(source: object, target: object) -> None:
        assert contents(place) != {}
        raise KeyboardInterrupt

    archive = make("zip", place / "a.zip", FILES.items())
    monkeypatch.setattr(os, "rename", stop)
    with pytest.raises(KeyboardInterrupt):
        unpack(archive, place / "out")
    assert os.listdir(place) == ["a.zip"]
