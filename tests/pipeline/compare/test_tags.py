"""The tags of a cell are either understood or refused."""

from decimal import Decimal

import pytest

from pipeline.compare.tags import CellRules, cell_rules, loosened
from pipeline.compare.text import Tolerance


@pytest.mark.parametrize(("tags", "rules"), [
    ([], CellRules()),
    (["hide-input", "solution", "raises-exception"], CellRules()),
    (["nbval-rtol=0.05"], CellRules(Tolerance(rtol=Decimal("0.05")))),
    (["nbval-rtol=1e-3", "exercise"], CellRules(Tolerance(rtol=Decimal("0.001")))),
    (["nbval-counts=0.1"], CellRules(Tolerance(counts=Decimal("0.1")))),
    (["nbval-figure=0.3", "nbval-rtol=.5"], CellRules(Tolerance(rtol=Decimal("0.5")), 0.3)),
    (["nbval-ignore-output"], CellRules(ignored_because="a time")),
])
def test_known_tags(tags, rules):
    assert cell_rules("x", {"tags": tags, "reason": " a time "}) == rules


def test_a_cell_without_tags():
    assert cell_rules("x", {}) == CellRules()


@pytest.mark.parametrize(("tags", "message"), [
    (["nbval-rtoll=0.05"], "tag `nbval-rtoll=0.05` is unknown; known are nbval-rtol=0.05, nbval-c"),
    (["nbval-check-output"], "`nbval-check-output` is unknown"),
    (["nbval_ignore_output"], "`nbval_ignore_output` is unknown"),
    (["hide-everything"], "`hide-everything` is unknown"),
    (["Solution"], "`Solution` is unknown"),
    (["nbval-skip"], "`nbval-skip` is not allowed: every cell runs and is compared"),
    (["skip-execution"], "`skip-execution` is not allowed"),
    (["nbval-ignore-output"], 'needs metadata `reason: "…"`, got None'),
    (["nbval-rtol=0.1", "nbval-rtol=0.2"], "one nbval-rtol=… tag, got 2"),
    (["nbval-figure=0.1", "nbval-figure=0.1"], "one nbval-figure=… tag, got 2"),
    ("nbval-skip", "tags must be a list of texts, got 'nbval-skip'"),
    ([1], "tags must be a list of texts"),
])
def test_other_tags_are_refused(tags, message):
    with pytest.raises(ValueError, match=message):
        cell_rules("x", {"tags": tags})


@pytest.mark.parametrize("value", ["", "five", "0", "1", "1.5", "-0.1", "nan", "inf", "0,05", "1%"])
@pytest.mark.parametrize("kind", ["rtol", "counts", "figure"])
def test_a_share_must_be_between_0_and_1(kind, value):
    with pytest.raises(ValueError, match="must end in a number between 0 and 1, got"):
        cell_rules("x", {"tags": [f"nbval-{kind}={value}"]})


def test_what_loosens_is_listed():
    tags = ["hide-cell", "nbval-figure=0.3", "nbval-ignore-output", "nbval-rtol=0.05"]
    assert loosened(tags) == ["nbval-figure=0.3", "nbval-rtol=0.05"]


@pytest.mark.parametrize("reason", ["", "  ", 3, None])
def test_a_reason_must_say_something(reason):
    with pytest.raises(ValueError, match="needs metadata `reason"):
        cell_rules("x", {"tags": ["nbval-ignore-output"], "reason": reason})


@pytest.mark.parametrize("comment", ["# NBVAL_SKIP", "x\n  ## NBVAL_IGNORE_OUTPUT\ny",
                                     "#PYTEST_VALIDATE_IGNORE_OUTPUT"])
def test_comments_of_nbval_are_refused(comment):
    with pytest.raises(ValueError, match="is not allowed; use a tag of the cell"):
        cell_rules(comment, {})
