"""One device under the stress test: result, failure, and the table that tells of it."""

import itertools
import stat
from types import SimpleNamespace

import pytest
import torch

from lib.start import burn, stress
from lib.start.burn import (
    BurnResult,
    Sensors,
    burn_device,
    describe_sensors,
    format_result,
    higher,
    parse_sensors,
    read_sensors,
)
from lib.start.stress import Burned

GOOD = BurnResult(
    "cuda:0", "NVIDIA T4, 15 GiB", 4096, torch.float16,
    Burned(1235, 20_719_861_760, 0, 30.04, 41.25), (8192, 55.0), Sensors(71.0, 69.98),
)  # fmt: skip
TABLE = """\
Device      cuda:0: NVIDIA T4, 15 GiB
Products    1,235 of 4096 x 4096 float16 in 30.0 s
Errors      0 wrong elements of 20,719,861,760
Speed       41.2 TFLOP/s, checking included
Best burst  55 TFLOP/s with 8192 x 8192 float16, so the burn reached 75% of it
Memory      0.134 GB for four matrices
At most     71 °C, 69.98 W"""


@pytest.fixture
def quick(monkeypatch):
    """Let the bursts end after the two smallest sizes, and return the sizes that were asked for."""
    asked = []

    def measure(dtype, device, sizes, product):
        asked.extend(sizes)
        return [(128, 0.25), (256, 0.5), (512, 0.125)]

    monkeypatch.setattr(stress, "measure_speeds", measure)
    return asked


def test_table_of_a_good_card():
    assert format_result(GOOD) == TABLE


@pytest.mark.parametrize(
    ("sensors", "last"),
    [
        (Sensors(), "Memory      0.134 GB for four matrices"),
        (Sensors(None, 20.5), "At most     20.5 W"),
        (Sensors(0.0, None), "At most     0 °C"),
    ],
)
def test_only_what_the_sensors_tell_is_written(sensors, last):
    assert format_result(GOOD._replace(sensors=sensors)).rpartition("\n")[2] == last


def test_integers_have_no_floating_point_operations():
    text = format_result(GOOD._replace(dtype=torch.int32))
    assert "41.2 TOP/s" in text
    assert "55 TOP/s with 8192 x 8192 int32" in text
    assert "FLOP" not in text
    assert "Memory      0.268 GB" in text


def test_table_of_a_failed_device():
    failed = BurnResult("cuda:1", "cuda:1", 7, torch.float32, failure="RuntimeError: no")
    assert format_result(failed) == "Device      cuda:1: cuda:1\nFailed      RuntimeError: no"
    assert not failed.is_fine()


def test_fine_means_work_done_and_nothing_wrong():
    assert GOOD.is_fine()
    assert not GOOD._replace(failure="x").is_fine()
    assert not GOOD._replace(burned=None).is_fine()
    assert not GOOD._replace(burned=GOOD.burned._replace(wrong=1)).is_fine()


def test_device_burns_and_keeps_its_best_burst(quick):
    result = burn_device("cpu", size=300, dtype=torch.float32, seconds=1e-9)
    assert quick == [128, 256, 300, 512, 1024, 2048, 4096, 8192]
    assert result.best == (256, 0.5)
    assert result.name.startswith("CPU, ")
    assert (result.burned.products, result.burned.wrong) == (2, 0)
    assert result.is_fine()


def test_device_with_a_planted_error_is_not_fine(quick):
    calls = itertools.count()

    def faulty(left, right):
        result = left @ right
        result[0, 1] += next(calls) == 1
        return result

    result = burn_device("cpu", size=17, dtype=torch.float64, seconds=1e-9, product=faulty)
    assert (result.burned.products, result.burned.wrong) == (2, 1)
    assert not result.is_fine()


@pytest.mark.parametrize("error", [RuntimeError, torch.OutOfMemoryError, MemoryError])
def test_an_error_of_the_device_becomes_its_failure(quick, error):
    def broken(left, right):
        raise error("CUDA error: all is lost\nsecond line")

    result = burn_device("cpu", size=3, dtype=torch.float32, seconds=1, product=broken)
    assert result.failure == f"{error.__name__}: CUDA error: all is lost"
    assert result.burned is None


def test_progress_is_passed_on(quick):
    seen = []
    burn_device("cpu", size=3, dtype=torch.float32, seconds=1e9,
                on_progress=lambda seconds: seen.append(seconds) or True)
    assert len(seen) == 1


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
    monkeypatch.setattr(burn, "run_command", lambda *a, **k: pytest.fail("asked"))
    monkeypatch.setattr(burn.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
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
    monkeypatch.setattr(burn.shutil, "which", lambda name: command)
    card = SimpleNamespace(uuid="123-abc")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: card)
    assert read_sensors("cuda:1") == expected


@pytest.mark.parametrize("command", [None, "/no/such/command"])
def test_a_missing_command_is_no_error(monkeypatch, command):
    monkeypatch.setattr(burn.shutil, "which", lambda name: command)
    card = SimpleNamespace(uuid="123-abc")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: card)
    assert read_sensors("cuda:0") == Sensors()
