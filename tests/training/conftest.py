"""What several tests of training share: small models, loaders, runs."""

import copy

import pytest
import torch
from torch import nn
from torch.amp import GradScaler
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset

from lib.core.seed import make_generator, random_state, seed_everything
from lib.training.checkpoint import save_checkpoint
from lib.training.fit import fit, supervised


def same_state(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same_state(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same_state, one, other))
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    return type(one) is type(other) and one == other


@pytest.fixture(scope="session")
def same():
    """Return a function: whether two nested states are equal to the last bit."""
    return same_state


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(5, 7), nn.BatchNorm1d(7), nn.ReLU(), nn.Dropout(0.5), nn.Linear(7, 3)
    )


@pytest.fixture
def loader():
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(13, 5, generator=generator)
    targets = torch.randint(3, (13,), generator=generator)
    return DataLoader(TensorDataset(inputs, targets), batch_size=5)  # the last batch has 3


@pytest.fixture
def run():
    """Return a function that fits a model for two epochs, or as the options say."""

    def run_fit(model, loader, num_epochs=2, **more):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        objective = supervised(nn.functional.cross_entropy)
        options = {"objective": objective, "optimizer": optimizer}
        return fit(model, loader, num_epochs=num_epochs, **(options | more))

    return run_fit


class Parts:
    """All the parts of a run that has taken as many steps as its seed says."""

    def __init__(self, seed, hidden=7):
        seed_everything(seed)
        layers = nn.Linear(5, hidden), nn.BatchNorm1d(hidden), nn.Linear(hidden, 3)
        self.model = nn.Sequential(*layers)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.1)
        self.scheduler = StepLR(self.optimizer, step_size=1, gamma=0.5)
        self.generator = make_generator(seed)
        self.scaler = GradScaler("cpu", init_scale=2.0**seed)
        for _ in range(seed):
            self.model(torch.randn(4, 5)).square().mean().backward()
            self.optimizer.step()
            self.scheduler.step()
            torch.randperm(5, generator=self.generator)

    def state(self):
        """A copy of everything a load may change."""
        names = ("model", "optimizer", "scheduler", "scaler")
        states = [getattr(self, name).state_dict() for name in names]
        return copy.deepcopy([*states, self.generator.get_state(), random_state()])


@pytest.fixture
def make_parts():
    """Return the class of all parts of a run, to be made from a seed."""
    return Parts


@pytest.fixture
def path(tmp_path):
    """Where the checkpoint `saved` lies."""
    return tmp_path / "a folder that does not exist" / "last.pt"


@pytest.fixture
def saved(path):
    """Save the parts made from seed 1 and return their state."""
    parts = Parts(seed=1)
    save_checkpoint(path, **vars(parts), history=[{"epoch": 1, "train_loss": 0.5}])
    return parts.state()
