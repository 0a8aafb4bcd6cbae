"""Settings of all tests: one thread for tiny tensors, no deadline for random examples."""

import os

from hypothesis import settings

from tests.torch_samples.summary import pytest_terminal_summary  # noqa: F401 (a hook)

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read by torch when it is first imported
settings.register_profile("course", deadline=None)
settings.load_profile("course")
