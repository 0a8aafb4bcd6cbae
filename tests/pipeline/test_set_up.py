"""The installation says in one sentence what is wrong with a machine."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from pipeline import set_up

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("version", [(3, 6, 0), (3, 10, 13)])
def test_an_old_python_is_refused_by_name(version):
    problem = set_up.python_problem(version, which=lambda name: None)
    assert f"Python {version[0]}.{version[1]} is too old" in problem
    assert "3.11 or newer" in problem


def test_a_newer_python_on_the_machine_is_pointed_out():
    problem = set_up.python_problem((3, 9, 0), which=lambda name: name == "python3.12")
    assert "PYTHON=python3.12" in problem


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 1), (4, 0, 0)])
def test_a_new_enough_python_passes(version):
    assert set_up.python_problem(version) is None


def test_a_full_disk_is_refused_with_both_numbers():
    problem = set_up.disk_problem(3e9)
    assert "Only 3.0 GB are free here, the installation needs about 10 GB" in problem
    assert set_up.disk_problem(10e9) is None


def test_a_disk_that_is_too_full_for_cuda_is_told_of_the_build_for_the_cpu():
    problem = set_up.disk_problem(9.9e9, torch_index="https://download.pytorch.org/whl/cu132")
    assert "Only 9.9 GB are free here, the installation needs about 10 GB" in problem
    wanted = "TORCH_INDEX=https://download.pytorch.org/whl/cpu"
    assert problem.endswith("3 GB are enough: run the same command with " + wanted + ".")
    assert wanted in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("index", [set_up.CPU_INDEX, set_up.CPU_INDEX + "/"])
def test_torch_for_the_cpu_needs_less(index):
    assert set_up.disk_problem(3e9, torch_index=index) is None
    problem = set_up.disk_problem(2.94e9, torch_index=index)
    assert problem == (
        "Only 2.9 GB are free here, the installation needs about 3 GB. Free some space."
    )
    full = "ERROR: [Errno 28] No space left on device"
    assert "free about 3 GB" in set_up.pip_problem(full, torch_index=index)
    assert "free about 10 GB" in set_up.pip_problem(full)


def test_an_old_python_can_read_the_file():
    text = (ROOT / "pipeline" / "set_up.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 5))
    assert not any(isinstance(node, ast.JoinedStr) for node in ast.walk(ast.parse(text)))


@pytest.mark.parametrize(
    ("output", "wanted"),
    [
        ("NewConnectionError(... Failed to establish a new connection ...)", "network"),
        ("ERROR: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: No matching distribution found for torch==9", "no release"),
        ("ERROR: something else", "pip failed"),
    ],
)
def test_a_failure_of_pip_is_put_into_one_sentence(output, wanted):
    assert wanted in set_up.pip_problem(output)


def test_the_lowest_set_holds_each_promised_bound():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8")
    pins = dict(re.findall(r"(?m)^([\w-]+)==(\S+)$", text))
    bounds = dict(need.split(">=") for need in project["dependencies"])
    lowest = {name: re.sub(r"(\.0)+$", "", pins.get(name, "none")) for name in bounds}
    assert lowest == {name: re.sub(r"(\.0)+$", "", bound) for name, bound in bounds.items()}
