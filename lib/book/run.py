"""One call of an answer, recorded: what it returned, raised, printed, used and left."""

import ast
import io
import linecache
import os
import sys
import textwrap
import traceback
from collections.abc import Callable
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from inspect import getsource
from types import FrameType, FunctionType

from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from lib.book.contract import Contract, preserved

HERE = os.path.dirname(__file__)
INSTALLED = (sys.prefix, sys.base_prefix, HERE)
AUTOGRAD = {"grad", "backward", "_make_dual"}
LEAVES_TORCH = {"numpy", "__array__", "tolist"}


@dataclass
class Run:
    """What one call did."""

    result: object = None
    error: BaseException | None = None
    printed: str = ""
    touched: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    steps: int = 0
    largest: int = 0

    def says(self) -> str:
        """Return the kind of the error and the first line of its message."""
        text = str(self.error).strip().splitlines()
        return f"{type(self.error).__name__}{': ' + text[0][:200] if text else ''}"

    def where(self) -> dict[str, str]:
        """Return the last line of the reader's own code that led to the error."""
        lib = os.path.dirname(HERE)
        own = [
            frame
            for frame in traceback.extract_tb(self.error.__traceback__)
            if not frame.filename.startswith((*INSTALLED, lib))
        ]
        if not own:
            return {}
        text = linecache.getline(own[-1].filename, own[-1].lineno).strip()
        return {"line": f"{own[-1].lineno}: {text}" if text else str(own[-1].lineno)}


def run(call: Callable, calm: dict, *, names: bool = False, costs: bool = False) -> Run:
    """Carry out a call; record names of functions, or costs; put `calm` state back."""
    did, prints = Run(), Prints()
    with preserved(calm, did.touched), redirect_stdout(prints), redirect_stderr(prints):
        try:
            with ExitStack() as recorders:
                if names or costs:
                    recorders.enter_context(Functions(did))
                if costs:
                    recorders.enter_context(Operations(did))
                    recorders.enter_context(Steps(did))
                did.result = call()
        except (Exception, SystemExit) as error:
            did.error = error
    did.printed = prints.shortened()
    return did


class Prints(io.StringIO):
    """Keeps the beginning of what an answer prints."""

    def write(self, text: str) -> int:
        """Keep the text while there is room."""
        if self.tell() < 1000:
            super().write(text[:1000])
        return len(text)

    def shortened(self) -> str:
        """Return up to three lines of it, on one."""
        lines = self.getvalue().strip().splitlines()
        return " | ".join(line[:60] for line in lines[:3]) + " | …" * (len(lines) > 3)


class Functions(TorchFunctionMode):
    """Notes the names of the functions of torch that are called."""

    def __init__(self, did: Run) -> None:
        super().__init__()
        self.did = did

    def __torch_function__(self, func, types, args=(), kwargs=None):  # noqa: ANN001, ANN204
        """Note the name, then call."""
        self.did.names.add(func.__name__)
        return func(*args, **(kwargs or {}))


class Operations(TorchDispatchMode):
    """Counts operations of torch, and the elements that their largest result stores."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Save the seconds that the import of torch's compiler takes."""
        return False

    def __init__(self, did: Run) -> None:
        super().__init__()
        self.did = did

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # noqa: ANN001, ANN204
        """Count, and carry out."""
        result = func(*args, **(kwargs or {}))
        self.did.steps += 1
        self.did.largest = max(self.did.largest, elements(result))
        return result


class Steps:
    """Counts lines and calls of Python, those of installed packages apart.

    Each turn of a loop is a line, of a comprehension too. (Instructions would be finer,
    but Python 3.13 does not tell those of a function's first call.)
    """

    def __init__(self, did: Run) -> None:
        self.did, self.old = did, None

    def __enter__(self) -> None:
        self.old = sys.gettrace()
        sys.settrace(self.trace)

    def __exit__(self, *error: object) -> None:
        sys.settrace(self.old)

    def trace(self, frame: FrameType, event: str, value: object) -> Callable | None:
        """Count a line or a call; leave a frame alone that belongs to a package."""
        if frame.f_code.co_filename.startswith(INSTALLED):
            return None
        self.did.steps += event in ("call", "line")
        return self.trace


def elements(value: object) -> int:
    """Return how many elements the largest tensor in a value stores."""
    if isinstance(value, Tensor):
        if value.is_meta:
            return 0
        stored = value.untyped_storage().nbytes() // value.element_size()
        return min(value.numel(), stored)
    if isinstance(value, list | tuple):
        return max(map(elements, value), default=0)
    return 0


def banned(contract: Contract, names: set[str]) -> str | None:
    """Say which function was called although the contract forbids it, or None."""
    if "autograd" in contract.without and names & AUTOGRAD:
        return "your code uses autograd, which the task rules out"
    found = names & set(contract.without)
    if contract.only:
        found = names - set(contract.only) - {"__get__"}
    return f"your code uses {min(found)}, which the task rules out" if found else None


def too_costly(
    contract: Contract, small: Run, large: Run, *, room: int, growth: int
) -> str | None:
    """Say which limit is passed when a size grows by `growth`, or None."""
    if contract.no_table and large.largest > room:
        return "an intermediate tensor is larger than the task allows"
    if contract.no_table and large.names & LEAVES_TORCH:
        return f"your code uses {min(large.names & LEAVES_TORCH)}; stay with torch"
    if contract.no_loop and large.steps - small.steps >= growth:
        return "your code loops: the more elements, the more steps it takes"
    return None


def unfinished(candidate: object) -> bool:
    """Return whether a `...` of the starter still stands in an answer's code."""
    parts = vars(candidate).values() if isinstance(candidate, type) else [candidate]
    parts = [getattr(part, "__func__", getattr(part, "fget", part)) for part in parts]
    return any(_has_dots(part) for part in parts if isinstance(part, FunctionType))


def _has_dots(function: FunctionType) -> bool:
    try:
        tree = ast.parse(textwrap.dedent(getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return False
    values = [
        getattr(node, "value", None)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr | ast.Assign | ast.Return)
    ]
    return any(isinstance(v, ast.Constant) and v.value is ... for v in values)
