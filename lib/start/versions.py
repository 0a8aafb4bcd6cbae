"""Versions of torch, torchvision, CUDA and the NVIDIA driver: which of them fit."""

from __future__ import annotations

import re
from itertools import zip_longest

# The oldest Linux driver that runs programs built with each major CUDA version.
# Source: NVIDIA, CUDA Compatibility, "Minor Version Compatibility", table 1, its note,
# https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html
MINIMUM_DRIVERS = ((11, "450.80.02"), (12, "525"), (13, "580"))


def minimum_driver(cuda: str) -> str | None:
    """Return the oldest Linux driver for a CUDA such as "12.4"; None if unknown.

    Raises: ValueError for a text that is no version.
    Source: NVIDIA, CUDA Compatibility, Minor Version Compatibility, table 1.
    """
    if not re.fullmatch(r"\d+(\.\d+)*", cuda):
        raise ValueError(f'cuda must be a version such as "12.4", got {cuda!r}')
    return dict(MINIMUM_DRIVERS).get(int(cuda.split(".")[0]))


def is_older(version: str, wanted: str) -> bool:
    """Tell whether a version such as "470.82.01" precedes another; "2.6" is "2.6.0"."""
    pairs = zip_longest(numbers(version), numbers(wanted), fillvalue=0)
    return next((have < want for have, want in pairs if have != want), False)


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version up to its build: "2.6.0+cu124" -> (2, 6, 0)."""
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0]))


def newest_cuda(message: str) -> str | None:
    """Read the newest CUDA version that a driver knows from torch's "too old" message.

    torch writes the number 1000 * major + 10 * minor: "found version 12040" means 12.4.
    """
    too_old = r"driver on your system is too old \(found version (\d+)\)"
    found = re.search(too_old.replace(" ", r"\s+"), message)
    if not found:
        return None
    number = int(found.group(1))
    return f"{number // 1000}.{number % 1000 // 10}"


def fits(version: str, wanted: str) -> bool:
    """Tell whether a torch meets what its torchvision asks for, such as "==2.6.0".

    Builds do not count. For ">=" a nightly or a release candidate counts as the release
    that it leads to. What begins with neither "==" nor ">=" is met by every version.
    """
    sign, other = wanted[:2], wanted[2:]
    if sign == "==":
        return not is_older(version, other) and not is_older(other, version)
    return sign != ">=" or not is_older(release(version), release(other))


def release(version: str) -> str:
    """Return the release of a version: "2.16.0.dev20261101+cu132" -> "2.16.0"."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return found.group() if found else ""


def published_build(version: str) -> str:
    """Return the build of a published wheel: "2.6.0+cu124" -> "cu124".

    It is "" where a version names none, or only the commit that somebody built it from.
    """
    build = version.partition("+")[2]
    return build if re.fullmatch(r"cpu|cu\d+|rocm[\d.]+|xpu", build) else ""
