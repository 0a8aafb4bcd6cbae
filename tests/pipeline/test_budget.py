"""The budget adds up what runs recorded and projects what checks took."""

import json

import pytest

from pipeline import budget
from pipeline.chapters import ROOT, chapters

REPORT = """\
<testsuites><testsuite><testcase classname="tests.pipeline.test_one" name="a" time="10"/>
<testcase classname="tests.tensors.test_sums" name="b" time="2.5"/>
<testcase classname="chapters.start" name="c" time="0.5"/></testsuite></testsuites>
"""


@pytest.fixture
def root(make_course):
    root = make_course({"start/one": "# One\n", "start/two": "# Two\n", "start/new": "# New\n"})
    for name, seconds in (("one", 3.0), ("two", 57.0)):
        run = {"seconds": seconds, "peak_memory_mb": 300}
        text = json.dumps({"metadata": {"course": run}})
        (root / f"chapters/start/{name}.ipynb").write_text(text)
    return root


def test_costs_are_those_of_the_stored_runs(root):
    assert [(cost.name, cost.seconds) for cost in budget.costs(root)] == [
        ("start/one", 3.0), ("start/two", 57.0)]


@pytest.mark.parametrize(
    ("name", "seconds", "memory", "problems"),
    [
        ("start/one", 60, 2048, []),
        ("start/one", 61, 100, ["it ran for 61 s, longer than 60 s"]),
        ("start/long", 119, 100, []),
        ("start/long", 121, 100, ["it ran for 121 s, longer than 120 s"]),
        ("start/one", 1, 2049, ["it took 2049 MB of memory, more than 2048 MB"]),
    ],
)
def test_excesses(monkeypatch, name, seconds, memory, problems):
    monkeypatch.setattr(budget, "LONG_CHAPTERS", frozenset({"start/long"}))
    assert budget.excesses(name, seconds, memory) == problems


def test_long_chapters_are_few_and_exist():
    assert len(budget.LONG_CHAPTERS) <= budget.MAX_LONG
    assert {chapter.name for chapter in chapters(ROOT)} >= budget.LONG_CHAPTERS


def test_only_what_grows_with_the_chapters_is_projected(root):
    (root / budget.TIMES).mkdir(parents=True)
    (root / budget.TIMES / "unit.xml").write_text(REPORT)
    assert list(budget.measured(root)) == [("unit", 13.0, 10 + 3.0 * 90 / 3)]


def test_report_marks_what_is_over_its_limit(root):
    text = budget.report(root)
    assert "over the limit" not in text
    assert "run `make test`" in text
    kernels = next(line for line in text.splitlines() if "all kernels" in line)
    assert kernels.split()[2:] == ["60.0", "s", "2,400.0", "s", "1,800.0", "s"]
    (root / budget.TIMES).mkdir(parents=True)
    for count in range(20):
        (root / budget.TIMES / f"unit{count}.xml").write_text(REPORT.replace('"2.5"', '"25"'))
    last = budget.report(root).splitlines()[-1]
    assert "make test on 2 cores" in last
    assert last.endswith("over the limit")
