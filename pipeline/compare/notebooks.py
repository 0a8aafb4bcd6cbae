"""Compare the outputs of two runs of a notebook, by the rules that the tags of its cells ask for.

Text is compared by `pipeline.compare.text`, after what depends on the machine is taken out
(`pipeline.compare.neutral`); pictures, those inside HTML included, by `pipeline.compare.figures`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from nbformat import NotebookNode, v4

from pipeline.compare.figures import figure_difference, split_pictures
from pipeline.compare.neutral import neutral
from pipeline.compare.tags import CellRules, cell_rules
from pipeline.compare.text import text_difference

EXCERPT = 80  # characters
WIDGET = "application/vnd.jupyter.widget-view+json"  # an identifier that each run draws anew


def differences(stored: NotebookNode, new: NotebookNode) -> list[str]:
    """Say in which outputs a new run of a notebook differs from the stored one.

    The tags of the new notebook count. Where a cell asks not to compare its outputs, a change of
    its source is a difference: the stored outputs may not be what it gives now.
    """
    cells, old_cells = ([cell for cell in notebook.cells if cell.cell_type == "code"]
                        for notebook in (new, stored))
    if len(cells) != len(old_cells):
        return [f"{len(cells)} code cells, {len(old_cells)} stored"]
    found = []
    for number, (cell, old) in enumerate(zip(cells, old_cells, strict=True)):
        rules = cell_rules(cell.source, cell.metadata)
        problems = output_differences(old.outputs, cell.outputs, rules)
        if rules.ignored_because is not None and cell.source != old.source:
            problems.append("the cell has changed, and its outputs are not compared")
        found += [f"code cell {number}: {problem}" for problem in problems]
    return found


def output_differences(
    stored: Sequence[NotebookNode], new: Sequence[NotebookNode], rules: CellRules
) -> list[str]:
    """Say how the outputs of two runs of a cell differ beyond its rules."""
    stored, new = joined_streams(stored), joined_streams(new)
    if [output_kind(output) for output in stored] != [output_kind(output) for output in new]:
        return [_other_outputs(stored, new)]
    found = []
    for old, output in zip(stored, new, strict=True):
        fields = dict(_fields(output))
        for name, text in _fields(old):
            if rules.ignored_because is None or name in ("stderr", "ename", "evalue"):
                problem = _difference(name, text, fields[name], rules)
                if problem is not None:
                    found.append(f"{name}, {problem}")
    return found


def joined_streams(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """Join what a cell printed into one text, and its warnings, last, into another.

    How print and warnings take turns, and into how many parts a print falls, depends on the speed
    of the machine. Of a line that was written over, the last state stays.
    """
    parts, joined = defaultdict(list), []
    for output in outputs:
        if output.output_type != "stream":
            joined.append(output)
            continue
        if output.name not in parts and output.name != "stderr":
            joined.append(output.name)
        parts[output.name].append(output.text)
    if "stderr" in parts:
        joined.append("stderr")
    return [v4.new_output("stream", name=output, text=_last_state("".join(parts[output])))
            if isinstance(output, str) else output for output in joined]


def output_kind(output: NotebookNode) -> str:
    """Name the kind of an output: its stream, or its type and all forms it is stored in."""
    if output.output_type == "stream":
        return f"stream {output.name}"
    if output.output_type == "error":
        return "error"
    return " ".join([output.output_type, *sorted(set(output.data) - {WIDGET})])


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


def _last_state(text: str) -> str:
    """Keep of each line what was written last, after a carriage return."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


def _fields(output: NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of all that is compared of an output."""
    if output.output_type == "stream":
        yield output.name, output.text
    elif output.output_type == "error":
        yield "ename", output.ename
        yield "evalue", output.evalue
    else:
        for kind, value in output.data.items():
            if kind != WIDGET:
                yield kind, value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _difference(name: str, stored: str, new: str, rules: CellRules) -> str | None:
    """Say how one form of an output differs from the stored one."""
    if stored == new:
        return None
    if name.startswith("image/") and name != "image/svg+xml":
        return figure_difference(stored, new, rules.figure)
    (old_text, old_pictures), (text, pictures) = split_pictures(stored), split_pictures(new)
    problem = text_difference(neutral(old_text), neutral(text), rules.numbers)
    if problem is not None:
        return problem
    for number, pair in enumerate(zip(old_pictures, pictures, strict=True), start=1):
        problem = figure_difference(*pair, rules.figure)
        if problem is not None:
            return f"picture {number} of {len(pictures)}: {problem}"
    return None


def _other_outputs(stored: Sequence[NotebookNode], new: Sequence[NotebookNode]) -> str:
    """List the outputs of two runs that differ in number, kind or order."""
    lines = ["the cell has other outputs than stored"]
    for title, outputs in (("stored:", stored), ("new run:", new)):
        lines.append(f"  {title}" if outputs else f"  {title} none")
        lines += [f"    {output_kind(output)}{_excerpt(output)}" for output in outputs]
    return "\n".join(lines)


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
