"""What the probe tells, without a working torch."""

import ast
import json
import sys
from pathlib import Path

import pytest

from lib.start import probe


def write(folder, **files):
    """Write the modules of a package, given as name=text."""
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")


def test_build_is_read_without_importing(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    broken = "raise ImportError('must not be imported')"
    write(
        tmp_path / "torch",
        __init__=broken,
        version="from typing import Optional\n__version__ = '2.6.0+cu124'\n"
        "cuda: Optional[str] = '12.4'\nhip: Optional[str] = None\nwith_cuda = '9.9'\n",
    )
    write(tmp_path / "torchvision", __init__=broken, version="__version__ = '0.21.0+cu124'\n")
    write(tmp_path / "bare_package", __init__=broken)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    assert probe.build("torch") == {"torch": "2.6.0+cu124", "torch_cuda": "12.4", "torch_hip": None,
                                    "torch_xpu": None}
    assert probe.build("torchvision") == {"torchvision": "0.21.0+cu124"}
    assert probe.build("bare_package") == {}
    (tmp_path / "folder_without_init").mkdir()
    assert probe.build("folder_without_init") == {}
    assert probe.build("no_such_package") == {}


def test_installed_reads_versions_installers_and_what_torchvision_needs(tmp_path, monkeypatch):
    for name, version, requires in (
        ("torch", "2.6.0", "numpy"),
        ("torchvision", "0.21.0", "torch (==2.6.0)"),
    ):
        folder = tmp_path / f"{name}-{version}.dist-info"
        folder.mkdir()
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Dist: {requires}"
        (folder / "METADATA").write_text(text + "\n", encoding="utf-8")
        (folder / "INSTALLER").write_text("conda\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert probe.installed() == {
        "torch": "2.6.0",
        "torchvision": "0.21.0",
        "torchvision_needs": "==2.6.0",
        "installers": [["torch", "conda"], ["torchvision", "conda"]],
    }


def test_a_failing_step_is_written_and_the_rest_still_tried(monkeypatch, capsys):
    def fail():
        raise OSError("libcudart.so.12: cannot open shared object file")

    def fall(name):
        raise ValueError(name)

    monkeypatch.setattr(probe, "build", fall)
    for name in ("installed", "use_torch", "use_numpy", "use_gpu", "use_other_gpu"):
        monkeypatch.setattr(probe, name, fail)
    monkeypatch.setattr(probe, "use_torchvision", lambda: {"torchvision_works": True})
    probe.main()
    output, errors = capsys.readouterr()
    told = [json.loads(line[len(probe.MARK) :]) for line in output.splitlines() if line]
    assert told == [{"torchvision_works": True}]
    assert (
        errors.splitlines().count("OSError: libcudart.so.12: cannot open shared object file") == 5
    )
    assert "ValueError: torch\nValueError: torchvision\n" in errors


@pytest.mark.parametrize(
    "name",
    [
        "probe", "report", "versions", "findings", "symptoms", "diagnosis", "doctor",
    ],
)  # fmt: skip
def test_an_old_python_can_read_the_doctor(name):
    text = Path(probe.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 8))
    assert "from __future__ import annotations" in text
