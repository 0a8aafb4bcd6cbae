"""Each network has the rate that the search chose, and seeds that the search did not see."""

from lib.cnn.comparison import GRID, SEEDS
from lib.cnn.comparison_rates import DATA, NETWORKS, RATES, best_rate, rate_rows
from lib.training.run_grid import load_grid


def test_every_setting_has_the_rate_that_the_search_chose_and_another_seed():
    assert len(GRID.settings) == len(NETWORKS) * len(DATA) * len(SEEDS)
    assert not {row.setting["seed"] for row in load_grid("cnn/comparison_rates").rows} & {*SEEDS}
    for setting in GRID.settings:
        assert setting["lr"] == best_rate(setting["network"], setting["data"]) in RATES
        assert len(rate_rows(setting["network"], setting["data"])) == len(RATES)


def test_one_run_is_made_again():
    grid = load_grid("cnn/comparison")
    setting = next(s for s in GRID.settings if s["network"] == "MLP")
    stored, new = grid.rerun(setting)
    assert len(stored) == len(new) == 1
