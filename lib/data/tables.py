"""Five small tables that come with scikit-learn, as tensors, with no download."""

from typing import NamedTuple

import torch
from sklearn import datasets


class Table(NamedTuple):
    """One row of `features` for each example, and what is to be predicted from it.

    Shapes: features (N, D), targets (N,).
    """

    features: torch.Tensor
    targets: torch.Tensor
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]


def load_table(name: str) -> Table:
    """Return a table by name in the file's order: by class, so shuffle, then split.

    Classification, with class numbers as targets: "iris" (4 lengths in cm, 3 species),
    "wine" (13 analyses, 3 grapes), "breast_cancer" (30 measures of cell nuclei,
    malignant 0 or benign 1), "digits_8x8" (64 pixels from 0 to 16, 10 digits).
    Regression: "diabetes" (10 measures in their own units, not scaled; the target is a
    score of the disease a year later, 25 to 346).

    Shapes: features (N, D) float32; targets (N,) int64, for "diabetes" float32.
    Raises: ValueError if `name` is none of the five.
    Source: scikit-learn, https://scikit-learn.org/stable/datasets/toy_dataset.html
    """
    loaders = {
        "iris": datasets.load_iris,
        "wine": datasets.load_wine,
        "breast_cancer": datasets.load_breast_cancer,
        "digits_8x8": datasets.load_digits,
        "diabetes": lambda: datasets.load_diabetes(scaled=False),
    }
    if name not in loaders:
        raise ValueError(
            f"name must be one of {', '.join(map(repr, loaders))}, got {name!r}"
        )
    data = loaders[name]()
    regression = name == "diabetes"
    kind = torch.float32 if regression else torch.int64
    names = ["progression"] if regression else data.target_names
    return Table(
        features=torch.tensor(data.data, dtype=torch.float32),
        targets=torch.tensor(data.target, dtype=kind),
        feature_names=tuple(map(str, data.feature_names)),
        target_names=tuple(map(str, names)),
    )
