"""A damaged, cut or endless archive gives an error and no files, and costs little."""

import gzip
import os
import shutil
import tarfile
import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.data.archive import unpack

FILES = {"a.txt": b"first", "sub/b.bin": bytes(range(256)) * 40, "sub/deep/empty": b""}

kinds = pytest.mark.parametrize("kind", ["w", "w:gz", "w:bz2", "w:xz", "zip"])


@kinds
def test_bomb(place, kind, make, refused):
    archive = make(kind, place / "archive", [("a", bytes(600_000)), ("b", bytes(600_000))])
    refused(archive, "unpacks to more than 1199999 bytes", max_bytes=1_199_999)
    unpack(archive, place / "out", max_bytes=1_200_000)


def test_zip_that_lies_about_its_sizes(place, make, refused):
    archive = make("zip", place / "a.zip", [("bomb", bytes(1_000_000))])
    true_size, lie = (1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    archive.write_bytes(archive.read_bytes().replace(true_size, lie))
    refused(archive, "is damaged|unpacks to more than", max_bytes=1000)


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


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_tar_that_was_cut_or_whose_header_changed_never_gives_a_part(
    tmp_path_factory, data, make, contents
):
    place = tmp_path_factory.mktemp("part")
    whole = make("w", place / "archive", FILES.items()).read_bytes()
    with tarfile.open(place / "archive") as archive:
        headers = [member.offset for member in archive]
        end = archive.offset
    cut = data.draw(st.sampled_from([*headers[1:], end, end + 512]) | st.integers(1, end + 1023))
    byte = data.draw(st.sampled_from(headers)) + data.draw(st.integers(0, 511))
    flipped = whole[byte] ^ 1 << data.draw(st.integers(0, 7))
    zeroed = headers[1]  # (that of an empty last file would look like the end)
    for content, harmless in (
        (whole[:cut], False),
        (whole[:byte] + bytes([flipped]) + whole[byte + 1 :], True),  # behind the checksum
        (whole[:zeroed] + bytes(512) + whole[zeroed + 512 :], False),
    ):
        (place / "archive").write_bytes(content)
        with suppress(ValueError):
            unpack(place / "archive", place / "out")
            assert harmless
            assert contents(place / "out") == FILES
            shutil.rmtree(place / "out")
        assert os.listdir(place) == ["archive"]


@pytest.mark.parametrize("member", [0, 1, 2])
def test_the_end_of_a_tar_says_what_is_wrong(place, member, make, refused):
    archive = make("w", place / "a.tar", FILES.items())
    whole = archive.read_bytes()
    with tarfile.open(archive) as opened:
        offsets = [*[entry.offset for entry in opened][1:], opened.offset]
    archive.write_bytes(whole[: offsets[member]])
    refused(archive, r"a\.tar is cut off: the mark at its end is missing")
    if member < 2:
        position = offsets[member] + 3  # in the name
        archive.write_bytes(whole[:position] + b"?" + whole[position + 1 :])
        refused(archive, r"a\.tar is damaged: a header is wrong")


@kinds
@pytest.mark.parametrize("name", ["{}", ".", "folder{}/file"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_too_many_entries(place, kind, name, make, refused):
    folder = {"type": tarfile.DIRTYPE} if name == "." and kind != "zip" else {}
    names = [name.format(number) + "/" * (name == ".") for number in range(31)]
    archive = make(kind, place / "archive", [(name, b"", folder) for name in names])
    refused(archive, "holds more than 30 files and folders", max_bytes=1, max_entries=30)
    if name == "{}":
        unpack(archive, place / "out", max_entries=31)


@pytest.mark.parametrize("kind", ["w", "zip"])
def test_entries_are_limited_unasked(place, kind, make, refused):
    archive = make(kind, place / "archive", [(str(number), b"") for number in range(10_001)])
    refused(archive, "holds more than 10000 files and folders", max_bytes=1)


@pytest.mark.parametrize("kind", ["w", "w:gz"])
@pytest.mark.parametrize("header", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
@pytest.mark.parametrize("before", [0, 1])
def test_a_huge_header_is_not_read(place, kind, header, before, make, refused):
    good = [("good", b"1")] * before
    archive = make(kind, place / "archive", [*good, ("x", bytes(2**25), {"type": header})])
    tracemalloc.start()
    refused(archive, "has a header of more than 32768 bytes")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**22


def test_headers_about_headers(place, make, refused):
    record = b"13 path=good\n" + bytes(499)
    chain = [("x", record, {"type": tarfile.XHDTYPE})] * 2000
    refused(make("w", place / "a.tar", chain), "a header of more than|is damaged")


@kinds
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a/" * 1500 + "b", "holds a name of more than 64 folders"),
        ("n" * 300, "is damaged: .*name too long"),
    ],
)
def test_names_that_no_disk_takes(place, kind, name, message, make, refused):
    refused(make(kind, place / "archive", [("good", b"1"), (name, b"2")]), message)


@pytest.mark.parametrize("kind", ["w", "w:gz"])
def test_bytes_behind_the_end_of_a_tar(place, kind, make, refused):
    archive = make("w", place / "archive", FILES.items())
    opener = {"w": open, "w:gz": gzip.open}[kind]
    content = archive.read_bytes()
    for tail, message in (
        (b"more", "or bytes follow it"),
        (bytes(2**22), "more than 100000 bytes"),
    ):
        with opener(archive, "wb") as file:
            file.write(content + tail)
        refused(archive, message, max_bytes=100_000)


def test_a_zip_that_lists_a_part_of_its_files(place, make, refused):
    archive = make("zip", place / "a.zip", [("first", b"1"), ("second", b"2")])
    content = bytearray(archive.read_bytes())
    start = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", start + 1)
    size = int.from_bytes(content[-10:-6], "little") - (second - start)
    content[-10:-6] = size.to_bytes(4, "little")
    archive.write_bytes(content)
    assert len(zipfile.ZipFile(archive).namelist()) == 1
    refused(archive, "is damaged: 1 entries are not all")
    content[-10:-6] = (size + second - start).to_bytes(4, "little")
    archive.write_bytes(content + b"more")
    refused(archive, "is damaged: 2 entries are not all, or too many")


def test_checksum_behind_the_last_file(place, make, refused):
    archive = make("w:gz", place / "a.tar.gz", FILES.items())
    content = bytearray(archive.read_bytes())
    content[-8] ^= 1
    archive.write_bytes(content)
    refused(archive, "is damaged: CRC check failed")
