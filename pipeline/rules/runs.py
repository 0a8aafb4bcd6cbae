"""Rules about the long runs: stored whole, made by the code that stands here, short enough."""

import ast
import json
from pathlib import Path

from lib.training.stored_run import FOLDER, RECORD, run_names, run_problems
from pipeline.budget import RUN_SECONDS
from pipeline.rules.tree import files, parsed


def described_runs(root: Path) -> set[str]:
    """Name the runs, `part/topic`, that a module of lib describes as `RUN`."""
    return {path.relative_to(root / "lib").with_suffix("").as_posix()
            for path in files(root, "*.py", below="lib") for node in parsed(path).body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "RUN"}


def runs_are_whole_and_current(root: Path) -> list[str]:
    """Every described run is stored, its files are those it wrote, its code is what stands here."""
    return [f"{FOLDER}/{name}: {problem}" for name in sorted(described_runs(root))
            for problem in run_problems(name, root)]


def runs_are_described(root: Path) -> list[str]:
    """Every stored run is described by a module of lib, and nothing else lies in its folder."""
    described = described_runs(root)
    problems = [f"{FOLDER}/{name}: lib/{name}.py describes no RUN"
                for name in run_names(root) if name not in described]
    known = {"run.json", "log.jsonl", "final.safetensors", "checkpoint.pt"}
    return problems + [f"{path.relative_to(root)}: belongs to no run"
                       for path in files(root, below=FOLDER)
                       if path.name not in known or not (path.parent / RECORD).is_file()]


def runs_are_short(root: Path) -> list[str]:
    """A run took at most 20 minutes."""
    seconds = {name: json.loads((root / FOLDER / name / RECORD).read_text()).get("seconds", 0)
               for name in run_names(root)}
    return [f"{FOLDER}/{name}: took {found:.0f} s, at most {RUN_SECONDS}"
            for name, found in seconds.items() if found > RUN_SECONDS]


RULES = (runs_are_whole_and_current, runs_are_described, runs_are_short)
