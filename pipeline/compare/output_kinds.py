"""How many outputs of which kind a cell has, and whether a notebook ran once from top to bottom."""

from collections.abc import Iterable, Sequence

from nbformat import NotebookNode

EXCERPT = 80  # characters


def output_kind(output: NotebookNode) -> str:
    """Name the kind of an output: its stream, or its type and all forms it is stored in."""
    if output.output_type == "stream":
        return f"stream {output.name}"
    if output.output_type == "error":
        return "error"
    return " ".join([output.output_type, *sorted(output.data)])


def kinds_difference(stored: Sequence[NotebookNode], new: Sequence[NotebookNode]) -> str | None:
    """Say how the outputs of two runs differ in number, kind or order, None if they do not."""
    if [output_kind(output) for output in stored] == [output_kind(output) for output in new]:
        return None
    lines = ["the cell has other outputs than stored"]
    for title, outputs in (("stored:", stored), ("new run:", new)):
        lines.append(f"  {title}" if outputs else f"  {title} none")
        lines += [f"    {output_kind(output)}{_excerpt(output)}" for output in outputs]
    return "\n".join(lines)


def run_problems(cells: Iterable[NotebookNode]) -> list[str | None]:
    """Say of each code cell why its stored outputs cannot be from one run, None if they can.

    In one run from top to bottom the cells are numbered 1, 2, 3, …; empty cells do not run.
    """
    problems, wanted = [], 0
    for cell in cells:
        if not cell.source.strip():
            problems.append("an empty cell has outputs" if cell.outputs else None)
            continue
        wanted += 1
        count = cell.execution_count
        results = {out.execution_count for out in cell.outputs if "execution_count" in out}
        if count is None:
            problems.append("the cell was never executed")
        elif count != wanted:
            problems.append(f"the cell was executed as number {count}, in order it is {wanted}")
        elif results - {count}:
            problems.append(f"the cell is number {count}, its result is of another run: {results}")
        else:
            problems.append(None)
    return problems


def _excerpt(output: NotebookNode) -> str:
    """Show how an output's text begins."""
    if output.output_type == "error":
        text = f"{output.ename}: {output.evalue}"
    elif output.output_type == "stream":
        text = output.text
    else:
        text = output.data.get("text/plain", "")
    first = str(text).strip().split("\n")[0]
    return f": {first[:EXCERPT]}" if first else ""
