"""What a notebook says to Colab and JupyterLab and its source does not: a set-up cell, folds."""

import nbformat.v4
from nbformat import NotebookNode

SET_UP_ID = "colab-setup"
# Nothing that Colab brings is upgraded: a kernel whose own packages change under it must restart.
# Any folder named `lib` can be imported; therefore the cell looks for what is in the course's.
SET_UP = """\
# @title Set up: installs the course in Colab, does nothing where it is installed
def set_up():
    import sys
    from importlib import invalidate_caches, metadata, util

    try:
        if util.find_spec("lib.book.exercise"):
            return
    except ModuleNotFoundError:
        pass  # no `lib`, or another one
    shell = get_ipython()
    if "google.colab" not in str(shell):
        raise ModuleNotFoundError(
            "the course is not installed in this kernel. Either clone\\n{url}\\n"
            "and run `make lab` there, or run this here and restart the kernel:\\n"
            "%pip install git+{url}"
        )
    shell.run_line_magic("pip", "install -q --no-deps git+{url}")
    invalidate_caches()
    missing = []
    for need in metadata.requires("learn-pytorch"):
        try:
            metadata.version(need.split(">")[0])
        except metadata.PackageNotFoundError:
            missing.append(need.split(">")[0])
    if missing:
        shell.run_line_magic("pip", "install -q " + " ".join(missing))
    for name in [name for name in sys.modules if name.split(".")[0] == "lib"]:
        del sys.modules[name]  # the other one
    invalidate_caches()


set_up()
del set_up"""
SOLUTION_TITLE = "# @title Solution\n"


def set_up_cell(url: str) -> NotebookNode:
    """Make the cell that comes first: it installs the course from this address in Colab."""
    cell = nbformat.v4.new_code_cell(SET_UP.format(url=url))
    cell.id = SET_UP_ID
    cell.metadata.update(
        tags=["colab-setup", "remove-cell"], cellView="form", jupyter={"source_hidden": True}
    )
    return cell


def fold(cell: NotebookNode) -> None:
    """Fold in JupyterLab and Colab what the site folds, by the cell's tags.

    Colab folds the code of a cell that has a title. A folded solution still runs under Run All,
    after the reader's own attempt has been checked.
    """
    tags = cell.metadata.get("tags", ())
    hidden = {"source_hidden": bool({"hide-cell", "hide-input", "solution"} & set(tags)),
              "outputs_hidden": bool({"hide-cell", "hide-output", "solution"} & set(tags))}
    if any(hidden.values()):
        cell.metadata["jupyter"] = {key: True for key, value in hidden.items() if value}
    if "solution" in tags:
        cell.metadata["cellView"] = "form"
        cell.source = SOLUTION_TITLE + cell.source
