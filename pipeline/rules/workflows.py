"""Rules about the automatic runs in .github/workflows, beside those of zizmor and actionlint."""

import tomllib
from pathlib import Path

import yaml

FOLDER = ".github/workflows"
WANTED = ("test", "weekly", "publish", "links")


def _workflows(root: Path) -> dict[str, dict]:
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
            for path in sorted((root / FOLDER).glob("*.yml"))}


def workflows_are_there(root: Path) -> list[str]:
    """Tests, the weekly run, publishing and the link check each have their file."""
    found = _workflows(root)
    return [f"{FOLDER}/{name}.yml: missing" for name in WANTED if name not in found]


def jobs_end(root: Path) -> list[str]:
    """Each job that runs steps has a time limit."""
    return [f"{name}/{job}: no timeout-minutes" for name, flow in _workflows(root).items()
            for job, body in flow.get("jobs", {}).items()
            if "steps" in body and "timeout-minutes" not in body]


def publishing_follows_the_tests(root: Path) -> list[str]:
    """Only a job of the tests that waits for them, on a push to main, publishes by itself."""
    flows = _workflows(root)
    problems = []
    starts = set(flows.get("publish", {}).get(True, {})) - {"workflow_call", "workflow_dispatch"}
    problems += [f"publish: starts by {start}" for start in sorted(starts)]
    for name, flow in flows.items():
        for job, body in flow.get("jobs", {}).items():
            if not str(body.get("uses", "")).endswith("/publish.yml"):
                continue
            condition = str(body.get("if", ""))
            wanted = ("github.event_name == 'push'", "github.ref == 'refs/heads/main'",
                      "!github.event.repository.fork")
            problems += [f"{name}/{job}: publishes without {part}" for part in wanted
                         if part not in condition]
            if name != "test" or "needs" not in body:
                problems.append(f"{name}/{job}: publishes without waiting for the tests")
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
    return [f"test/{name}: does not call .ci/run" for name, job in jobs.items() if "steps" in job
            and not any(".ci/run" in step.get("run", "") for step in job["steps"])]


RULES = (workflows_are_there, jobs_end, publishing_follows_the_tests,
         the_matrix_starts_at_the_oldest_python, tests_go_through_one_door)
