"""Make `.venv` and install the course into it; run by `make` with whatever Python there is.

The file keeps to syntax that an old Python can read, so that its first check can speak.
"""

import argparse
import os
import shutil
import subprocess
import sys

MINIMUM_PYTHON = (3, 11)
NEEDED_GB = 10  # the ordinary Linux wheels of torch with CUDA unpack to about 6 GB
NEEDED_GB_CPU = 3  # with torch for the CPU alone all of it unpacks to about 2 GB
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def python_problem(version, which=shutil.which):
    """Say why this Python cannot run the course, or None."""
    if tuple(version[:2]) >= MINIMUM_PYTHON:
        return None
    names = ["python3.{}".format(minor) for minor in (14, 13, 12, 11)]
    newer = [name for name in names if which(name)]
    advice = (
        "Found {0}: run the same command with PYTHON={0}.".format(newer[0])
        if newer
        else "Install Python 3.11 or newer, for example from https://www.python.org/downloads/."
    )
    return "Python {}.{} is too old: the course needs 3.11 or newer. {}".format(
        version[0], version[1], advice
    )


def disk_space(torch_index):
    """Return the GB that the installation needs, for downloads and what they unpack to."""
    return NEEDED_GB_CPU if torch_index.rstrip("/").endswith("/cpu") else NEEDED_GB


def disk_problem(free_bytes, torch_index=""):
    """Say that the disk is too full for the installation, or None."""
    free_gb, needed_gb = free_bytes / 1e9, disk_space(torch_index)
    if free_gb >= needed_gb:
        return None
    problem = "Only {:.1f} GB are free here, the installation needs about {} GB. Free some space"
    if needed_gb > NEEDED_GB_CPU:
        problem += ", or take torch for the CPU alone, for which {} GB are enough: run the same "
        problem += "command with TORCH_INDEX={}"
    return (problem + ".").format(free_gb, needed_gb, NEEDED_GB_CPU, CPU_INDEX)


def pip_problem(output, torch_index=""):
    """Turn pip's last words into one sentence that says what to do."""
    text = output.lower()
    network = ("temporary failure in name resolution", "connection refused", "max retries exceeded",
               "failed to establish a new connection", "network is unreachable", "read timed out")
    if any(sign in text for sign in network):
        return "The package index could not be reached: check the network or proxy, then run again."
    if "no space left on device" in text:
        needed_gb = disk_space(torch_index)
        return "The disk is full: free about {} GB, then run again.".format(needed_gb)
    if "no matching distribution" in text or "could not find a version" in text:
        return "A package has no release for this Python and system: see the lines above."
    return "pip failed: see the lines above."


def run_pip(arguments):
    """Run the environment's pip, showing its output, and return (exit status, output)."""
    pip = os.path.join(ROOT, ".venv", "bin", "python")
    command = [pip, "-m", "pip", "--disable-pip-version-check", "install"] + arguments
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    )
    lines = []
    for line in process.stdout:
        sys.stdout.write(line)
        lines.append(line)
    return process.wait(), "".join(lines)


def install(options):
    """Install the packages, then the course's own `lib`; return None or the problem."""
    arguments = ["-r", "requirements.txt"] + options.pip_options.split()
    if options.constraints:
        arguments += ["-c", options.constraints]
    if options.torch_index:
        arguments += ["--extra-index-url", options.torch_index]
    for step in (arguments, ["--no-deps", "-e", "."] + options.pip_options.split()):
        status, output = run_pip(step)
        if status:
            return pip_problem(output, options.torch_index)
    return None


def main():
    """Check the machine, make the environment, install, and leave the mark that make looks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--constraints", default="constraints.txt")
    parser.add_argument("--torch-index", default="")
    parser.add_argument("--pip-options", default="")
    options = parser.parse_args()
    environment = os.path.join(ROOT, ".venv")
    fresh = not os.path.isdir(environment)
    problem = python_problem(sys.version_info)
    if not problem and fresh:
        problem = disk_problem(shutil.disk_usage(ROOT).free, options.torch_index)
    if problem:
        sys.exit(problem)
    print("Installing into .venv" + (" (a few minutes, several GB) ..." if fresh else " ..."))
    if fresh and subprocess.call([sys.executable, "-m", "venv", environment]):
        shutil.rmtree(environment, ignore_errors=True)
        sys.exit("The environment could not be made: on Debian and Ubuntu, install python3-venv.")
    problem = install(options)
    if problem:
        sys.exit(problem)
    # matplotlib lists the machine's fonts once and says so; in a notebook that would be an output.
    python = os.path.join(environment, "bin", "python")
    subprocess.call([python, "-c", "import matplotlib.font_manager"], stderr=subprocess.DEVNULL)
    with open(os.path.join(environment, ".ready"), "w") as mark:
        mark.write(sys.version)


if __name__ == "__main__":
    main()
