"""The stress test: multiply matrices on every device for a while and check every element.

Run it with `python -m lib.start.burn --seconds 30`; exit status 0: all results right, 1: wrong
elements or a device failed, 2: wrong arguments.
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import NamedTuple

import torch
from tqdm import tqdm

from lib.core.device import describe_device
from lib.start import stress
from lib.start.sensors import Sensors, describe_sensors, higher, read_sensors

DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in stress.EXACT}
LARGEST_SIZE = 65_536
DOCTOR = "(python -m lib.start.doctor looks for the reason)"


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


def choose_devices(wanted: str, num_gpus: int) -> list[str]:
    """Return the devices to burn: "all" means every GPU, or the CPU where there is none.

    Raises: ValueError for a device that PyTorch does not have.
    """
    if wanted == "all":
        return [f"cuda:{number}" for number in range(num_gpus)] or ["cpu"]
    if wanted == "cpu":
        return ["cpu"]
    match = re.fullmatch(r"cuda(?::(\d+))?", wanted)
    if not match:
        raise ValueError(f"device must be all, cpu, cuda or cuda:NUMBER, got {wanted!r}")
    number = int(match.group(1) or 0)
    if number >= num_gpus:
        seen = f"{num_gpus} GPU(s), cuda:0 to cuda:{num_gpus - 1}" if num_gpus else "no GPU"
        raise ValueError(f"device is {wanted!r}, but PyTorch sees {seen} {DOCTOR}")
    return [f"cuda:{number}"]


def burn_device(
    device: str,
    *,
    size: int,
    dtype: torch.dtype,
    seconds: float,
    product: stress.Product = torch.mm,
    on_progress: Callable[[float], object] | None = None,
) -> BurnResult:
    """Measure short bursts, then burn; an error of the device becomes the failure of the result.

    Units: `seconds` for the burn alone, the bursts before it take a few more.
    """
    result = BurnResult(device, device, size, dtype)
    try:
        result = result._replace(name=describe_device(device))
        operands = stress.exact_operands(size, dtype, device)
        sizes = sorted({2**power for power in range(7, 14)} | {size})
        bursts = stress.measure_speeds(dtype, device, sizes=sizes, product=product)
        burned = stress.burn(operands, seconds=seconds, product=product, on_progress=on_progress)
    except (RuntimeError, MemoryError) as error:
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
    """Burn all devices at the same time, with a progress bar in a terminal; Ctrl-C ends early."""
    passed, hottest = dict.fromkeys(devices, 0.0), dict.fromkeys(devices, Sensors())
    stopped: list[bool] = []

    def note(device: str, now: float) -> bool:
        passed[device] = now
        return bool(stopped)

    work = partial(burn_device, size=size, dtype=dtype, seconds=seconds, product=product)
    with (
        stress.exact_sums(),
        tqdm(total=seconds, desc="burning", unit="s", disable=None, leave=False) as bar,
        ThreadPoolExecutor(len(devices)) as pool,
    ):
        tasks = [pool.submit(work, name, on_progress=partial(note, name)) for name in devices]
        pending = set(tasks)
        while pending:
            try:
                pending = wait(pending, timeout=1.0).not_done
                bar.n = round(min(seconds, *passed.values()), 1)
                bar.refresh()
                hottest = {name: higher(hottest[name], read_sensors(name)) for name in devices}
            except KeyboardInterrupt:
                stopped.append(True)
    return [task.result()._replace(sensors=hottest[task.result().device]) for task in tasks]


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
            ("Products", f"{burned.products:,} of {result.size} x {result.size} {dtype} in "
                         f"{burned.seconds:.1f} s"),
            ("Errors", f"{burned.wrong:,} wrong elements of {burned.elements:,}"),
            ("Speed", f"{burned.tflops:.3g} {unit}, checking included"),
            ("Best burst", f"{best:.3g} {unit} with {size} x {size} {dtype}, so the burn reached "
                           f"{burned.tflops / best:.0%} of it"),
            ("Memory", f"{matrices:.3g} GB for four matrices"),
        ]  # fmt: skip
    if any(value is not None for value in result.sensors):
        rows.append(("At most", describe_sensors(result.sensors)))
    return "\n".join(f"{name:<12}{value}" for name, value in rows)


def read_arguments(arguments: Sequence[str] | None, num_gpus: int) -> argparse.Namespace:
    """Return the command's options, `device` as a list; a wrong one ends it with status 2."""
    parser = argparse.ArgumentParser(
        prog="python -m lib.start.burn",
        description="Multiply matrices for a while, check every element, and tell the speed.",
        epilog="Exit status: 0 all results right, 1 wrong or a device failed, 2 wrong arguments.",
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="how long (default: 30)")
    parser.add_argument(
        "--size", type=int, help=f"rows of the matrices, at most {LARGEST_SIZE} (default: 4096 on "
        "GPUs, 1024 on the CPU)"
    )  # fmt: skip
    parser.add_argument("--dtype", choices=DTYPES, default="float32", help="(default: float32)")
    parser.add_argument(
        "--device", default="all", help="cpu, cuda, cuda:1, or all: every GPU, and the CPU where "
        "there is none (default: all)"
    )  # fmt: skip
    options = parser.parse_args(arguments)
    try:
        options.devices = choose_devices(options.device, num_gpus)
    except ValueError as error:
        parser.error(str(error))
    on_gpu = options.devices != ["cpu"]
    if options.size is None:
        options.size = 4096 if on_gpu else 1024
    if not 1 <= options.size <= LARGEST_SIZE:
        parser.error(f"size must be from 1 to {LARGEST_SIZE}, got {options.size}")
    if not 0 < options.seconds < math.inf:
        parser.error(f"seconds must be a positive number, got {options.seconds}")
    if on_gpu and not DTYPES[options.dtype].is_floating_point:
        parser.error(f"PyTorch multiplies {options.dtype} matrices on the CPU alone: --device cpu")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    num_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    options = read_arguments(arguments, num_gpus)
    if options.device == "all" and not num_gpus:
        print(f"PyTorch sees no GPU {DOCTOR}; the CPU burns instead.\n")
    results = burn_all(
        options.devices, size=options.size, dtype=DTYPES[options.dtype], seconds=options.seconds
    )
    print("\n\n".join(map(format_result, results)))
    bad = [result.device for result in results if not result.is_fine()]
    print(f"\nNot fine: {', '.join(bad)}." if bad else "\nFine: every element was right.")
    return int(bool(bad))


if __name__ == "__main__":
    raise SystemExit(main())
