"""What stops a comparison of notebooks before any of their cells runs."""

from pathlib import Path

import pytest
from nbformat import v4, write

pytest_plugins = ("pytester",)
ROOT = Path(__file__).parents[3]


def store(pytester, name, *cells):
    """Write a notebook of a text cell and code cells, each with a source and tags."""
    made = [v4.new_code_cell(source, metadata={"tags": tags}) for source, tags in cells]
    (pytester.path / "chapters").mkdir(exist_ok=True)
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("Text."), *made])
    write(notebook, pytester.path / "chapters" / f"{name}.ipynb")


def arguments(pytester):
    """Run as in the repository: its settings, its conftest, but other chapters."""
    (pytester.path / "conftest.py").write_text((ROOT / "conftest.py").read_text())
    return ["-c", ROOT / "pyproject.toml", "--rootdir", pytester.path, "-p", "no:cacheprovider"]


def test_broken_tag_rules_stop_the_run_before_any_kernel(pytester):
    store(pytester, "tags", ("1", []), ("2", ["nbval-rtol=five"]), ("3", ["nbval-ignore-output"]),
          ("# NBVAL_SKIP\n4", []))
    store(pytester, "skip", ("1", ["skip-execution"]))
    store(pytester, "text")
    done = pytester.runpytest_inprocess(*arguments(pytester), "--nbval", "chapters")
    assert done.ret == pytest.ExitCode.INTERRUPTED
    done.assert_outcomes(errors=3)
    for message in (
        "chapters/tags.ipynb, code cell 1: tag `nbval-rtol=five` must end in a number between",
        "chapters/tags.ipynb, code cell 2: tag `nbval-ignore-output` needs metadata `reason: ",
        "chapters/tags.ipynb, code cell 3: comment `# NBVAL_SKIP` is not allowed",
        "chapters/skip.ipynb, code cell 0: tag `skip-execution` is not allowed",
        "chapters/text.ipynb has no code cell",
    ):
        assert message in done.stdout.str()


def test_no_notebook_is_a_failure_although_other_tests_pass(pytester):
    pytester.mkdir("chapters")
    (pytester.path / "test_other.py").write_text("def test_other():\n    pass\n")
    done = pytester.runpytest_inprocess(*arguments(pytester), "--nbval", ".")
    done.assert_outcomes(passed=1)
    assert done.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "no notebook was compared" in done.stdout.str()


@pytest.mark.parametrize(("options", "message"), [
    (["--nbval-lax"], "--nbval-lax and --nbval-sanitize-with would hide outputs"),
    (["--nbval", "--nbval-sanitize-with", "x"], "--nbval-sanitize-with would hide outputs"),
    (["--nbval", "-n", "2"], "notebooks need --dist loadscope"),
])
def test_options_that_hide_outputs_are_refused(pytester, options, message):
    done = pytester.runpytest_inprocess(*arguments(pytester), *options, ".")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert message in done.stderr.str()


@pytest.mark.parametrize(("options", "seconds"), [([], 900), (["--nbval-cell-timeout=9"], 9)])
def test_a_cell_has_five_minutes(pytester, options, seconds):
    config = pytester.parseconfigure(*arguments(pytester), "-p", "pipeline.compare.plugin",
                                     "--nbval", *options, ".")
    assert config.option.nbval_cell_timeout == seconds
