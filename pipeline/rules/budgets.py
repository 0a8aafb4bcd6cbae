"""Rules about what the course may cost: time, memory, size; the limits are in `pipeline.budget`."""

from pathlib import Path

from pipeline import budget
from pipeline.budget import MB
from pipeline.rules.tree import files


def chapters_keep_time_and_memory(root: Path) -> list[str]:
    """A chapter's stored run took at most 60 s, or 120 s if it is one of the few named ones."""
    return [f"chapters/{cost.name}: {problem}" for cost in budget.costs(root)
            for problem in budget.excesses(cost.name, cost.seconds, cost.peak_memory_mb)]


def all_chapters_keep_time(root: Path) -> list[str]:
    """All stored runs together took at most 40 minutes of kernel time."""
    total = sum(cost.seconds for cost in budget.costs(root))
    if total <= budget.ALL_SECONDS:
        return []
    return [f"chapters/: {total:.0f} s of kernel time, at most {budget.ALL_SECONDS}"]


def files_are_small(root: Path) -> list[str]:
    """A notebook has at most 1 MB, chapters/ 40, data in lib/ 16, a long run 8, all of them 60."""
    sizes = {path: path.stat().st_size for path in files(root)}
    limits = [(path, budget.NOTEBOOK_BYTES) for path in sizes if path.suffix == ".ipynb"]
    limits += [(root / "chapters", budget.CHAPTERS_BYTES), (root / "lib", budget.DATA_BYTES),
               (root / "runs", budget.RUNS_BYTES)]
    limits += [(path, budget.RUN_BYTES) for path in (root / "runs").glob("*/*")]
    problems = []
    for place, limit in limits:
        found = sum(size for path, size in sizes.items() if path.is_relative_to(place)
                    and not (place.name == "lib" and path.suffix == ".py"))
        if found > limit:
            name = place.relative_to(root).as_posix() + "/" * place.is_dir()
            problems.append(f"{name}: {found / MB:.1f} MB, at most {limit / MB:.0f} MB")
    return problems


RULES = (chapters_keep_time_and_memory, all_chapters_keep_time, files_are_small)
