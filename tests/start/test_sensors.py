"""Temperature and power: what nvidia-smi may say, and that its silence does no harm."""

import stat
from types import SimpleNamespace

import pytest
import torch

from lib.start import sensors
from lib.start.sensors import Sensors, describe_sensors, higher, parse_sensors, read_sensors


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("61, 287.40\n", Sensors(61.0, 287.4)),
        ("61, [N/A]\n", Sensors(61.0, None)),
        ("[Not Supported], 12.5\n", Sensors(None, 12.5)),
        ("N/A, [Unknown Error]\n", Sensors()),
        ("", Sensors()),
        ("61\n", Sensors(61.0, None)),
        ("61, 20.5, 7\n", Sensors(61.0, 20.5)),
        ("61, 20.5\n99, 99.0\n", Sensors(61.0, 20.5)),
    ],
)
def test_lines_of_the_query(text, expected):
    assert parse_sensors(text) == expected


def test_the_higher_value_counts_and_unknown_ones_do_not():
    assert higher(Sensors(50.0, 90.0), Sensors(40.0, 95.5)) == Sensors(50.0, 95.5)
    assert higher(Sensors(None, 0.0), Sensors(0.0, None)) == Sensors(0.0, 0.0)
    assert higher(Sensors(), Sensors()) == Sensors()


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (Sensors(61.0, 287.4), "61 °C, 287.4 W"),
        (Sensors(None, 0.0), "0 W"),
        (Sensors(5.0, None), "5 °C"),
        (Sensors(), ""),
    ],
)
def test_what_is_known_is_written(known, text):
    assert describe_sensors(known) == text


def test_a_cpu_is_not_asked(monkeypatch):
    monkeypatch.setattr(sensors.subprocess, "run", lambda *a, **k: pytest.fail("asked"))
    monkeypatch.setattr(sensors.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    assert read_sensors("cpu") == Sensors()


def fake_command(folder, body):
    """Write a command nvidia-smi and return its path."""
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('[ "$3" = --id=GPU-123-abc ] && echo "77, 301.5"', Sensors(77.0, 301.5)),
        ('echo "77, 301.5"; exit 9', Sensors()),
    ],
)
def test_a_gpu_is_asked_by_its_uuid(tmp_path, monkeypatch, body, expected):
    command = fake_command(tmp_path, body)
    monkeypatch.setattr(sensors.shutil, "which", lambda name: command)
    card = SimpleNamespace(uuid="123-abc")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: card)
    assert read_sensors("cuda:1") == expected


@pytest.mark.parametrize("command", [None, "/no/such/command"])
def test_a_missing_command_is_no_error(monkeypatch, command):
    monkeypatch.setattr(sensors.shutil, "which", lambda name: command)
    card = SimpleNamespace(uuid="123-abc")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: card)
    assert read_sensors("cuda:0") == Sensors()
