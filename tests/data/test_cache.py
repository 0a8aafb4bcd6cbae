"""Whatever goes wrong on the way, the cache holds the right file or an error says why not."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lib.data import cache
from lib.data.cache import DownloadError, cache_folder, fetch, has_sha256

CONTENT = bytes(range(256)) * 4096  # 1 MiB, several chunks
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def get(server, tmp_path):
    """Return `fetch` of one file into a folder of the test from paths of the test's server."""

    def run(*paths: str, **options: object) -> Path:
        sources = [path if "://" in path else server.url + path for path in paths]
        return fetch("data.bin", sources, SHA256, folder=tmp_path / "cache", **options)

    return run


@pytest.fixture(autouse=True)
def no_partial_file_is_left(tmp_path, server):
    server.content = {"/": CONTENT, "/other": b"<html>please log in</html>"}
    yield
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} <= {"data.bin"}


def test_download_then_no_second_one(get, server, tmp_path):
    path = get("/file")
    assert path == tmp_path / "cache" / "data.bin"
    assert path.read_bytes() == CONTENT
    assert get("/file") == path
    assert server.asked == [("/file", "learn-pytorch")]


@pytest.mark.parametrize(
    "damaged", [CONTENT[:1000], b"", b"x" + CONTENT[1:]], ids=["truncated", "empty", "one byte"]
)
def test_damaged_cache_file_is_fetched_again_or_reported(get, tmp_path, damaged, closed_port):
    path = tmp_path / "cache" / "data.bin"
    path.parent.mkdir()
    path.write_bytes(damaged)
    with pytest.raises(DownloadError, match=r"now is damaged and was not used"):
        get(closed_port)
    assert path.read_bytes() == damaged
    assert get("/file").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("/other", f"checksum is [0-9a-f]{{64}}, wanted {SHA256}"),
        ("/missing", "HTTP Error 404: Not Found"),
        ("/dies", f"the connection ended after 300000 of {len(CONTENT)} bytes"),
        ("gopher://127.0.0.1/file", "unknown url type"),
        ("http://127.0.0.1:port/file", "nonnumeric port"),
    ],
)
def test_a_source_that_fails_is_reported_and_the_next_one_used(get, server, source, message):
    with pytest.raises(DownloadError, match=message) as error:
        get(source)
    text = str(error.value)
    assert text.startswith("could not download data.bin; tried\n")
    assert "Check the network and try again, or download the file by hand" in text
    assert "damaged" not in text
    assert get(source, "/file", "/never").read_bytes() == CONTENT
    assert server.asked[-1][0] == "/file"


def test_every_source_is_named_with_its_own_failure(get, server, closed_port):
    with pytest.raises(DownloadError, match="404") as error:
        get(closed_port, "/missing")
    lines = str(error.value).splitlines()
    assert lines[1].startswith(f"  {closed_port}: ")
    assert "refused" in lines[1]
    assert lines[2] == f"  {server.url}/missing: HTTP Error 404: Not Found"


@pytest.mark.parametrize("path", ["/silent", "/stalls"])
def test_a_server_that_stops_answering_is_given_up(get, path):
    with pytest.raises(DownloadError, match="timed out"):
        get(path, timeout=0.2)


def test_progress_counts_up_to_the_whole(get):
    seen = []
    get("/file", progress=lambda received, total: seen.append((received, total)))
    assert seen == [(n * cache.CHUNK_BYTES, len(CONTENT)) for n in range(1, 5)]


def test_a_server_that_does_not_tell_the_size(get):
    seen = []
    assert get("/unsized", progress=lambda *now: seen.append(now)).read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), None)


@pytest.mark.parametrize("path", ["/file", "/unsized"])
def test_a_server_that_does_not_end_is_given_up(get, monkeypatch, path):
    monkeypatch.setattr(cache, "MAX_BYTES", 600_000)
    with pytest.raises(DownloadError, match="it sends more than 600000 bytes"):
        get(path)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError])
def test_a_stop_in_the_middle_leaves_the_old_file_and_no_partial_one(get, tmp_path, error):
    path = tmp_path / "cache" / "data.bin"
    path.parent.mkdir()
    path.write_bytes(b"old")

    def stop(received: int, total: int | None) -> None:
        assert len(os.listdir(path.parent)) == 2, "nothing would be left anyway"
        raise error

    with pytest.raises(error):
        get("/file", "/file", progress=stop)
    assert os.listdir(path.parent) == ["data.bin"]
    assert path.read_bytes() == b"old"


def test_folder_that_cannot_be_made(server, tmp_path):
    (tmp_path / "data.bin").write_bytes(b"a file, not a folder")
    folder = tmp_path / "data.bin" / "cache"
    with pytest.raises(DownloadError, match=r"cannot read or write .*data\.bin: .*set LIB_CACHE"):
        fetch("data.bin", [server.url + "/file"], SHA256, folder=folder)
    assert server.asked == [], "it should not download what it cannot keep"
    assert (tmp_path / "data.bin").read_bytes() == b"a file, not a folder"


def test_full_disk(get, server, monkeypatch):
    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(DownloadError, match="No space left on device; free some space"):
        get("/file", "/file")
    assert len(server.asked) == 1, "another source does not help against a full disk"


def test_two_processes_fetch_the_same_file(server, tmp_path):
    """The server answers only when both have asked, so both download at the same time."""
    code = (
        "import sys; from lib.data.cache import fetch;"
        "print(fetch('data.bin', [sys.argv[1]], sys.argv[2], folder=sys.argv[3]))"
    )
    command = [sys.executable, "-c", code, server.url + "/together", SHA256, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate()[0].strip() for process in processes]
    assert outputs == [str(tmp_path / "data.bin")] * 2
    assert (tmp_path / "data.bin").read_bytes() == CONTENT
    assert len(server.asked) == 2


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "..\\a", "C:\\a"])
def test_name_with_a_folder(name):
    with pytest.raises(ValueError, match="name must be a file name without folders, got"):
        fetch(name, ["http://127.0.0.1/"], SHA256)


def test_bad_sources_and_checksum():
    for sources in ([], "http://127.0.0.1/"):
        with pytest.raises(ValueError, match="sources must be a non-empty sequence of URLs, got"):
            fetch("a", sources, SHA256)
    for sha256 in ("", SHA256.upper(), SHA256[:-1], SHA256 + "\n"):
        with pytest.raises(ValueError, match="sha256 must be 64 digits 0-9a-f, got"):
            fetch("a", ["http://127.0.0.1/"], sha256)


def test_cache_folder(monkeypatch, tmp_path, server):
    monkeypatch.setenv("HOME", str(tmp_path))
    for value in (None, ""):
        monkeypatch.delenv("LIB_CACHE", raising=False)
        if value is not None:
            monkeypatch.setenv("LIB_CACHE", value)
        assert cache_folder() == tmp_path / ".cache" / "learn-pytorch"
    monkeypatch.setenv("LIB_CACHE", "~/elsewhere")
    assert cache_folder() == tmp_path / "elsewhere"
    path = fetch("data.bin", [server.url + "/file"], SHA256)
    assert path == tmp_path / "elsewhere" / "data.bin"


def test_has_sha256(tmp_path):
    path = tmp_path / "data.bin"
    assert not has_sha256(path, SHA256)
    path.write_bytes(CONTENT)
    assert has_sha256(path, SHA256)
    assert not has_sha256(path, "0" * 64)
    assert not has_sha256(tmp_path, SHA256)
