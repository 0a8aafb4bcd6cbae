"""A long run begins from its seed, and its setup goes through `fit` and a checkpoint."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lib.core.seed import make_generator
from lib.training.fit import supervised
from lib.training.long_run import LongRun, go_on, state_of
from lib.training.update import Update


def make_setup():
    data = TensorDataset(torch.randn(12, 3), torch.randn(12, 1))
    model = nn.Sequential(nn.Linear(3, 5), nn.Dropout(0.5), nn.Linear(5, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    return {
        "model": model,
        "train_loader": DataLoader(data, 5, shuffle=True, generator=make_generator(1)),
        "objective": supervised(nn.MSELoss()),
        "optimizer": optimizer,
        "scheduler": torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9),
    }


RUN = LongRun(make_setup, num_epochs=5, checkpoint_epoch=2, rtol=0.01, seed=7)


def test_two_beginnings_are_the_same_run():
    one = go_on(RUN.begin(), 2)
    torch.rand(3)
    assert go_on(RUN.begin(), 2) == one
    assert go_on(RUN._replace(seed=8).begin(), 2) != one


def test_state_has_all_parts_that_a_checkpoint_needs():
    setup = RUN.begin()
    state = state_of(setup)
    assert {name: state[name] for name in ("model", "optimizer", "scheduler")} == {
        name: setup[name] for name in ("model", "optimizer", "scheduler")
    }
    assert state["generator"] is setup["train_loader"].generator
    bare = {"model": setup["model"], "train_loader": [], "optimizer": setup["optimizer"]}
    assert state_of(bare)["scheduler"] is None
    assert state_of(bare)["generator"] is None
    scaler = torch.amp.GradScaler("cpu")
    update = Update(setup["optimizer"], scaler=scaler, scheduler=setup["scheduler"])
    state = state_of(bare | {"optimizer": update})
    assert state["optimizer"] is setup["optimizer"]
    assert state["scaler"] is scaler
    assert state["scheduler"] is setup["scheduler"]


def test_going_on_counts_the_epochs_already_done_and_calls_all_callbacks():
    seen = []
    setup = RUN.begin() | {"callbacks": [lambda history: seen.append(len(history))]}
    history = go_on(setup, 2)
    history = go_on(setup, 3, history=history, callbacks=[lambda h: seen.append("ours")])
    assert [record["epoch"] for record in history] == [1, 2, 3]
    assert seen == [1, 2, 3, "ours"]
    assert list(setup["callbacks"]) == setup["callbacks"][:1]  # the setup is left alone
