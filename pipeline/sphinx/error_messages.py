"""The directive `error-messages`: what the chapters' stored outputs complain of, explained.

What a message means stands in `chapters/error_messages.yml`. A message without an explanation, an
explanation without a message and an example that does not do what it says are warnings.
"""

import re
import textwrap
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy
import torch
import yaml
from docutils import nodes
from nbformat import NotebookNode
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from torch import nn
from torch.nn import functional

from pipeline.chapters import chapters, lessons
from pipeline.sphinx.status import chapter_link

LOGGER = logging.getLogger(__name__)
FILE = "chapters/error_messages.yml"
KIND = re.compile(r"(?<![\w.])((?:\w+\.)*[A-Z]\w*(?:Error|Exception|Warning)): ")
CUT_OFF = re.compile(r".{0,80}? ?(?:\.\.\.|…)(?= |$)")  # a print that shows only the beginning
COLORS = re.compile(r"\x1b\[[\d;]*m")
COLUMNS = 78


class Entry(NamedTuple):
    """An explained message; `…` in it stands for what differs from case to case."""

    message: str
    means: str
    cause: str
    given: str = ""
    example: str = ""
    fix: str = ""
    needs_gpu: bool = False

    def fits(self, text: str) -> bool:
        """Tell whether a text begins with this message."""
        parts = (re.escape(part) for part in self.message.split("…"))
        return re.match(".{0,200}?".join(parts), text) is not None


class ErrorMessages(SphinxDirective):
    """Put all explained messages into the page, each with an example and links to its chapters."""

    def run(self) -> list[nodes.Node]:
        """Return a section for each group of the file, made anew whenever a chapter changes."""
        self.env.note_dependency(FILE)
        groups = read_entries(Path(self.env.srcdir) / FILE)
        entries = [entry for group in groups.values() for entry in group]
        places: dict[Entry, dict[str, None]] = defaultdict(dict)
        found = {chapter.name: chapter for chapter in chapters(self.env.srcdir)}
        for name in lessons(self.env.srcdir):
            self.env.note_dependency(str(found[name].notebook))
            for kind, text in messages_in(found[name].stored_cells):
                entry = next((entry for entry in entries if entry.fits(text)), None)
                if entry is None:
                    self.warn(f"{name} shows a message that {FILE} does not explain: "
                              f"{kind}: {text[:200]}")
                else:
                    places[entry][name] = None
        return [self.section(title, group, places) for title, group in groups.items()]

    def section(self, title: str, group: list[Entry], places: dict) -> nodes.section:
        """Return the section of one group."""
        items = nodes.definition_list(classes=["error-messages"])
        for entry in group:
            shown = self.example(entry)
            if not (entry.example or entry.needs_gpu or entry in places):
                self.warn(f"{FILE}: no chapter and no example shows {entry.message!r}")
            definition = nodes.definition("", *self.parse_text_to_nodes(
                f"{entry.means}\n\n**Usual cause:** {entry.cause}\n"))
            definition += [shown] if shown else []
            definition += [met_in(list(places[entry]))] if entry in places else []
            ident = nodes.make_id(entry.message)[:60].strip("-")
            term = nodes.term("", "", nodes.literal("", entry.message), ids=[ident])
            items += nodes.definition_list_item("", term, definition)
        section = nodes.section("", nodes.title(title, title), items, ids=[nodes.make_id(title)])
        self.state.document.note_explicit_target(section)
        return section

    def example(self, entry: Entry) -> nodes.literal_block | None:
        """Run the example of an entry; return it with what torch says about it."""
        if not entry.example:
            return None
        said, fixed = outcome(entry, entry.example), outcome(entry, entry.fix)
        if not entry.fits(said.partition(": ")[2]):
            self.warn(f"{FILE}: {entry.example} must raise {entry.message!r}, got {said!r}")
        if fixed:
            self.warn(f"{FILE}: {entry.fix} must run, got {fixed!r}")
        comment = textwrap.fill(said, COLUMNS, initial_indent="# ", subsequent_indent="# ",
                                break_long_words=False)
        lines = [entry.given.strip(), entry.example, comment, f"{entry.fix}  # runs"]
        text = "\n".join(filter(None, lines))
        return nodes.literal_block(text, text, language="python")

    def warn(self, message: str) -> None:
        """Warn, which stops the build of the site."""
        LOGGER.warning("%s", message, location=self.get_location(), type="course")


def read_entries(path: Path) -> dict[str, list[Entry]]:
    """Read the explained messages, group by group."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {title: [Entry(**{**fields, "message": " ".join(fields["message"].split())})
                    for fields in group] for title, group in content.items()}


def messages_in(cells: list[NotebookNode]) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each message in stored outputs, but not of shown source code."""
    for output in (output for cell in cells for output in cell.get("outputs", ())):
        text = " ".join(COLORS.sub("", output_text(output)).split())
        _, *parts = KIND.split(text)
        for kind, message in zip(parts[::2], parts[1::2], strict=True):
            if not CUT_OFF.match(message):
                yield kind, message


def output_text(output: NotebookNode) -> str:
    """Return what an output says, as plain text."""
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    if output.output_type == "stream":
        return output.text
    shown_source = "show-source" in output.data.get("text/html", "")
    return "" if shown_source else output.data.get("text/plain", "")


def outcome(entry: Entry, code: str) -> str:
    """Run what an entry gives and then `code`; return the message that `code` raises, or ''."""
    names = {"torch": torch, "nn": nn, "F": functional, "numpy": numpy, "a": torch.zeros(2, 3),
             "v": torch.zeros(3), "batch": torch.zeros(5, 2, 3)}
    with warnings.catch_warnings(action="ignore"):
        exec(entry.given, names)
        try:
            exec(code, names)
        except Exception as error:  # whatever the example is about
            return " ".join(f"{type(error).__name__}: {error}".split())
    return ""


def met_in(names: list[str]) -> nodes.paragraph:
    """Return a line that links the chapters in which a message is met."""
    line = nodes.paragraph("", "Met in ", classes=["error-chapters"])
    for number, name in enumerate(names):
        line += [nodes.Text(", ")] if number else []
        line += chapter_link(f"chapters/{name}")
    return line
