"""The command that builds the site, with the slow builder replaced by a quick one."""

import json
from pathlib import Path

import pytest

import pipeline.site as site
from pipeline.sphinx.web_assets import MARKER, install_web_assets


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """Give a small tree whose builder writes one page and follows `root/behaviour`."""
    (tmp_path / "chapters" / "part").mkdir(parents=True)
    (tmp_path / "chapters" / "intro.md").write_text("# Start")
    (tmp_path / "_config.yml").write_text("title: x")
    (tmp_path / "site" / "node_modules" / "mathjax" / "es5").mkdir(parents=True)
    (tmp_path / site.LOCAL_MATHJAX).write_text("")

    def build(root: Path, parent: Path) -> tuple[int, str]:
        html = parent / "_build" / "html"
        html.mkdir(parents=True)  # fails over an old build
        if (root / "crash").exists():
            raise KeyboardInterrupt
        (html / "index.html").write_text("built")
        log = (root / "log").read_text() if (root / "log").exists() else ""
        return int(bool(log)), log

    monkeypatch.setattr(site, "run_jupyter_book", build)
    monkeypatch.setattr(site, "install_web_assets", lambda folder: "MathJax is installed.")
    return tmp_path


def test_the_site_is_built_and_named(root, capsys):
    assert site.main([], root) == 0
    assert str(root / "_build" / "html" / "index.html") in capsys.readouterr().out


def test_an_old_build_is_removed_first(root):
    site.main([], root)
    (root / "_build" / "html" / "stale.html").write_text("old")
    assert site.main([], root) == 0
    assert not (root / "_build" / "html" / "stale.html").exists()


def test_nothing_is_built_when_nothing_changed(root, capsys):
    site.main([], root)
    mark = root / "_build" / "html" / "mark"
    mark.write_text("")
    assert site.main(["--quick"], root) == 0
    assert mark.exists()
    assert "Nothing has changed" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["chapters/intro.md", "chapters/part/new.ipynb", "_config.yml"])
def test_any_change_of_a_source_builds_again(root, name):
    site.main([], root)
    (root / "_build" / "html" / "mark").write_text("")
    (root / name).write_text("changed")
    assert site.main(["--quick"], root) == 0
    assert not (root / "_build" / "html" / "mark").exists()


def test_a_renamed_source_builds_again(root):
    before = site.source_digest(root)
    (root / "chapters" / "intro.md").rename(root / "chapters" / "start.md")
    assert site.source_digest(root) != before


def test_each_warning_is_named_once_and_the_site_counts_as_not_built(root, capsys):
    (root / "log").write_text("a.md:3: WARNING: no text\na.md:3: WARNING: no text\nnoise\n")
    assert site.main([], root) == 1
    said = capsys.readouterr().out
    assert said.count("a.md:3: WARNING: no text") == 1
    assert "1 problem(s)" in said
    (root / "log").unlink()
    assert not site.is_current(root / "_build" / "html", site.source_digest(root))


def test_a_crash_shows_the_end_of_the_log(root, capsys):
    (root / "log").write_text("Traceback\nKeyError: 'x'\n")
    assert site.main([], root) == 1
    assert "KeyError: 'x'" in capsys.readouterr().out


def test_another_folder_can_be_filled(root):
    out = root / "elsewhere" / "site"
    assert site.main(["--out", str(out)], root) == 0
    assert (out / "index.html").read_text() == "built"
    assert [path.name for path in out.parent.iterdir()] == ["site"]


def test_a_failing_build_leaves_the_last_site_alone(root):
    out = root / "elsewhere"
    assert site.main(["--out", str(out)], root) == 0
    (root / "log").write_text("a.md:3: WARNING: no text\n")
    assert site.main(["--out", str(out)], root) == 1
    assert (out / "index.html").read_text() == "built"
    (root / "crash").write_text("")
    with pytest.raises(KeyboardInterrupt):
        site.main(["--out", str(out)], root)
    assert (out / "index.html").read_text() == "built"
    assert not list(root.glob(".site-*"))


def test_a_folder_with_other_files_is_never_emptied(root, capsys):
    out = root / "home"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(SystemExit):
        site.main(["--out", str(out)], root)
    assert "holds other files" in capsys.readouterr().err
    assert (out / "thesis.txt").read_text() == "years of work"
    (out / "thesis.txt").rename(root / "file")
    with pytest.raises(SystemExit):
        site.main(["--out", str(root / "file")], root)
    assert site.main(["--out", str(out)], root) == 0  # an empty folder is fine


def test_a_ci_machine_without_local_mathjax_is_red(root, capsys, monkeypatch):
    (root / site.LOCAL_MATHJAX).unlink()
    monkeypatch.setenv("CI", "true")
    assert site.main([], root) == 1
    assert "error" in capsys.readouterr().out
    monkeypatch.delenv("CI")
    assert site.main([], root) == 0


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


def fake_npm(folder: Path, script: str) -> str:
    """Write a program that stands for npm; return its path."""
    program = folder / "npm"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_without_npm_the_report_says_where_mathjax_comes_from(folder):
    report = install_web_assets(folder, npm="no-such-program")
    assert report == (
        "MathJax will come from its CDN when pages are read, because npm is not installed."
    )


def test_a_failing_npm_is_reported_in_one_line(folder):
    report = install_web_assets(folder, fake_npm(folder, "echo 'npm error no network' >&2; exit 1"))
    assert report.endswith("because npm failed (npm error no network).")
    assert not (folder / "node_modules" / MARKER).exists()


def test_npm_runs_only_when_the_lock_file_changed(folder):
    npm = fake_npm(folder, "mkdir -p node_modules; echo ran >> runs")
    assert "has been installed" in install_web_assets(folder, npm)
    assert install_web_assets(folder, npm) == "MathJax is installed."
    (folder / "package-lock.json").write_text("{ }")
    install_web_assets(folder, npm)
    assert (folder / "runs").read_text() == "ran\nran\n"


def test_the_lock_file_names_exact_versions_with_checksums():
    lock = (site.ROOT / "site" / "package-lock.json").read_text()
    packages = json.loads(lock)["packages"]
    assert packages["node_modules/mathjax"]["version"] == "3.2.2"
    named = [name for name in packages if name]
    assert [name for name in named if not packages[name]["integrity"].startswith("sha512-")] == []
