"""Which torch a torchvision was made for."""

from __future__ import annotations

import re

from lib.start.drivers import is_older


def fits(version: str, wanted: str) -> bool:
    """Tell whether a torch meets what its torchvision asks for, such as "==2.6.0" or ">=2.14.0".

    Builds do not count. For ">=" a nightly or a release candidate counts as the release that it
    leads to. What neither begins with "==" nor with ">=" is met by every version.
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

    It is "" where a version names none, or only the commit from which somebody built it.
    """
    build = version.partition("+")[2]
    return build if re.fullmatch(r"cpu|cu\d+|rocm[\d.]+|xpu", build) else ""
