import warnings

import numpy as np
import torch


def test_views_and_fresh_results(fault):
    assert fault(lambda x: x.clone()[:1], reference=lambda x: x[:1], view=True) == "copies"
    assert fault(lambda x: x[:1], reference=lambda x: x[:1], view=True) is None
    assert fault(lambda x: x[:1], reference=lambda x: x[:1].clone(), fresh=True) == "shares"


def test_an_argument_may_change_as_the_reference_changes_it(fault):
    def double(x):
        x.mul_(2)

    assert fault(double, reference=double, changes=("x",)) is None
    assert fault(lambda x: None, reference=double, changes=("x",)) == "effect x"
    assert fault(double, reference=double) == "changed x"


def test_types_are_exact_where_they_are_named(fault):
    def count(x):
        return x.numel()

    for answer in (lambda x: torch.tensor(x.numel()), lambda x: np.int64(x.numel()),
                   lambda x: float(x.numel())):
        assert fault(answer, count) is None
        assert fault(answer, count, exact=True) == "value"
    assert fault(count, count, exact=True) is None


def test_filters_that_an_import_adds_once_are_no_fault(fault):
    imported = []

    def first_import(x):
        if not imported:
            warnings.simplefilter("once")
            imported.append(True)
        return x + x

    assert fault(first_import) is None
    assert fault(lambda x: (warnings.simplefilter("once"), x + x)[1]) == "the warning filters"
