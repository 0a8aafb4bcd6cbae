"""The drawn cell holds what the stage has, and the drawn gates are those of the layer."""

import pytest
import torch
from torch import nn

from lib.core.seed import seed_everything
from lib.figures.sequences.lstm import draw_gates, draw_lstm_cell, draw_recall, gate_history


def words(figure):
    """Return all texts of a figure, one after the other."""
    return "\n".join(text.get_text() for axes in figure.axes for text in axes.texts)


@pytest.mark.parametrize(
    ("stage", "there", "missing"),
    [("forget", ["forget"], ["input", "candidate", "output", "tanh", "$h_t$"]),
     ("write", ["forget", "input", "candidate", "$c_t$"], ["output", "$h_t$"]),
     ("show", ["forget", "input", "candidate", "output", "$c_t$", "$h_t$"], [])],
)  # fmt: skip
def test_each_stage_has_its_gates(stage, there, missing):
    drawn = words(draw_lstm_cell(stage))
    assert all(word in drawn for word in there)
    assert not any(word in drawn for word in missing)


def test_numbers_stand_where_they_are_given():
    drawn = words(draw_lstm_cell("show", {"f": 0.25, "c": 2.0, "c_new": 1.5, "h_new": 0.125}))
    assert all(number in drawn for number in ("0.250", "2.000", "1.500", "0.125"))
    assert "0." not in words(draw_lstm_cell("show"))


def test_another_stage_is_refused():
    with pytest.raises(ValueError, match=r"stage must be one of .*, got 'end'"):
        draw_lstm_cell("end")


def test_recall_is_drawn_as_mean_and_range():
    axes = draw_recall({"GRU": {10: [1.0, 0.5], 30: [0.2, 0.4]}, "RNN": {10: [1.0, 1.0]}}).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["10", "30"]
    means = axes.containers[0].lines[0].get_ydata()
    assert means == pytest.approx([0.75, 0.3])
    assert len(axes.containers) == 2


@pytest.mark.parametrize("T", [1, 7])
def test_the_history_is_that_of_torchs_layer(T):
    seed_everything(0)
    lstm = nn.LSTM(5, 3, batch_first=True).double()
    inputs = torch.randn(T, 5, dtype=torch.float64)
    history = gate_history(lstm, inputs)
    output, (h, c) = lstm(inputs[None])
    assert all(values.shape == (T, 3) for values in history.values())
    torch.testing.assert_close(history["h"], output[0])
    torch.testing.assert_close(history["h"][-1], h[0, 0])
    torch.testing.assert_close(history["c"][-1], c[0, 0])
    before = torch.cat([torch.zeros(1, 3, dtype=torch.float64), history["c"][:-1]])
    torch.testing.assert_close(
        history["c"], history["f"] * before + history["i"] * history["g"]
    )
    assert not any(values.requires_grad for values in history.values())


def test_layers_without_one_history_are_refused():
    for lstm in (nn.LSTM(2, 3, num_layers=2), nn.LSTM(2, 3, bidirectional=True)):
        with pytest.raises(ValueError, match="one layer and direction, got"):
            gate_history(lstm, torch.zeros(4, 2))


@pytest.mark.parametrize("signed", [False, True])
def test_gates_are_drawn_over_their_tokens(signed):
    values = torch.rand(4, 6)
    axes = draw_gates(list("keys"), values, "forget gate", signed=signed).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == list("keys")
    assert axes.images[0].get_array().shape == (6, 4)
    assert axes.images[0].get_clim() == ((-1, 1) if signed else (0, 1))


def test_as_many_rows_as_tokens_are_wanted():
    with pytest.raises(ValueError, match="values must have 2 rows, got 3"):
        draw_gates(["a", "b"], torch.rand(3, 2), "f")
