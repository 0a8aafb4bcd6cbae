"""The small tables have the sizes, types and names that their docstring promises."""

import pytest
import torch
from sklearn import datasets

from lib.data.tables import load_table

SIZES = {
    "iris": (150, 4, 3),
    "wine": (178, 13, 3),
    "breast_cancer": (569, 30, 2),
    "digits_8x8": (1797, 64, 10),
}


@pytest.mark.parametrize("name", list(SIZES))
def test_classification(name):
    rows, columns, classes = SIZES[name]
    features, targets, feature_names, target_names = load_table(name)
    assert features.shape == (rows, columns)
    assert features.dtype == torch.float32
    assert targets.shape == (rows,)
    assert targets.dtype == torch.int64
    assert targets.unique().tolist() == list(range(classes))
    assert len(feature_names) == columns
    assert len(target_names) == classes
    assert all(type(text) is str for text in feature_names + target_names)


def test_values_against_the_library():
    data = datasets.load_wine()
    table = load_table("wine")
    assert torch.equal(table.features, torch.from_numpy(data.data).float())
    assert torch.equal(table.targets, torch.from_numpy(data.target))
    assert table.feature_names == tuple(data.feature_names)


def test_names_belong_to_the_numbers():
    table = load_table("breast_cancer")
    assert table.target_names == ("malignant", "benign")
    assert table.targets.bincount().tolist() == [212, 357]
    assert load_table("iris").target_names == ("setosa", "versicolor", "virginica")


def test_diabetes_is_regression_in_its_own_units():
    features, targets, feature_names, target_names = load_table("diabetes")
    assert features.shape == (442, 10)
    assert targets.dtype == torch.float32
    assert (targets.min(), targets.max()) == (25, 346)
    assert target_names == ("progression",)
    age = features[:, feature_names.index("age")]
    assert (age.min(), age.max()) == (19, 79)


def test_unknown_name():
    with pytest.raises(ValueError, match=r"name must be one of 'iris', .*'diabetes', got 'boston'"):
        load_table("boston")
