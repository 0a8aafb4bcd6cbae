"""Rules about the automatic runs in .github/workflows."""

import re
import tomllib
from pathlib import Path

import yaml

FOLDER = ".github/workflows"
WANTED = ("test", "weekly", "publish", "links")
ACTION = re.compile(r"[\w\-]+/[\w\-/]+@v\d+")


def _workflows(root: Path) -> dict[str, dict]:
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
            for path in sorted((root / FOLDER).glob("*.yml"))}


def workflows_are_there(root: Path) -> list[str]:
    """Tests, the weekly run, publishing and the link check each have their file."""
    found = _workflows(root)
    return [f"{FOLDER}/{name}.yml: missing" for name in WANTED if name not in found]


def workflows_ask_for_little(root: Path) -> list[str]:
    """Each names its permissions (nothing written by default) and its concurrency."""
    problems = []
    for name, flow in _workflows(root).items():
        granted = flow.get("permissions")
        if not isinstance(granted, dict) or "write" in granted.values():
            problems.append(f"{name}: permissions {granted}, wanted a map of read rights; "
                            "a job that writes asks for it itself")
        if not isinstance(flow.get("concurrency"), dict):
            problems.append(f"{name}: no concurrency group")
        if "pull_request_target" in flow.get(True, flow.get("on", {})):
            problems.append(f"{name}: pull_request_target runs strangers' code with our rights")
    return problems


def jobs_end_and_actions_are_pinned(root: Path) -> list[str]:
    """Each job has a time limit; each action is pinned to a major version."""
    problems = []
    for name, flow in _workflows(root).items():
        for job, body in flow.get("jobs", {}).items():
            if "timeout-minutes" not in body:
                problems.append(f"{name}/{job}: no timeout-minutes")
            used = [step["uses"] for step in body.get("steps", ()) if "uses" in step]
            problems += [f"{name}/{job}: {action}, wanted owner/action@v<major>"
                         for action in used if not ACTION.fullmatch(action)]
    return problems


def the_matrix_starts_at_the_oldest_python(root: Path) -> list[str]:
    """The oldest Python that pyproject.toml allows is one of those tested."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    jobs = _workflows(root).get("test", {}).get("jobs", {}).values()
    tested = [str(version) for job in jobs
              for version in job.get("strategy", {}).get("matrix", {}).get("python", ())]
    return [] if oldest in tested else [f"test: Python {tested}, but {oldest} is allowed"]


def tests_go_through_one_door(root: Path) -> list[str]:
    """What the automatic test runs is the file that a person can run: .ci/run."""
    jobs = _workflows(root).get("test", {}).get("jobs", {})
    return [f"test/{name}: does not call .ci/run" for name, job in jobs.items()
            if not any(".ci/run" in step.get("run", "") for step in job.get("steps", ()))]


RULES = (workflows_are_there, workflows_ask_for_little, jobs_end_and_actions_are_pinned,
         the_matrix_starts_at_the_oldest_python, tests_go_through_one_door)
