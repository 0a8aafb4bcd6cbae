"""A grid of runs: each run is made from its setting alone, stored, and checked by a new one."""

import json

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lib.core.seed import make_generator
from lib.training import run_grid
from lib.training.fit import supervised
from lib.training.run_grid import (
    GridRow,
    RunGrid,
    grid_problems,
    load_grid,
    row_digest,
    stale_settings,
)
from lib.training.stored_run import RunError
from pipeline import train_grid as command
from pipeline.train_grid import confirm_grid, train_grid

NAME = "part/topic"


def make_setup(width, lr, seed):
    inputs = torch.linspace(-1, 1, 23)[:, None]
    data = TensorDataset(inputs, inputs.sin())
    model = nn.Sequential(nn.Linear(1, width), nn.Tanh(), nn.Linear(width, 1))
    loader = DataLoader(data, batch_size=5, shuffle=True, generator=make_generator(seed))
    return {"model": model, "train_loader": loader, "objective": supervised(nn.MSELoss()),
            "optimizer": torch.optim.SGD(model.parameters(), lr=lr),
            "test_loader": DataLoader(data, batch_size=23), "val_loader": loader,
            "num_epochs": 3 if width == 2 else 4}


SETTINGS = [{"width": width, "lr": lr, "seed": seed}
            for width in (2, 3) for lr in (0.1, 1e30) for seed in (0, 1)]
GRID = RunGrid(make_setup, SETTINGS, num_epochs=9, rtol=1e-6)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder with the stored grid and the module that describes it."""
    module = tmp_path / "lib/part/topic.py"
    module.parent.mkdir(parents=True)
    module.write_text("GRID = ...\n")
    (module.parent / "wide.py").write_text("WIDTH = 3\n")
    grid = GRID._replace(code=lambda width, lr, seed: ["lib.part.wide"] if width == 3 else [])
    for place in (run_grid, command):
        monkeypatch.setattr(place, "run_grid", lambda name: grid)
    monkeypatch.setattr(command, "ProcessPoolExecutor", Here)
    monkeypatch.setattr(command, "as_completed", reversed)
    train_grid(NAME, jobs=2, root=tmp_path)
    return tmp_path


class Here:
    """Makes the runs in this process."""

    def __init__(self, *_, **__):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def submit(self, function, *arguments):
        class Done:
            result = staticmethod(lambda: function(*arguments))
        return Done

    def shutdown(self, **_):
        pass

    map = staticmethod(map)


def stored(root):
    return (root / "runs/part/topic/grid.jsonl").read_text()


def test_the_runs_are_stored_in_the_order_of_the_settings(root):
    grid = load_grid(NAME, root)
    assert [row.setting for row in grid.rows] == SETTINGS
    good = grid.select({"lr": 0.1})
    assert [len(row.history) for row in good] == [3, 3, 4, 4]
    for row in good:
        assert row.error is None
        assert row.test["loss"] == pytest.approx(row.history[-1]["val_loss"], rel=1e-6)
    assert grid_problems(NAME, root) == []


def test_a_run_that_fails_is_stored_with_its_message(root):
    for row in load_grid(NAME, root).select({"lr": 1e30}):
        assert "finite" in row.error
        assert row.test is None
        assert len(row.history) < 3


def test_another_error_is_none_of_the_experiments():
    def misfit(**setting):
        setup = make_setup(**setting)
        return setup | {"objective": lambda model, batch: (model(batch[0]), 5)}

    with pytest.raises(ValueError, match="the loss must be one number"):
        GRID._replace(make=misfit).run(SETTINGS[0])


def test_a_test_that_is_not_finite_is_an_error_of_the_run():
    def far(**setting):
        inputs = torch.full((3, 1), float("nan"))
        return make_setup(**setting) | {"test_loader": [(inputs, inputs)]}

    history, test, error = GRID._replace(make=far).run(SETTINGS[0])
    assert (len(history), test) == (3, None)
    assert "loss must be finite" in error


def test_the_callbacks_of_a_setting_are_called():
    def stopping(**setting):
        return make_setup(**setting) | {"callbacks": [lambda history: len(history) == 2]}

    assert len(GRID._replace(make=stopping).run(SETTINGS[0])[0]) == 2


def test_a_run_begins_from_its_seed_whatever_happened_before():
    torch.manual_seed(5)
    wanted = torch.rand(2)
    torch.manual_seed(5)
    first = GRID.run(SETTINGS[0])
    assert torch.equal(torch.rand(2), wanted)
    assert GRID.run(SETTINGS[0]) == first
    assert GRID.run(SETTINGS[1])[0][0]["train_loss"] != first[0][0]["train_loss"]
    history, test, error = GRID.run(SETTINGS[0], num_epochs=2)
    assert (history, test, error) == (first[0][:2], None, None)


def test_a_new_run_lands_on_the_stored_one(root):
    grid = load_grid(NAME, root)
    old, new = grid.rerun({"width": 3, "lr": 0.1, "seed": 1}, num_epochs=2)
    assert old == grid.select({"width": 3, "lr": 0.1, "seed": 1})[0].history[:2]
    assert new == old


def test_a_changed_number_is_found(root):
    row = load_grid(NAME, root).rows[0]
    forged = [dict(record) for record in row.history]
    forged[0]["train_loss"] *= 0.99
    path = root / "runs/part/topic/grid.jsonl"
    path.write_text(json.dumps(row._replace(history=forged)._asdict()) + "\n")
    with pytest.raises(RunError, match=r"does not land on its log .*\n.*epoch 1, train_loss"):
        load_grid(NAME, root).rerun(row.setting)


@pytest.mark.parametrize(("wanted", "num_epochs", "message"), [
    ({"width": 7}, 1, "has no run with {'width': 7}"),
    ({"lr": 0.1}, 1, "has 4 runs with {'lr': 0.1}; name one"),
    (SETTINGS[0], 4, "num_epochs must be from 1 to 3, got 4"),
    (SETTINGS[0], 0, "num_epochs must be from 1 to 3, got 0"),
])
def test_what_cannot_be_made_again(root, wanted, num_epochs, message):
    with pytest.raises(RunError, match=message):
        load_grid(NAME, root).rerun(wanted, num_epochs)


def test_changed_code_makes_only_the_runs_stale_that_depend_on_it(root):
    (root / "lib/part/wide.py").write_text("WIDTH = 4\n")
    grid, rows = run_grid.run_grid(NAME), load_grid(NAME, root).rows
    assert stale_settings(NAME, grid, rows, root) == SETTINGS[4:]
    assert grid_problems(NAME, root) == [
        "4 of 8 runs are missing or stale: make train NAME=part/topic"]
    with pytest.raises(RunError, match="stale, its code has changed"):
        load_grid(NAME, root).rerun(SETTINGS[4])
    before = stored(root).splitlines()
    assert train_grid(NAME, jobs=1, root=root) == 4
    after = stored(root).splitlines()
    assert after[:4] == before[:4]
    assert all(old != new for old, new in zip(before[4:], after[4:], strict=True))
    assert train_grid(NAME, jobs=1, root=root) == 0


def test_runs_of_changed_code_are_confirmed_if_they_begin_bit_for_bit_alike(root):
    assert confirm_grid(NAME, jobs=1, root=root) == 0
    path = root / "runs/part/topic/grid.jsonl"
    rows = [json.loads(line) for line in stored(root).splitlines()]
    rows[5]["history"][0]["train_loss"] *= 1 + 1e-15
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (root / "lib/part/wide.py").write_text("WIDTH = 4\n")
    assert grid_problems(NAME, root) == [
        "4 of 8 runs are missing or stale: make train NAME=part/topic"]
    begun = [bool(row["history"]) for row in rows[4:]]
    assert confirm_grid(NAME, jobs=1, root=root) == sum(begun) - 1
    grid = run_grid.run_grid(NAME)
    left = stale_settings(NAME, grid, load_grid(NAME, root).rows, root)
    assert SETTINGS[5] in left
    assert left == [setting for setting, ran in zip(SETTINGS[4:], begun, strict=True)
                    if not ran or setting == SETTINGS[5]]


def test_missing_surplus_and_damaged(root):
    path = root / "runs/part/topic/grid.jsonl"
    lines = stored(root).splitlines(keepends=True)
    path.write_text("".join(lines[1:]))
    assert grid_problems(NAME, root) == [
        "1 of 8 runs are missing or stale: make train NAME=part/topic"]
    path.write_text("".join(lines[:1] + lines))
    assert grid_problems(NAME, root) == [
        "its runs are not those of the grid, in order: make train NAME=part/topic"]
    path.write_text("".join(lines)[:-9])
    assert "grid.jsonl of part/topic is damaged" in grid_problems(NAME, root)[0]
    path.unlink()
    assert grid_problems(NAME, root) == ["not stored: make train NAME=part/topic"]
    with pytest.raises(FileNotFoundError, match="no grid 'part/topic' is stored"):
        load_grid(NAME, root)


def test_a_module_without_a_grid():
    for name in ("training/fit", "training/nowhere"):
        with pytest.raises(RunError, match=r"must hold a grid, as GRID = RunGrid\(...\)"):
            run_grid.run_grid(name)


def test_the_digest_follows_the_code_that_the_setting_names(root):
    grid = run_grid.run_grid(NAME)
    digests = {row_digest(NAME, grid, setting, root) for setting in SETTINGS}
    assert len(digests) == 2
    assert {row.digest for row in load_grid(NAME, root).rows} == digests
    assert GridRow._fields == tuple(json.loads(stored(root).splitlines()[0]))
