"""The contract that import-linter checks: which part of lib may use which."""

from pathlib import Path

from importlinter.contracts.layers import LayersContract

from pipeline.chapters import library_first, parts

BELOW = ("training", "data", "core")  # every part may use these, whatever their own place


class ContentsContract(LayersContract):
    """The layers of lib, with its parts in the order of the contents.

    core <- data <- training <- the other parts in their order <- book <- figures and exercises.
    """

    type_name = "contents"

    def __init__(self, name: str, session_options: dict, contract_options: dict) -> None:
        """Take the order of the parts from `_toc.yml`, the only place where it stands."""
        known = parts(Path.cwd())
        order = [*known, *(part for part in library_first(Path.cwd()) if part not in known)]
        above = [f"({part})" for part in reversed(order) if part not in BELOW]
        layers = ["figures | exercises", "book", *above, *BELOW]
        super().__init__(name, session_options, {**contract_options, "layers": layers})
