"""Run in a Python process of its own: try torch, torchvision and NumPy and tell what happens.

A broken library may end the process, so each fact is written as soon as it is known: a line that
begins with MARK and holds a JSON object. Messages and warnings go to the error stream.
"""

from __future__ import annotations

import json
import os
import re
import sys
from importlib import metadata, util

MARK = "@@doctor@@ "


def tell(facts: dict) -> None:
    """Write facts for the parent process."""
    sys.stdout.write("\n" + MARK + json.dumps(facts) + "\n")
    sys.stdout.flush()


def installed() -> dict:
    """Versions and installers of the packages, from their files, without importing them."""
    facts: dict = {"installers": []}
    for name in ("torch", "torchvision", "numpy"):
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        facts[name] = package.version
        facts["installers"].append([name, (package.read_text("INSTALLER") or "").strip()])
        for line in package.requires or ():
            wanted = re.match(r"torch\s*\(?([=>]=[\w.+]+)", line)
            if wanted:
                facts["torchvision_needs"] = wanted.group(1)
    return facts


def build(name: str) -> dict:
    """Read the build of a package (`+cu124`, CUDA, ROCm) from its version.py, without importing."""
    spec = util.find_spec(name)
    if spec is None or not spec.origin:
        return {}
    path = os.path.join(os.path.dirname(spec.origin), "version.py")
    if not os.path.isfile(path):
        return {}
    with open(path, encoding="utf-8") as file:
        text = file.read()
    found = dict(re.findall(r"^(__version__|cuda|hip)\b[^=\n]*= '([^']+)'", text, re.MULTILINE))
    facts = {name: found["__version__"]} if "__version__" in found else {}
    if name == "torch":
        facts.update({"torch_cuda": found.get("cuda"), "torch_hip": found.get("hip")})
    return facts


def use_torch() -> dict:
    """Import torch and compute on the CPU."""
    import torch

    (torch.ones(2) + 1).sum().item()
    return {
        "torch_works": True,
        "cudnn": str(torch.backends.cudnn.version() or ""),
        "cpu_threads": torch.get_num_threads(),
        "architectures": torch.cuda.get_arch_list(),
    }


def use_numpy() -> dict:
    """Carry an array over to torch."""
    import numpy
    import torch

    torch.from_numpy(numpy.zeros(1))
    return {}


def use_gpu() -> dict:
    """Compute on the first GPU where CUDA says there is one."""
    import torch

    if not torch.cuda.is_available():
        return {}
    cards = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())]
    tell({"cards": [[c.name, c.total_memory / 1e9, f"{c.major}.{c.minor}"] for c in cards]})
    (torch.ones(2, device="cuda") + 1).sum().item()
    return {"cuda_works": True}


def use_torchvision() -> dict:
    """Import torchvision and call one of its compiled operators."""
    import torch
    import torchvision

    torchvision.ops.nms(torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.ones(1), 0.5)
    return {"torchvision_works": True}


def main() -> None:
    """Tell all facts; what fails is written to the error stream and the rest is still tried."""
    steps = (
        installed,
        lambda: build("torch"),
        lambda: build("torchvision"),
        use_torch,
        use_numpy,
        use_gpu,
        use_torchvision,
    )
    for step in steps:
        try:
            tell(step())
        except Exception as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")


if __name__ == "__main__":
    main()
