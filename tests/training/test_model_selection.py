"""Folds are those of scikit-learn; early stopping and the expected maximum keep their laws."""

import math
import re
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

from lib.core.seed import make_generator
from lib.training.model_selection import (
    cross_validate,
    early_stopping,
    expected_maximum,
    group_folds,
    k_folds,
    splits,
    stratified_folds,
)


def of_sklearn(splitter, num_examples, *targets):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes smaller than k
        return list(splitter.split(np.zeros(num_examples), *targets))


def assert_same(folds, theirs):
    ours = list(splits(folds))
    assert len(ours) == len(theirs)
    for (train, held_out), (their_train, their_held_out) in zip(ours, theirs, strict=True):
        assert train.tolist() == their_train.tolist()
        assert held_out.tolist() == their_held_out.tolist()


def assert_even(counts):
    assert counts.max() - counts.min() <= 1


@given(st.data())
def test_folds_are_those_of_scikit_learn_shuffled_or_not(data):
    n = data.draw(st.integers(2, 40))
    k = data.draw(st.integers(2, n))
    assert_same(k_folds(n, k), of_sklearn(KFold(k), n))
    order = np.arange(n)
    np.random.RandomState(7).shuffle(order)
    shuffled = of_sklearn(KFold(k, shuffle=True, random_state=7), n)
    assert_same(k_folds(n, k, order=torch.from_numpy(order)), shuffled)


@given(st.data())
def test_stratified_folds_are_those_of_scikit_learn(data):
    labels = data.draw(st.lists(st.integers(0, 3), min_size=4, max_size=40))
    largest = max(labels.count(label) for label in labels)
    k = data.draw(st.integers(2, max(2, largest)))
    if largest < 2:
        return
    theirs = of_sklearn(StratifiedKFold(k), len(labels), labels)
    assert_same(stratified_folds(torch.tensor(labels), k), theirs)


@given(st.integers(0, 100), st.integers(2, 7))
def test_shuffled_stratified_folds_are_even_in_size_and_class(seed, k):
    generator = make_generator(seed)
    labels = torch.randint(3, (31,), generator=generator)
    order = torch.randperm(31, generator=generator)
    folds = stratified_folds(labels, k, order=order)
    assert_even(torch.bincount(folds, minlength=k))
    for label in range(3):
        assert_even(torch.bincount(folds[labels == label], minlength=k))


def test_shuffling_changes_the_folds():
    labels = torch.arange(30) % 3
    order = torch.randperm(30, generator=make_generator(0))
    assert not torch.equal(k_folds(30, 5), k_folds(30, 5, order=order))
    assert not torch.equal(
        stratified_folds(labels, 5), stratified_folds(labels, 5, order=order)
    )


@given(st.data())
def test_group_folds_are_those_of_scikit_learn(data):
    groups = data.draw(st.lists(st.integers(0, 9), min_size=3, max_size=40))
    if len(set(groups)) < 2:
        return
    k = data.draw(st.integers(2, len(set(groups))))
    folds = group_folds(torch.tensor(groups), k)
    assert_same(folds, of_sklearn(GroupKFold(k), len(groups), None, groups))
    for group in set(groups):
        assert len(folds[torch.tensor(groups) == group].unique()) == 1


def test_every_row_is_held_out_once_and_never_trained_on_then():
    for train, held_out in splits(k_folds(17, 5)):
        assert sorted(torch.cat([train, held_out]).tolist()) == list(range(17))
    held_out = torch.cat([rows for _, rows in splits(k_folds(17, 5))])
    assert sorted(held_out.tolist()) == list(range(17))


def test_impossible_folds_are_refused():
    for k in (0, 1, 4):
        with pytest.raises(ValueError, match=f"k must be from 2 to the 3 examples, got {k}"):
            k_folds(3, k)
        with pytest.raises(ValueError, match=f"k must be from 2 to the 3 examples, got {k}"):
            stratified_folds(torch.tensor([0, 0, 1]), k)
    with pytest.raises(ValueError, match="order must hold each of 0 to 2 once"):
        k_folds(3, 2, order=torch.tensor([0, 1, 1]))
    with pytest.raises(ValueError, match=re.escape("order must have shape (3,), got (2,)")):
        k_folds(3, 2, order=torch.arange(2))
    with pytest.raises(ValueError, match="k must be from 2 to the 2 groups, got 3"):
        group_folds(torch.tensor([5, 5, 7]), 3)
    with pytest.raises(ValueError, match=re.escape("labels must have shape (N,)")):
        stratified_folds(torch.zeros(3, 1), 2)
    with pytest.raises(ValueError, match=re.escape("groups must have shape (N,)")):
        group_folds(torch.zeros(3, 1), 2)


def test_cross_validation_scores_each_fold():
    seen = []

    def score(train, held_out):
        seen.append((len(train), len(held_out)))
        return held_out.double().mean()

    scores = cross_validate(score, k_folds(7, 3))
    assert seen == [(4, 3), (5, 2), (5, 2)]
    assert scores.tolist() == [1.0, 3.5, 5.5]


def stops_at(losses, **options):
    callback = early_stopping(**options)
    history = []
    for loss in losses:
        history.append({"val_loss": loss})
        if callback(history):
            return len(history)
    return None


def test_early_stopping_waits_for_patience_epochs_without_improvement():
    assert stops_at([3, 2, 2, 2, 1], patience=2) == 4  # a tie is no improvement
    assert stops_at([3, 2, 2, 1, 1, 1], patience=2) == 6
    assert stops_at([5, 4, 3, 2, 1], patience=1) is None
    assert stops_at([1, math.nan, math.nan], patience=2) == 3
    assert stops_at([math.nan] * 3, patience=3) == 3
    assert stops_at([3.0, 2.9, 2.8, 2.7], patience=2, min_delta=0.15) is None
    assert stops_at([3.0, 2.9, 2.8, 2.7], patience=1, min_delta=0.15) == 2
    with pytest.raises(ValueError, match=r"got 0 and 0\.0"):
        early_stopping(0)
    with pytest.raises(ValueError, match="got 1 and -1"):
        early_stopping(1, min_delta=-1)


@pytest.mark.parametrize(
    ("k", "value"),
    [(1, 0), (2, 1 / math.pi**0.5), (3, 1.5 / math.pi**0.5), (5, 1.16296), (10, 1.53875),
     (100, 2.50759)],
)  # fmt: skip
def test_the_expected_maximum_is_that_of_the_tables(k, value):
    assert expected_maximum(k) == pytest.approx(value, abs=1e-5)


def test_the_expected_maximum_is_that_of_draws_also_of_many():
    draws = torch.randn(4000, 1000, generator=make_generator(0)).amax(dim=1)
    assert expected_maximum(1000) == pytest.approx(draws.mean().item(), abs=0.03)
    assert expected_maximum(10**9) == pytest.approx(6.07, abs=0.05)
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        expected_maximum(0)
