"""What the tests of downloads and archives share: a server on this machine, and archives."""

import io
import socket
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lib.data.archive import unpack


class Handler(BaseHTTPRequestHandler):
    """Answer each path with one way in which a server may behave."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["User-Agent"]))
        if self.path == "/missing":
            self.send_error(404)
            return
        if self.path == "/silent":
            self.server.stop.wait(10)
            return
        if self.path == "/together":
            self.server.both_are_here.wait()
        body = self.server.content.get(self.path, self.server.content["/"])
        self.send_response(200)
        if self.path != "/unsized":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: {"/dies": 300_000, "/stalls": 1000}.get(self.path)])
        if self.path == "/stalls":
            self.server.stop.wait(10)

    def log_message(self, *args: object) -> None:
        """Write nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """Serve `content` (bytes for each path, "/" for all others); `asked` lists the requests."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.content, http.asked, http.stop = {"/": b""}, [], threading.Event()
        http.both_are_here = threading.Barrier(2)
        http.url = f"http://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield http
        http.stop.set()
        http.shutdown()
        thread.join()


@pytest.fixture
def closed_port() -> str:
    """A URL at which nobody answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/file"


@pytest.fixture
def place(tmp_path) -> Path:
    """A folder two levels down, to see what is written above it."""
    place = tmp_path / "outer" / "inner"
    place.mkdir(parents=True)
    return place


@pytest.fixture
def make() -> Callable[[str, Path, Iterable[tuple]], Path]:
    """Return a function that writes an archive: "zip", or a tar by its mode ("w", "w:gz", …).

    A member is (name, content) or (name, content, fields), with fields of TarInfo or ZipInfo.
    """

    def write(kind: str, path: Path, members: Iterable[tuple]) -> Path:
        with zipfile.ZipFile(path, "w") if kind == "zip" else tarfile.open(path, kind) as archive:
            for name, content, *fields in members:
                info = zipfile.ZipInfo(name) if kind == "zip" else tarfile.TarInfo(name)
                for field, value in dict(*fields).items():
                    setattr(info, field, value)
                if kind == "zip":
                    archive.writestr(info, content, compress_type=zipfile.ZIP_DEFLATED)
                else:
                    info.size = len(content)
                    archive.addfile(info, io.BytesIO(content))
        return path

    return write


@pytest.fixture
def contents() -> Callable[[Path], dict[str, bytes]]:
    """Return a function that reads all files of a folder."""

    def read(folder: Path) -> dict[str, bytes]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    return read


@pytest.fixture
def refused(place) -> Callable[..., None]:
    """Return a function for which unpacking must fail, and leave everything around as it was."""

    def check(archive: Path, message: str, **options: int) -> None:
        before = sorted(place.parents[1].rglob("*"))
        with pytest.raises(ValueError, match=message) as error:
            unpack(archive, place / "out", **options)
        assert str(archive) in str(error.value)
        assert sorted(place.parents[1].rglob("*")) == before

    return check
