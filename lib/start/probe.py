"""Run in a Python of its own: try torch, torchvision and NumPy, and tell what happens.

A broken library may end the process, so each fact is written as soon as it is known: a
line that begins with MARK and holds a JSON object. Messages go to the error stream.
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
    """Versions and installers of the packages, from their files, without importing."""
    facts: dict = {"installers": []}
    for name in ("torch", "torchvision", "numpy"):
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        facts[name] = package.version
        facts["installers"].append(
            [name, (package.read_text("INSTALLER") or "").strip()]
        )
        for line in package.requires or ():
            wanted = re.match(r"torch\s*\(?([=>]=[\w.+]+)", line)
            if wanted:
                facts["torchvision_needs"] = wanted.group(1)
    return facts


def build(name: str) -> dict:
    """Read the build of a package (`+cu124`, CUDA, ROCm) from its version.py."""
    spec = util.find_spec(name)
    if spec is None or not spec.origin:
        return {}
    path = os.path.join(os.path.dirname(spec.origin), "version.py")
    if not os.path.isfile(path):
        return {}
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    pattern = r"^(__version__|cuda|hip|xpu)\b[^=\n]*= '([^']+)'"
    found = dict(re.findall(pattern, text, re.MULTILINE))
    facts = {name: found["__version__"]} if "__version__" in found else {}
    if name == "torch":
        facts.update(
            {f"torch_{kind}": found.get(kind) for kind in ("cuda", "hip", "xpu")}
        )
    return facts


def use_torch() -> dict:
    """Import torch and compute on the CPU."""
    import torch

    (torch.ones(2) + 1).sum().item()
    facts = {
        "torch_works": True,
        "cudnn": str(torch.backends.cudnn.version() or ""),
        "cpu_threads": torch.get_num_threads(),
        "architectures": torch.cuda.get_arch_list(),
    }
    if hasattr(torch, "__version__"):
        facts["torch"] = str(torch.__version__)
    return facts


def use_numpy() -> dict:
    """Carry an array over to torch."""
    import numpy
    import torch

    torch.from_numpy(numpy.zeros(1))
    return {}


def use_gpu() -> dict:
    """Compute on the first GPU where CUDA (or ROCm) says there is one."""
    import torch

    if not torch.cuda.is_available():
        return {"torch_gpus": 0}
    cards = [
        torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())
    ]
    told = [[card.name, card.total_memory / 1e9, f"{card.major}.{card.minor}"]
            for card in cards]  # fmt: skip
    tell({"torch_gpus": len(cards), "cards": told})
    (torch.ones(2, device="cuda") + 1).sum().item()
    return {"cuda_works": True}


def use_other_gpu() -> dict:
    """Compute on Apple's or Intel's GPU where torch has one."""
    import torch

    apple = getattr(torch.backends, "mps", None)
    intel = getattr(torch, "xpu", None)
    facts: dict = {"torch_mps": bool(apple and apple.is_built())}
    if apple and apple.is_available():
        tell({"other_gpu": "Apple GPU"})
        (torch.ones(2, device="mps") + 1).sum().item()
        facts["other_gpu_works"] = True
    elif intel and intel.is_available():
        tell({"other_gpu": intel.get_device_name(0)})
        (torch.ones(2, device="xpu") + 1).sum().item()
        facts["other_gpu_works"] = True
    return facts


def use_torchvision() -> dict:
    """Import torchvision and call one of its compiled operators."""
    import torch
    import torchvision

    torchvision.ops.nms(torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.ones(1), 0.5)
    return {"torchvision_works": True}


def main() -> None:
    """Tell all facts; what fails is written to the error stream, the rest is tried."""
    steps = (
        installed,
        lambda: build("torch"),
        lambda: build("torchvision"),
        use_torch,
        use_numpy,
        use_gpu,
        use_other_gpu,
        use_torchvision,
    )
    for step in steps:
        try:
            tell(step())
        except Exception as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")


if __name__ == "__main__":
    main()
