"""What a language model expects next, as bars."""

from collections.abc import Sequence
from html import escape

WIDTH, ROW, LEFT, RIGHT = 460, 24, 70, 60
INK, BAR, PAPER = "#2b2b29", "#0072B2", "#fcfcfa"
Guess = tuple[str, float]


def mark_blanks(text: str) -> str:
    """Return a text with a mark for each blank."""
    return text.replace(" ", "␣")


def draw_guesses(context: str, used: int, guesses: Sequence[Guess]) -> str:
    """Draw tokens and their probabilities as bars below the context.

    The last `used` characters of the context are those that the model looks at; they
    are underlined.
    """
    height = ROW * (len(guesses) + 2)
    cut = len(context) - used
    unseen, seen = (
        escape(mark_blanks(part)) for part in (context[:cut], context[cut:])
    )
    parts = [
        f"<text x='10' y='{ROW}'>{unseen}"
        f"<tspan text-decoration='underline' font-weight='bold'>{seen}</tspan> …</text>"
    ]
    for i, (token, prob) in enumerate(guesses):
        top, length = ROW * (i + 1.6), prob * (WIDTH - LEFT - RIGHT)
        middle = top + 0.7 * ROW
        parts.append(
            f"<text x='{LEFT - 12}' y='{middle:.0f}' text-anchor='end'>"
            f"{escape(mark_blanks(token))}</text>"
            f"<rect x='{LEFT}' y='{top + 3:.0f}' width='{length:.1f}' "
            f"height='{ROW - 6}' fill='{BAR}'/>"
            f"<text x='{LEFT + length + 6:.1f}' y='{middle:.0f}'>{prob:.3f}</text>"
        )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' "
        f"width='{WIDTH}' height='{height}' aria-hidden='true' fill='{INK}' "
        "style='max-width:100%;height:auto' font-family='monospace' font-size='15' "
        f"xml:space='preserve'><rect width='{WIDTH}' height='{height}' fill='{PAPER}'/>"
        + "".join(parts)
        + "</svg>"
    )
