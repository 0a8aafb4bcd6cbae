"""Importing all of `lib` prints, seeds, writes and downloads nothing, and changes no setting."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.rules.tree import modules

ROOT = Path(__file__).resolve().parents[2]
PLANTED = {
    "print('hello')": "prints 'hello",
    "import torch; torch.manual_seed(0)": "changes a random state",
    "import random; random.seed(0)": "changes a random state",
    "import torch; torch.set_default_dtype(torch.float64)": "changes a random state or a setting",
    "import socket; socket.socket().connect(('127.0.0.1', 9))": "opens a connection",
    "import pathlib; pathlib.Path('written').touch()": "writes 'written'",
    "import matplotlib": "loads matplotlib",
}
EDGE = ("lib.book", "lib.figures", "lib.exercises")
# One interpreter loads the large packages, whose own doings do not count; each group of modules is
# then imported in a fork of its own.
WATCH = """
import contextlib, importlib, io, json, os, random, socket, sys
import gensim.corpora.wikicorpus, numpy, sklearn.datasets, torch, torchvision.models

def refuse(*args, **kwargs):
    raise AssertionError("opens a connection")

def settings():
    return (random.getstate(), numpy.random.get_state()[1].tolist(), torch.get_rng_state().tolist(),
            torch.get_num_threads(), torch.get_default_dtype(), torch.is_grad_enabled(),
            torch.are_deterministic_algorithms_enabled())

def refuse_writing(event, args):
    if event == "open" and isinstance(args[1], str) and set("wax+") & set(args[1]):
        raise AssertionError(f"writes {args[0]!r}")
    if event == "open" and args[1] is None and args[2] & (os.O_WRONLY | os.O_RDWR):
        raise AssertionError(f"writes {args[0]!r}")

def watch(names):
    sys.addaudithook(refuse_writing)
    before, text = settings(), io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        for name in names:
            importlib.import_module(name)
    if text.getvalue():
        return f"prints {text.getvalue()!r}"
    if settings() != before:
        return "changes a random state or a setting"
    edge = any(name.startswith(EDGE) for name in names)
    return "loads matplotlib" if "matplotlib" in sys.modules and not edge else "fine"

socket.socket.connect = refuse
random.random()
sys.dont_write_bytecode = True
groups, EDGE = json.loads(sys.argv[1])
EDGE = tuple(EDGE)
for group in groups:
    if os.fork() == 0:
        try:
            verdict = watch(group)
        except Exception as error:
            verdict = repr(error)
        sys.__stdout__.write(json.dumps(verdict) + "\\n")
        sys.__stdout__.flush()
        os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory) -> list[str]:
    """What importing does: lib without its edge, the edge, then each planted module."""
    folder = tmp_path_factory.mktemp("planted")
    names = [".".join(path.with_suffix("").parts) for path in modules(ROOT)]
    edge = [name for name in names if name.startswith(EDGE)]
    groups = [[name for name in names if name not in edge], edge]
    assert all(len(group) >= 5 for group in groups)
    for number, text in enumerate(PLANTED):
        (folder / f"planted_{number}.py").write_text(text)
        groups.append([f"planted_{number}"])
    code = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(folder)!r}]\n" + WATCH
    result = subprocess.run([sys.executable, "-c", code, json.dumps([groups, EDGE])], text=True,
                            capture_output=True, check=True, cwd=folder)
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_import_is_silent_and_changes_nothing(verdicts):
    assert verdicts[:2] == ["fine", "fine"]


@pytest.mark.parametrize("number", range(len(PLANTED)), ids=PLANTED.values())
def test_a_module_that_does_something_is_noticed(verdicts, number):
    assert list(PLANTED.values())[number] in verdicts[2 + number]
