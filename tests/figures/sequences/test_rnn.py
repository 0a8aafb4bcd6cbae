"""The unrolled network shows every number; the bars are the most probable characters."""

import pytest
import torch

from lib.figures.sequences.rnn import draw_next, draw_unrolled, visible


def test_every_state_input_and_weight_is_written():
    figure = draw_unrolled(torch.tensor([1.0, 0.0]), torch.tensor([0.76, 0.54]), 1.5, 0.8)
    texts = [text.get_text() for text in figure.axes[0].texts if text.get_text()]
    boxes = [text for text in texts if "=" in text]
    assert boxes == ["$h_0$ = 0.00", "$h_1$ = 0.76", "$x_1$ = 1", "$h_2$ = 0.54", "$x_2$ = 0"]
    assert [text for text in texts if text not in boxes] == ["× 0.8", "× 1.5"] * 2


def test_another_length_is_named():
    with pytest.raises(ValueError, match="hidden must be as long as x, 3, got 2"):
        draw_unrolled(torch.zeros(3), torch.zeros(2), 1.0, 1.0)


def test_bars_stand_in_the_order_of_probability_and_the_text_is_whole():
    probabilities = torch.tensor([0.1, 0.6, 0.3])
    figure = draw_next(["a", " ", "c"], probabilities, "It is", " a truth" * 20, most=2)
    bars, text = figure.axes
    assert [bar.get_height() for bar in bars.patches] == pytest.approx([0.6, 0.3])
    assert [label.get_text() for label in bars.get_xticklabels()] == ["␣", "c"]
    assert text.texts[0].get_text().replace("\n", "") == "It is|" + " a truth" * 20
    assert (visible(" "), visible("e")) == ("␣", "e")
