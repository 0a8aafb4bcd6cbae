"""However the command is ended, the stored notebook stays whole and no kernel is left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from pipeline.chapters import ROOT

SLEEPER = """\
# Sleeper

```{code-cell} ipython3
import os, time, lib, pathlib
root = pathlib.Path(lib.__file__).parents[1]
(root / "number").write_text(str(os.getpid()))
(root / "number").rename(root / "kernel")
```

```{code-cell} ipython3
time.sleep(300)
(root / "woke").touch()
```
"""
OLD = b"the notebook as it was\n"


def test_killed_in_the_middle(make_course):
    exits = {signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: 130}
    running = {number: start_sleeper(make_course({"start/one": SLEEPER})) for number in exits}
    try:
        for number, (process, root) in running.items():
            while not (root / "kernel").exists():
                assert process.poll() is None, "the command ended before the chapter slept"
                time.sleep(0.1)
            process.send_signal(number)
        for number, (process, root) in running.items():
            assert process.wait() == exits[number]
            folder = root / "chapters/start"
            assert (folder / "one.ipynb").read_bytes() == OLD
            assert sorted(path.name for path in folder.iterdir()) == ["one.ipynb", "one.md"]
            kernel = int((root / "kernel").read_text())
            while is_running(kernel):
                assert not (root / "woke").exists(), "the kernel went on without its command"
                time.sleep(0.1)
    finally:
        for process, _ in running.values():
            process.kill()


def start_sleeper(root):
    """Start the command on a chapter that sleeps, in a process of its own."""
    (root / "chapters/start/one.ipynb").write_bytes(OLD)
    temporary = root / "t"  # what a killed process leaves behind goes with the test's folder
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.execute", "--root", str(root)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    return process, root


def is_running(pid):
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
