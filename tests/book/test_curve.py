import matplotlib.pyplot as plt
import pytest

from lib.book import curve as curve_module
from lib.book.curve import LiveCurve
from lib.book.style import set_plot_style

HISTORY = [
    {"epoch": 1, "train_loss": 0.9, "val_loss": 0.8, "val_accuracy": 0.5, "lr": 0.1},
    {"epoch": 2, "train_loss": 0.4, "val_loss": 0.6, "val_accuracy": 0.7, "lr": 0.1},
]


@pytest.fixture
def shown(monkeypatch):
    """Stand in for a kernel's display: what was shown first, and each update in place."""
    events = []

    class Handle:
        def update(self, picture):
            events.append(("update", picture.data))

    def display(picture, *, display_id):
        assert display_id is True
        events.append(("display", picture.data))
        return Handle()

    monkeypatch.setattr(curve_module, "display", display)
    monkeypatch.setattr(curve_module, "get_ipython", lambda: object())
    monkeypatch.delenv("LIB_STATIC", raising=False)
    return events


def feed(curve):
    for end in (1, 2):
        assert curve(HISTORY[:end]) is None


def test_nothing_is_shown_while_outputs_are_stored(shown, monkeypatch, capfd):
    monkeypatch.setenv("LIB_STATIC", "1")
    curve = LiveCurve(["train_loss"], title="Training", ylabel="loss")
    feed(curve)
    assert shown == []
    assert capfd.readouterr() == ("", "")
    line = curve.draw().axes[0].lines[0]
    assert line.get_xydata().tolist() == [[1, 0.9], [2, 0.4]]


def test_one_figure_is_updated_in_place(shown):
    feed(LiveCurve(["train_loss", "val_loss"], title="Training", ylabel="loss"))
    assert [kind for kind, _ in shown] == ["display", "update"]
    assert all(data.startswith(b"\x89PNG") for _, data in shown)
    assert shown[0][1] != shown[1][1]
    assert plt.get_fignums() == []


def test_outside_a_notebook_nothing_is_shown(shown, monkeypatch):
    monkeypatch.setattr(curve_module, "get_ipython", lambda: None)
    feed(LiveCurve(["train_loss"], title="Training", ylabel="loss"))
    assert shown == []


def test_labels_titles_and_legend():
    curve = LiveCurve(["train_loss", "val_loss"], title="Training", ylabel="loss (nats)")
    feed(curve)
    (axes,) = curve.draw().axes
    assert axes.get_title(loc="left") + axes.get_title() == "Training"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss (nats)")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["train loss", "val loss"]


def test_two_panels_share_the_epochs():
    panels = {"loss": ["train_loss", "val_loss"], "accuracy": ["val_accuracy"]}
    curve = LiveCurve(panels, title="Training")
    curve([HISTORY[0] | {"val_accuracy": None}, HISTORY[1]])
    upper, lower = curve.draw().axes
    assert [len(upper.lines), len(lower.lines)] == [2, 1]
    assert [upper.get_ylabel(), lower.get_ylabel()] == ["loss", "accuracy"]
    assert [upper.get_xlabel(), lower.get_xlabel()] == ["", "epoch"]
    assert upper.get_xlim() == lower.get_xlim()
    assert lower.get_legend() is None


def test_missing_values_leave_gaps_and_no_epochs_an_empty_figure():
    curve = LiveCurve(["val_loss"], title="Training", ylabel="loss")
    assert curve.draw().axes[0].lines[0].get_xdata().tolist() == []
    curve([HISTORY[0] | {"val_loss": None}, HISTORY[1]])
    assert curve.draw().axes[0].lines[0].get_xydata().tolist() == [[2, 0.6]]


def test_the_history_is_copied():
    history = [dict(entry) for entry in HISTORY]
    curve = LiveCurve(["val_loss"], title="Training", ylabel="loss")
    curve(history)
    history[0]["val_loss"] = 100.0
    assert curve.draw().axes[0].lines[0].get_ydata().tolist() == [0.8, 0.6]


def test_errors():
    with pytest.raises(ValueError, match=r"names must be keys .*'val_loss'\], got 'val_los'"):
        LiveCurve(["val_los"], title="t", ylabel="loss")(HISTORY)
    with pytest.raises(TypeError, match="got the str 'val_loss'"):
        LiveCurve("val_loss", title="t", ylabel="loss")
    with pytest.raises(ValueError, match="at least one key"):
        LiveCurve([], title="t", ylabel="loss")
    with pytest.raises(ValueError, match="ylabel must be"):
        LiveCurve(["val_loss"], title="t")


def test_more_curves_than_colours_all_stand_there_and_differ():
    names = [f"loss_{number}" for number in range(20)]
    curve = LiveCurve(names, title="Training", ylabel="loss")
    with plt.rc_context():
        set_plot_style()
        curve([{"epoch": 1, **dict.fromkeys(names, 0.5)}])
        lines = curve.draw().axes[0].lines
    assert [line.get_label() for line in lines] == [name.replace("_", " ") for name in names]
    assert len({(line.get_color(), line.get_marker()) for line in lines}) == len(names)
