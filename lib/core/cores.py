"""How many processor cores this process may use."""

from __future__ import annotations  # the doctor runs in old Pythons, too

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def num_cores(root: str | Path = "/") -> int:
    """Count the cores this process may use, at least one.

    The machine's cores, less those that the affinity mask (`taskset`) forbids, and no
    more than the CPU time that a control group (a container, a job of a batch system)
    grants: 250 ms in each 100 ms are two cores. `root` is the folder that holds `proc`
    and `sys`.
    """
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        cores = len(os.sched_getaffinity(0))
    return max(1, int(min([cores, *_quotas(Path(root))])))


def _quotas(root: Path) -> Iterator[float]:
    """Yield the cores that each control group above this process grants.

    Source: the kernel's cgroup-v2 (cpu.max) and sched-bwc (cpu.cfs_quota_us) documents.
    """
    for folder in _control_groups(root):
        with suppress(OSError, ValueError, ZeroDivisionError):  # "max" is no number
            quota, period = (folder / "cpu.max").read_text().split()
            yield int(quota) / int(period)
        with suppress(OSError, ValueError, ZeroDivisionError):
            quota = int((folder / "cpu.cfs_quota_us").read_text())
            if quota > 0:  # -1: no limit
                yield quota / int((folder / "cpu.cfs_period_us").read_text())


def _control_groups(root: Path) -> Iterator[Path]:
    """Yield the folders of the control groups that hold this process, and theirs."""
    mounted = root / "sys/fs/cgroup"
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:  # not Linux
        return
    for line in lines:  # such as 0::/user.slice or 4:cpu,cpuacct:/docker/…
        _, controllers, path = line.split(":", 2)
        if not controllers:
            tops = [mounted, mounted / "unified"]
        elif "cpu" in controllers.split(","):
            tops = [mounted / controllers, mounted / "cpu"]
        else:
            continue
        for top in tops:
            group = top / path.lstrip("/")
            depth = len(group.parts) - len(top.parts)
            yield from [group, *group.parents][: depth + 1]
