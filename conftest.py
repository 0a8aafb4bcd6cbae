"""With `--nbval` the outputs of notebooks are compared by the course's own rules."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the comparison of outputs; other runs do not wait for its imports."""
    if config.getoption("nbval", False) or config.getoption("nbval_lax", False):
        config.pluginmanager.import_plugin("pipeline.compare.plugin")
