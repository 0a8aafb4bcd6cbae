"""last.pt and best.pt: which epoch is the best so far, and in which order they are written."""

import pytest
from torch import nn

from lib.training.checkpoint import read_checkpoint, save_last_and_best

NAN, INF = float("nan"), float("inf")


def best_epochs(folder, values, mode="min"):
    """The epoch in best.pt after each epoch, "-" where there is no file."""
    model = nn.Linear(1, 1)
    save = save_last_and_best(folder, model=model, mode=mode)
    epochs = []
    for number in range(1, len(values) + 1):
        save([{"epoch": i + 1, "val_loss": values[i]} for i in range(number)])
        assert len(read_checkpoint(folder / "last.pt")["history"]) == number
        best = folder / "best.pt"
        epochs.append(len(read_checkpoint(best)["history"]) if best.exists() else "-")
    return epochs


@pytest.mark.parametrize(
    ("values", "mode", "expected"),
    [
        ([3.0, 2.0, 2.5, 1.0], "min", [1, 2, 2, 4]),
        ([3.0, 2.0, 2.5, 4.0], "max", [1, 1, 1, 4]),
        ([2.0, 2.0, 1.0, 1.0], "min", [1, 1, 3, 3]),  # the first of equals
        ([NAN, 2.0, NAN, 1.0], "min", ["-", 2, 2, 4]),
        ([NAN, 2.0, NAN, 1.0], "max", ["-", 2, 2, 2]),
        ([INF, INF, 1.0], "min", [1, 1, 3]),
        ([-INF, 5.0], "max", [1, 2]),
    ],
)
def test_best_is_the_best_so_far(tmp_path, values, mode, expected):
    assert best_epochs(tmp_path, values, mode) == expected


def test_best_is_written_before_last(tmp_path, monkeypatch):
    """Killed between the two, the epoch is repeated; the other way round, best.pt would be lost."""
    written = []
    monkeypatch.setattr(
        "lib.training.checkpoint.save_checkpoint", lambda path, **parts: written.append(path.name)
    )
    save_last_and_best(tmp_path, model=nn.Linear(1, 1))([{"epoch": 1, "val_loss": 1.0}])
    assert written == ["best.pt", "last.pt"]


def test_mode_and_monitor_are_checked(tmp_path):
    with pytest.raises(ValueError, match="mode must be 'min' or 'max', got 'least'"):
        save_last_and_best(tmp_path, model=nn.Linear(1, 1), mode="least")
    save = save_last_and_best(tmp_path, model=nn.Linear(1, 1), monitor="val_acc")
    with pytest.raises(ValueError, match=r"monitor must be one of \['epoch', 'val_loss'\], got"):
        save([{"epoch": 1, "val_loss": 1.0}])
    assert not list(tmp_path.iterdir())
