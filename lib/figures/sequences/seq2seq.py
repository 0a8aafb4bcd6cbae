"""An encoder–decoder at work on a sentence, and the tree of a beam search."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.book.style import COLOURS, INK
from lib.sequences.beam_search import State, Step, beam_search
from lib.sequences.vocab import BOS, EOS, PAD, Vocab

COLUMN, ROW, BOX_WIDTH, BOX_HEIGHT, MARGIN = 84, 50, 74, 38, 10  # pixels
LINE, BEST, PALE = "#6b6b68", "#0072B2", "#a8a8a4"


class BeamNode(NamedTuple):
    """A token in a beam: its rank there, its parent's, its sentence's log-probability.

    `alive` says whether a sentence of the last beam goes through it.
    """

    step: int
    rank: int
    parent: int
    token: str
    log_prob: float
    alive: bool


def beam_tree(
    step: Step, state: State, vocab: Vocab, *, beam_width: int, num_steps: int
) -> list[BeamNode]:
    """Return the tokens that a beam search has kept after each of `num_steps` steps.

    A finished sentence is repeated in later beams with the token "". The state is that
    of one sentence.

    Shapes: state of (1, …)
    """
    limits = {"bos": vocab.id(BOS), "eos": vocab.id(EOS), "beam_width": beam_width}
    nodes: list[BeamNode] = []
    earlier: list[tuple[int, ...]] = [()]
    for number in range(1, num_steps + 1):
        found = beam_search(step, state, **limits, max_len=number)
        rows = [tuple(row) for row in found.tokens[0].tolist()]
        if len(rows[0]) < number:
            break  # all had ended before
        for rank, row in enumerate(rows):
            token = vocab.decode(row[-1:])[0]
            nodes.append(
                BeamNode(
                    step=number,
                    rank=rank,
                    parent=earlier.index(row[:-1]),
                    token="" if token == PAD else token,
                    log_prob=found.log_probs[0, rank].item(),
                    alive=True,
                )
            )
        earlier = rows
    return _mark_alive(nodes)


def draw_beam_tree(nodes: Sequence[BeamNode], beam_width: int, num_steps: int) -> str:
    """Draw a beam tree as SVG: a column for each step, the best sentence on top.

    Blue leads to the best sentence, grey to the others kept, dashed to dropped ones.
    """
    best = {(node.step, node.rank) for node in _ancestors(nodes, 0)}
    width, height = (num_steps + 1) * COLUMN, beam_width * ROW + 2 * MARGIN
    lines = [_box(0, 0, BOS, "", BEST, dashed=False)]
    for node in nodes:
        on_path = (node.step, node.rank) in best
        colour = BEST if on_path else LINE if node.alive else PALE
        dashed = not node.alive
        lines.append(_edge(node, colour, dashed=dashed, bold=on_path))
        number = f"{node.log_prob:.2f}".replace("-", "−")
        label = node.token or "(ended)"
        lines.append(_box(node.step, node.rank, label, number, colour, dashed=dashed))
    return (
        "<div style='overflow-x:auto'><svg xmlns='http://www.w3.org/2000/svg' "
        f"viewBox='0 0 {width} {height}' width='{width}' height='{height}' "
        "aria-hidden='true' style='min-width:560px;max-width:100%;height:auto' "
        "font-family='sans-serif' font-size='14' text-anchor='middle'>"
        f"<rect width='{width}' height='{height}' fill='#fcfcfa'/>"
        f"{''.join(lines)}</svg></div>"
    )


def describe_beam_tree(nodes: Sequence[BeamNode]) -> str:
    """Say which sentences the last beam holds, with their log-probabilities."""
    last = max(node.step for node in nodes)
    sentences = []
    for rank in range(sum(node.step == last for node in nodes)):
        path = _ancestors(nodes, rank)
        text = " ".join(node.token for node in path if node.token)
        sentences.append(f"{text!r} {path[-1].log_prob:.2f}")
    return f"After step {last}, best first: {'; '.join(sentences)}."


def draw_encoder_decoder(source: Sequence[str], target: Sequence[str]) -> Figure:
    """Draw the unrolled network: it reads `source`, then writes `target` word by word.

    Units: 0.8 inches for each step.
    """
    reads, inputs, outputs = [*source, EOS], [BOS, *target], [*target, EOS]
    number = len(reads) + len(inputs)
    figure = Figure(figsize=(0.8 * number, 2.5), layout="none")
    axes = figure.add_axes((0, 0, 1, 1))
    for i, word in enumerate([*reads, *inputs]):
        encodes = i < len(reads)
        x, colour = i + (0 if encodes else 0.4), COLOURS[0 if encodes else 1]
        style = {"boxstyle": "round,pad=0.5", "fc": "white", "ec": colour, "lw": 1.8}
        axes.text(x, 1, "GRU", ha="center", va="center", bbox=style)
        axes.text(x, 0, word, ha="center", va="center", fontsize=8.5)
        _arrow(axes, (x, 0.18), (x, 0.68))
        if not encodes:
            axes.text(x, 2, outputs[i - len(reads)], ha="center", va="center")
            _arrow(axes, (x, 1.32), (x, 1.82))
        if i + 1 < number:
            gap = 0.4 if i + 1 == len(reads) else 0
            _arrow(axes, (x + 0.33, 1), (x + 0.67 + gap, 1))
    middle = (len(reads) - 1) / 2
    axes.text(middle, 1.55, "encoder reads", ha="center", color=COLOURS[0])
    axes.text(len(reads) - 0.3, 1.2, "state", ha="center")
    right = len(reads) + 0.4 + (len(inputs) - 1) / 2
    axes.text(right, 2.4, "decoder writes", ha="center", color=COLOURS[1])
    axes.set(xlim=(-0.6, number), ylim=(-0.3, 2.7))
    axes.set_axis_off()
    return figure


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "->", "color": INK, "lw": 1.2}
    axes.annotate("", end, start, arrowprops=style)


def _ancestors(nodes: Sequence[BeamNode], rank: int) -> list[BeamNode]:
    """Return the path from the first step to this rank in the last beam."""
    by_place = {(node.step, node.rank): node for node in nodes}
    path = []
    for step in range(max(node.step for node in nodes), 0, -1):
        path.insert(0, by_place[step, rank])
        rank = path[0].parent
    return path


def _mark_alive(nodes: list[BeamNode]) -> list[BeamNode]:
    """Say of each node whether a path from the last beam goes through it."""
    last = max(node.step for node in nodes)
    alive = {(node.step, node.rank) for node in nodes if node.step == last}
    marked = []
    for node in reversed(nodes):
        lives = (node.step, node.rank) in alive
        if lives:
            alive.add((node.step - 1, node.parent))
        marked.append(node._replace(alive=lives))
    return marked[::-1]


def _place(step: int, rank: int) -> tuple[float, float]:
    """Return the middle of a node's box."""
    return (step + 0.5) * COLUMN, MARGIN + (rank + 0.5) * ROW


def _edge(node: BeamNode, colour: str, *, dashed: bool, bold: bool) -> str:
    (x, y), (to_x, to_y) = (
        _place(node.step - 1, node.parent),
        _place(node.step, node.rank),
    )
    dash = " stroke-dasharray='4 3'" if dashed else ""
    return (
        f"<path d='M{x + BOX_WIDTH / 2:.0f} {y:.0f}L{to_x - BOX_WIDTH / 2:.0f} "
        f"{to_y:.0f}' stroke='{colour}' stroke-width='{3 if bold else 1.5}'{dash}/>"
    )


def _box(
    step: int, rank: int, word: str, number: str, colour: str, *, dashed: bool
) -> str:
    x, y = _place(step, rank)
    dash = " stroke-dasharray='4 3'" if dashed else ""
    text = f"<text x='{x:.0f}' y='{y - 2:.0f}' fill='#222'>{escape(word)}</text>"
    if number:
        style = f"x='{x:.0f}' y='{y + 13:.0f}' fill='#555' font-size='12'"
        text += f"<text {style}>{number}</text>"
    return (
        f"<rect x='{x - BOX_WIDTH / 2:.0f}' y='{y - BOX_HEIGHT / 2:.0f}' rx='6' "
        f"width='{BOX_WIDTH}' height='{BOX_HEIGHT}' fill='#fff' stroke='{colour}' "
        f"stroke-width='2'{dash}/>{text}"
    )
