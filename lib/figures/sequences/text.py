"""Texts cut into tokens: the cuts above each other, and merges one after the other."""

from collections.abc import Container, Mapping, Sequence
from html import escape

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.sequences.bpe import BytePairTokenizer, Pair

COLOURS = ("#dceefb", "#fdf0d5")
UNKNOWN = "#f9d6d5"
LABEL = {"facecolor": UNKNOWN, "edgecolor": "none", "pad": 1.5}


def draw_tokens(
    text: str, cuts: Mapping[str, Sequence[str]], unknown: Container[str] = ()
) -> Figure:
    """Draw a text once for each way to cut it, with a box around each token.

    Tokens in `unknown` are hatched, and "<unk>" stands in their box. Blanks belong to
    no box if no token has them.

    Raises: ValueError if a token does not follow in the text, or something other than
        white space is in no token.
    """
    figure = Figure(figsize=(7.2, 0.35 + 0.5 * len(cuts)), layout="constrained")
    axes = figure.subplots()
    for row, tokens in enumerate(cuts.values()):
        starts = _starts(text, tokens)
        for i, (token, start) in enumerate(zip(tokens, starts, strict=True)):
            _draw_box(axes, (start, row), token, COLOURS[i % 2], token in unknown)
        axes.text(len(text) + 0.7, row + 0.5, f"{len(tokens)}", va="center")
    axes.text(len(text) + 0.7, -0.1, "tokens", ha="center", va="bottom", fontsize=8)
    axes.set_yticks([row + 0.5 for row in range(len(cuts))], list(cuts))
    axes.set(xlim=(-0.2, len(text) + 3), ylim=(len(cuts), 0), xticks=[])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure


def _draw_box(
    axes: Axes, place: tuple[int, int], token: str, colour: str, unknown: bool
) -> None:
    """Draw the box of one token, which begins at a column of a row."""
    column, row = place
    box = Rectangle(
        (column + 0.06, row + 0.14),
        len(token) - 0.12,
        0.72,
        facecolor=UNKNOWN if unknown else colour,
        edgecolor="#444444",
        hatch="////" if unknown else "",
        linewidth=0.8,
    )
    axes.add_patch(box)
    label = "<unk>" if unknown else token
    centre = (column + len(token) / 2, row + 0.52)
    axes.text(
        *centre, label, ha="center", va="center", color="#111111",
        family="monospace", fontsize=9, bbox=LABEL if unknown else None,
    )  # fmt: skip


def _starts(text: str, tokens: Sequence[str]) -> list[int]:
    """Return where each token begins; raise if they are not the text's tokens."""
    starts, place = [], 0
    for token in tokens:
        while text[place : place + 1].isspace() and not text.startswith(token, place):
            place += 1
        if not token or not text.startswith(token, place):
            raise ValueError(f"{token!r} does not follow in {text[place:]!r}")
        starts.append(place)
        place += len(token)
    if text[place:].strip():
        raise ValueError(f"{text[place:]!r} is in no token")
    return starts


def merge_view(merges: Sequence[Pair], number: int, text: str) -> str:
    """Return HTML: a text in pieces after so many merges, and the merges around it."""
    pieces = BytePairTokenizer(merges[:number]).split(text)
    boxes = "".join(
        f"<span style='display:inline-block;background:{COLOURS[i % 2]};padding:.1em "
        "0;margin:.1em 1px;border:1px solid #777;border-radius:3px;font-family:"
        f"monospace'>{escape(show_piece(piece))}</span>"
        for i, piece in enumerate(pieces)
    )
    return (
        "<div style='color:#111;background:#fff;padding:.6em;min-height:11em'>"
        f"<p style='margin:0 0 .5em;line-height:1.9'>{boxes}</p>"
        f"<p style='margin:0'>{escape(describe_merges(merges, number, text))}</p></div>"
    )


def describe_merges(merges: Sequence[Pair], number: int, text: str) -> str:
    """Say how many pieces a text has after so many merges, and which are next to it."""
    count = len(BytePairTokenizer(merges[:number]).split(text))
    parts = [f"{number} merges: {count} pieces."]
    for name, merge in (("Last", number - 1), ("Next", number)):
        if 0 <= merge < len(merges):
            first, second = map(show_piece, merges[merge])
            parts.append(f"{name} merge: {first} + {second} → {first}{second}.")
    return " ".join(parts)


def show_piece(piece: bytes) -> str:
    """Return a piece with visible blanks; bytes that are no characters as ‹e9›."""
    try:
        return piece.decode().replace(" ", "␣").replace("\n", "⏎")
    except UnicodeDecodeError:
        return "".join(f"‹{byte:02x}›" for byte in piece)
