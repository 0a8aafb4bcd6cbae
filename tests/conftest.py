"""Settings of all tests: one thread for tiny tensors, no deadline, a plot style for each."""

import os

import matplotlib as mpl
import pytest
from hypothesis import settings

from tests.torch_samples.summary import pytest_terminal_summary  # noqa: F401 (a hook)

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read by torch when it is first imported
settings.register_profile("course", deadline=None)
settings.load_profile("course")


@pytest.fixture(autouse=True)
def _own_plot_style():
    """Let no test see the style that another has set in the same process."""
    with mpl.rc_context():
        yield
