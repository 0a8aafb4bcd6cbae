"""Cores are counted as the process may use them: affinity and control groups included."""

import ast
import os
from pathlib import Path

import pytest

from lib.core import cores
from lib.core.cores import num_cores


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Return a function that sets up a machine of 8 cores: files by name, and the affinity."""
    monkeypatch.setattr(os, "cpu_count", lambda: 8)

    def set_up(files, affinity=8):
        monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(affinity)),
                            raising=False)
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return set_up


V2, V1 = "sys/fs/cgroup", "sys/fs/cgroup/cpu,cpuacct"
CASES = {
    "no Linux": ({}, 8),
    "no limit": ({"proc/self/cgroup": "0::/\n", f"{V2}/cpu.max": "max 100000\n"}, 8),
    "a container": ({"proc/self/cgroup": "0::/\n", f"{V2}/cpu.max": "200000 100000\n"}, 2),
    "two and a half": ({"proc/self/cgroup": "0::/\n", f"{V2}/cpu.max": "250000 100000\n"}, 2),
    "less than one": ({"proc/self/cgroup": "0::/\n", f"{V2}/cpu.max": "30000 100000\n"}, 1),
    "more than there are": ({"proc/self/cgroup": "0::/\n", f"{V2}/cpu.max": "6400000 100000"}, 8),
    "a job": ({"proc/self/cgroup": "0::/slurm/job_1/step\n",
               f"{V2}/slurm/job_1/step/cpu.max": "max 100000\n",
               f"{V2}/slurm/job_1/cpu.max": "300000 100000\n",
               f"{V2}/slurm/cpu.max": "700000 100000\n"}, 3),
    "another job": ({"proc/self/cgroup": "0::/slurm/job_1\n",
                     f"{V2}/slurm/job_2/cpu.max": "100000 100000\n"}, 8),
    "version 1": ({"proc/self/cgroup": "5:memory:/x\n4:cpu,cpuacct:/docker/4f1d\n",
                   f"{V1}/cpu.cfs_quota_us": "400000\n", f"{V1}/cpu.cfs_period_us": "100000\n"}, 4),
    "version 1, no limit": ({"proc/self/cgroup": "4:cpu,cpuacct:/\n",
                             f"{V1}/cpu.cfs_quota_us": "-1\n",
                             f"{V1}/cpu.cfs_period_us": "100000\n"}, 8),
    "version 1, cpu alone": ({"proc/self/cgroup": "1:cpu:/\n0::/\n",
                              f"{V2}/cpu/cpu.cfs_quota_us": "500000\n",
                              f"{V2}/cpu/cpu.cfs_period_us": "100000\n"}, 5),
    "version 2 beside version 1": ({"proc/self/cgroup": "1:memory:/\n0::/a\n",
                                    f"{V2}/unified/a/cpu.max": "600000 100000\n"}, 6),
    "nonsense": ({"proc/self/cgroup": "0::/\n", f"{V2}/cpu.max": "\n",
                  f"{V2}/cpu.cfs_quota_us": "7\n"}, 8),
    "no period": ({"proc/self/cgroup": "0::/\n", f"{V2}/cpu.max": "100000 0\n"}, 8),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_control_groups(machine, name):
    files, expected = CASES[name]
    assert num_cores(machine(files)) == expected


@pytest.mark.parametrize(("affinity", "expected"), [(1, 1), (2, 2), (5, 3)])
def test_the_smaller_of_affinity_and_quota_counts(machine, affinity, expected):
    files = {"proc/self/cgroup": "0::/\n", f"{V2}/cpu.max": "300000 100000\n"}
    assert num_cores(machine(files, affinity)) == expected


def test_systems_without_affinity(machine, monkeypatch):
    root = machine({})
    monkeypatch.delattr(os, "sched_getaffinity")
    assert num_cores(root) == 8
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert num_cores(root) == 1


def test_this_machine():
    assert 1 <= num_cores() <= (os.cpu_count() or 1)


def test_an_old_python_can_read_it():
    ast.parse(Path(cores.__file__).read_text(encoding="utf-8"), feature_version=(3, 8))
