"""The bars stand for the probabilities, and the context shows what the model sees of it."""

from lib.figures.sequences.language_modelling import LEFT, RIGHT, WIDTH, draw_guesses, mark_blanks


def test_bars_are_as_long_as_their_probabilities_and_marked():
    svg = draw_guesses("he <s", 2, [("a", 0.75), (" ", 0.25), ("&", 0.0)])
    whole = WIDTH - LEFT - RIGHT
    assert f"width='{0.75 * whole:.1f}'" in svg
    assert f"width='{0.25 * whole:.1f}'" in svg
    assert f"x='{LEFT + 0.75 * whole + 6:.1f}'" in svg
    assert [svg.count(text) for text in (">0.750<", ">0.250<", ">0.000<")] == [1, 1, 1]
    assert svg.count(">␣<") == svg.count(">&amp;<") == 1


def test_the_used_end_of_the_context_is_underlined():
    svg = draw_guesses("he <s", 2, [])
    assert "he␣<tspan text-decoration='underline' font-weight='bold'>&lt;s</tspan>" in svg
    assert ">he␣&lt;s<tspan text-decoration='underline' font-weight='bold'></tspan>" in (
        draw_guesses("he <s", 0, [])
    )


def test_blanks_are_visible():
    assert mark_blanks("a b ") == "a␣b␣"
