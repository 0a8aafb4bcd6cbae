"""Memories and gates are drawn with every number, in order."""

import pytest
import torch

from lib.figures.sequences.gru import draw_gate, draw_memory


def test_inputs_states_and_writes_are_drawn():
    inputs, writes = torch.tensor([1.0, -0.5, 0.25]), torch.tensor([True, False, True])
    states = {"GRU": torch.tensor([0.9, 0.8, 0.7]), "RNN": torch.tensor([0.1, 0.2, 0.3])}
    (axes,) = draw_memory(inputs, states, writes).axes
    assert [bar.get_height() for bar in axes.patches] == [1.0, -0.5, 0.25]
    for line, values in zip(axes.lines, states.values(), strict=True):
        assert list(line.get_ydata()) == pytest.approx(values.tolist())
    assert [note.xy[0] for note in axes.texts] == [1, 3]
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {"input", "GRU", "RNN"}


def test_a_gate_has_a_bar_for_each_character():
    (axes,) = draw_gate("a b", torch.tensor([0.1, 0.9, 0.5]), "update gate z").axes
    assert [bar.get_height() for bar in axes.patches] == pytest.approx([0.1, 0.9, 0.5])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "␣", "b"]
    assert axes.get_ylabel() == "update gate z"
    with pytest.raises(ValueError, match="values must be as many as tokens, 3, got 2"):
        draw_gate("a b", torch.zeros(2), "z")
