"""The stress test: multiply matrices on every device and check every element.

Run it with `python -m lib.start.burn --seconds 30`; exit status 0: all results right,
1: wrong elements or a device failed, 2: wrong arguments.
"""

from __future__ import annotations

import argparse
import math
import re
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import NamedTuple

import torch
from tqdm import tqdm

from lib.core.device import GPUS, available_gpu, describe_device
from lib.start import stress
from lib.start.report import run_command

DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in stress.EXACT}
LARGEST_SIZE = 65_536
DOCTOR = "(python -m lib.start.doctor looks for the reason)"
SENSORS_QUERY = (
    "--query-gpu=temperature.gpu,power.draw",
    "--format=csv,noheader,nounits",
)


class Sensors(NamedTuple):
    """Temperature in °C and power in W; None where unknown."""

    temperature: float | None = None
    power: float | None = None


class BurnResult(NamedTuple):
    """What happened on one device; `failure` is the error that ended it."""

    device: str
    name: str
    size: int
    dtype: torch.dtype
    burned: stress.Burned | None = None
    best: tuple[int, float] = (0, 0.0)  # size and TFLOP/s of the fastest short burst
    sensors: Sensors = Sensors()
    failure: str = ""

    def is_fine(self) -> bool:
        """Tell whether the device did its work and every element was right."""
        return not self.failure and self.burned is not None and self.burned.wrong == 0


def choose_devices(wanted: str, num_gpus: int, gpu: str = "cuda") -> list[str]:
    """Return the devices to burn: "all" means every GPU, or the CPU if there is none.

    `gpu` is the type of the GPUs that PyTorch sees, "cuda", "mps" or "xpu".

    Raises: ValueError for a device that PyTorch does not have.
    """
    if wanted == "all":
        return [f"{gpu}:{number}" for number in range(num_gpus)] or ["cpu"]
    if wanted == "cpu":
        return ["cpu"]
    match = re.fullmatch(rf"({'|'.join(GPUS)})(?::(\d+))?", wanted)
    if not match:
        known = ", ".join(GPUS)
        raise ValueError(
            f"device must be all, cpu, {known} or TYPE:NUMBER, got {wanted!r}"
        )
    number = int(match.group(2) or 0)
    if match.group(1) != gpu or number >= num_gpus:
        names = f"{gpu}:0 to {gpu}:{num_gpus - 1}"
        seen = f"{num_gpus} GPU(s), {names}" if num_gpus else "no GPU"
        raise ValueError(f"device is {wanted!r}, but PyTorch sees {seen} {DOCTOR}")
    return [f"{match.group(1)}:{number}"]


def burn_device(
    device: str,
    *,
    size: int,
    dtype: torch.dtype,
    seconds: float,
    product: stress.Product = torch.mm,
    on_progress: Callable[[float], object] | None = None,
) -> BurnResult:
    """Measure short bursts, then burn; an error becomes the failure of the result.

    Units: `seconds` for the burn alone, the bursts before it take a few more.
    """
    result = BurnResult(device, device, size, dtype)
    try:
        result = result._replace(name=describe_device(device))
        operands = stress.exact_operands(size, dtype, device)
        sizes = sorted({2**power for power in range(7, 14)} | {size})
        bursts = stress.measure_speeds(dtype, device, sizes=sizes, product=product)
        burned = stress.burn(
            operands, seconds=seconds, product=product, on_progress=on_progress
        )
    except (RuntimeError, MemoryError, TypeError) as error:  # or no such dtype
        text = str(error).strip().partition("\n")[0]
        return result._replace(failure=f"{type(error).__name__}: {text}")
    return result._replace(burned=burned, best=max(bursts, key=lambda row: row[1]))


def burn_all(
    devices: Sequence[str],
    *,
    size: int,
    dtype: torch.dtype,
    seconds: float,
    product: stress.Product = torch.mm,
) -> list[BurnResult]:
    """Burn all devices at once, with a bar in a terminal; Ctrl-C ends it early."""
    passed, hottest = dict.fromkeys(devices, 0.0), dict.fromkeys(devices, Sensors())
    stopped: list[bool] = []

    def note(device: str, now: float) -> bool:
        passed[device] = now
        return bool(stopped)

    work = partial(
        burn_device, size=size, dtype=dtype, seconds=seconds, product=product
    )
    with (
        stress.exact_sums(),
        tqdm(total=seconds, desc="burning", unit="s", disable=None, leave=False) as bar,
        ThreadPoolExecutor(len(devices)) as pool,
    ):
        tasks = [
            pool.submit(work, name, on_progress=partial(note, name)) for name in devices
        ]
        pending = set(tasks)
        while pending:
            try:
                pending = wait(pending, timeout=1.0).not_done
                bar.n = round(min(seconds, *passed.values()), 1)
                bar.refresh()
                for name in devices:
                    hottest[name] = higher(hottest[name], read_sensors(name))
            except KeyboardInterrupt:
                stopped.append(True)
    results = [task.result() for task in tasks]
    return [one._replace(sensors=hottest[one.device]) for one in results]


def parse_sensors(text: str) -> Sensors:
    """Read a line such as "61, 287.40"; what is no number ("[N/A]") is unknown."""
    fields = [field.strip() for field in text.strip().partition("\n")[0].split(",")]
    known = [re.fullmatch(r"\d+(\.\d+)?", field) for field in fields]
    found = [float(match.group()) if match else None for match in known]
    return Sensors(*[*found, None, None][:2])


def read_sensors(device: torch.device | str) -> Sensors:
    """Ask nvidia-smi about a GPU; all is unknown where it gives no answer."""
    device, command = torch.device(device), shutil.which("nvidia-smi")
    if device.type != "cuda" or command is None:
        return Sensors()
    # Its number may be another one in nvidia-smi than in PyTorch, not so its UUID.
    uuid = torch.cuda.get_device_properties(device).uuid
    query = [command, *SENSORS_QUERY, f"--id=GPU-{uuid}"]
    status, output, _ = run_command(query, 10.0)
    return parse_sensors(output) if status == 0 else Sensors()


def higher(first: Sensors, second: Sensors) -> Sensors:
    """Return the higher temperature and the higher power of two readings."""
    known = [
        [v for v in pair if v is not None] for pair in zip(first, second, strict=True)
    ]
    return Sensors(*(max(values, default=None) for values in known))


def describe_sensors(sensors: Sensors) -> str:
    """Write what is known, such as "61 °C, 287.4 W"."""
    pairs = zip(sensors, ("°C", "W"), strict=True)
    return ", ".join(f"{value:g} {unit}" for value, unit in pairs if value is not None)


def format_result(result: BurnResult) -> str:
    """Write what happened on one device as a table."""
    dtype, burned = str(result.dtype).removeprefix("torch."), result.burned
    unit = "TFLOP/s" if result.dtype.is_floating_point else "TOP/s"
    rows = [("Device", f"{result.device}: {result.name}")]
    if result.failure:
        rows.append(("Failed", result.failure))
    if burned is not None:
        size, best = result.best
        matrices = 4 * result.size**2 * result.dtype.itemsize / 1e9
        rows += [
            ("Products", f"{burned.products:,} of {result.size} x {result.size} "
                         f"{dtype} in {burned.seconds:.1f} s"),
            ("Errors", f"{burned.wrong:,} wrong elements of {burned.elements:,}"),
            ("Speed", f"{burned.tflops:.3g} {unit}, checking included"),
            ("Best burst", f"{best:.3g} {unit} with {size} x {size} {dtype}, so the "
                           f"burn reached {burned.tflops / best:.0%} of it"),
            ("Memory", f"{matrices:.3g} GB for four matrices"),
        ]  # fmt: skip
    if any(value is not None for value in result.sensors):
        rows.append(("At most", describe_sensors(result.sensors)))
    return "\n".join(f"{name:<12}{value}" for name, value in rows)


def read_arguments(
    arguments: Sequence[str] | None, num_gpus: int, gpu: str = "cuda"
) -> argparse.Namespace:
    """Return the options and `devices`; a wrong one ends the command with status 2."""
    parser = argparse.ArgumentParser(
        prog="python -m lib.start.burn",
        description="Multiply matrices, check every element, and tell the speed.",
        epilog="Exit status: 0 all results right, 1 wrong or a device failed, 2 wrong "
        "arguments.",
    )
    size_help = f"rows of a matrix, up to {LARGEST_SIZE} (default: 4096; CPU: 1024)"
    device_help = (
        "cpu, cuda, cuda:1, mps, xpu, or all: every GPU, and the CPU where there is "
        "none (default: all)"
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="(default: 30)")
    parser.add_argument("--size", type=int, help=size_help)
    parser.add_argument("--dtype", choices=DTYPES, default="float32")
    parser.add_argument("--device", default="all", help=device_help)
    options = parser.parse_args(arguments)
    try:
        options.devices = choose_devices(options.device, num_gpus, gpu)
    except ValueError as error:
        parser.error(str(error))
    on_gpu = options.devices != ["cpu"]
    if options.size is None:
        options.size = 4096 if on_gpu else 1024
    if not 1 <= options.size <= LARGEST_SIZE:
        parser.error(f"size must be from 1 to {LARGEST_SIZE}, got {options.size}")
    if not 0 < options.seconds < math.inf:
        parser.error(f"seconds must be a positive number, got {options.seconds}")
    dtype = DTYPES[options.dtype]
    if on_gpu and (
        not dtype.is_floating_point or (gpu, dtype) == ("mps", torch.float64)
    ):
        parser.error(
            f"PyTorch multiplies {options.dtype} matrices not on every GPU: "
            "--device cpu"
        )
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    gpu = available_gpu()
    num_gpus = torch.accelerator.device_count() if gpu else 0
    options = read_arguments(arguments, num_gpus, gpu or "cuda")
    if options.device == "all" and not num_gpus:
        print(f"PyTorch sees no GPU {DOCTOR}; the CPU burns instead.\n")
    results = burn_all(
        options.devices,
        size=options.size,
        dtype=DTYPES[options.dtype],
        seconds=options.seconds,
    )
    print("\n\n".join(map(format_result, results)))
    bad = [result.device for result in results if not result.is_fine()]
    print(
        f"\nNot fine: {', '.join(bad)}." if bad else "\nFine: every element was right."
    )
    return int(bool(bad))


if __name__ == "__main__":
    raise SystemExit(main())
