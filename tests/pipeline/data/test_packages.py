"""A package is read only if it is the one that is meant, whatever kind of archive it is."""

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.data.packages import Package, find, members

FILES = {"a/one.txt": b"one", "a/two.bin": bytes(range(256)) * 9, "three": b""}


def tar(mode: str, prefix: str = "") -> bytes:
    """A tar of FILES."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in FILES.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def deb() -> bytes:
    """A Debian package: its version, its control file (of odd length), its data."""
    parts = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", "data.tar.xz": tar("w:xz", "./")}
    return b"!<arch>\n" + b"".join(
        f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        + content + b"\n" * (len(content) % 2) for name, content in parts.items())


def wheel() -> bytes:
    """A wheel, which is a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(("name", "make"), [
    ("p.tar.gz", lambda: tar("w:gz")), ("p.tgz", lambda: tar("w:gz")), ("p.deb", deb),
    ("p.whl", wheel)])
def test_members_of_every_kind(tmp_path: Path, name: str, make: Callable[[], bytes]):
    path = tmp_path / name
    path.write_bytes(make())
    assert members(path, *FILES) == list(FILES.values())
    assert members(path, "a/two.bin", "a/one.txt") == [FILES["a/two.bin"], b"one"]
    with pytest.raises(KeyError, match="missing"):
        members(path, "missing")


@pytest.mark.parametrize(("content", "message"), [
    (b"something else", "is no Debian package"), (b"!<arch>\n", "has no data.tar")])
def test_a_debian_package_that_is_none(tmp_path, content, message):
    (tmp_path / "p.deb").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        members(tmp_path / "p.deb", "a")


def test_a_package_is_found_by_name_and_checksum(tmp_path):
    package = Package("p.whl", hashlib.sha256(b"right").hexdigest(), "pip download p")
    with pytest.raises(FileNotFoundError, match=r"no p\.whl in .*; get it with: pip download p"):
        find(package, tmp_path)
    (tmp_path / "p.whl").write_bytes(b"right")
    assert find(package, tmp_path) == tmp_path / "p.whl"
    (tmp_path / "p.whl").write_bytes(b"wrong")
    with pytest.raises(ValueError, match=r"p\.whl has the SHA-256 \w{64}, wanted \w{64}"):
        find(package, tmp_path)
