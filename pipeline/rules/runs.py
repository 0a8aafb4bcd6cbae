"""Rules about the long runs: stored whole, made by the code that stands here, short enough."""

import ast
import json
from pathlib import Path

from lib.training.run_grid import ROWS, grid_problems
from lib.training.stored_run import FOLDER, RECORD, run_names, run_problems
from pipeline.budget import PLANNED_CORES, RUN_SECONDS
from pipeline.rules.tree import files, parsed


def described(root: Path, name: str) -> set[str]:
    """Name the runs (`RUN`) or grids (`GRID`), `part/topic`, that modules of lib describe."""
    return {path.relative_to(root / "lib").with_suffix("").as_posix()
            for path in files(root, "*.py", below="lib") for node in parsed(path).body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name}


def runs_are_whole_and_current(root: Path) -> list[str]:
    """Every described run is stored, its files are those it wrote, its code is what stands here."""
    return [f"{FOLDER}/{name}: {problem}"
            for kind, problems in (("RUN", run_problems), ("GRID", grid_problems))
            for name in sorted(described(root, kind)) for problem in problems(name, root)]


def runs_are_described(root: Path) -> list[str]:
    """Every stored run is described by a module of lib, and nothing else lies in its folder."""
    runs, grids = described(root, "RUN"), described(root, "GRID")
    problems = [f"{FOLDER}/{name}: lib/{name}.py describes no RUN"
                for name in run_names(root) if name not in runs]
    known = {"run.json", "log.jsonl", "final.safetensors", "checkpoint.pt"}
    for path in files(root, below=FOLDER):
        of_run = path.name in known and (path.parent / RECORD).is_file()
        if not of_run and not (path.name == ROWS and _name_of(path, root) in grids):
            problems.append(f"{path.relative_to(root)}: belongs to no run")
    return problems


def _name_of(path: Path, root: Path) -> str:
    return path.parent.relative_to(root / FOLDER).as_posix()


def runs_are_short(root: Path) -> list[str]:
    """A run took at most 20 minutes, and so would all runs of a grid on two cores."""
    seconds = {name: json.loads((root / FOLDER / name / RECORD).read_text()).get("seconds", 0)
               for name in run_names(root)}
    for path in files(root, ROWS, below=FOLDER):
        lines = path.read_text(encoding="utf-8").splitlines()
        total = sum(json.loads(line)["seconds"] for line in lines)
        seconds[_name_of(path, root)] = total / PLANNED_CORES
    return [f"{FOLDER}/{name}: took {found:.0f} s, at most {RUN_SECONDS}"
            for name, found in seconds.items() if found > RUN_SECONDS]


RULES = (runs_are_whole_and_current, runs_are_described, runs_are_short)
