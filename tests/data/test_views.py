"""The sets with several views: shapes, shares of the classes, no example in two splits."""

import pytest
import torch

from lib.data.embedded_files import SPLITS
from lib.data.views import (
    DIGIT_VIEWS,
    OMICS_VIEWS,
    PAM50_CLASSES,
    load_digit_views,
    load_omics,
    omics_feature_names,
)

OMICS_COUNTS = {"train": [24, 90, 32, 293, 98], "validation": [5, 20, 7, 63, 21],
                "test": [5, 20, 7, 63, 21]}
WIDTHS = dict(zip(DIGIT_VIEWS, (76, 216, 64, 240, 47, 6), strict=True))


@pytest.mark.parametrize("split", SPLITS)
def test_omics_shapes_and_counts(split):
    views, labels = load_omics(split)
    assert tuple(views) == OMICS_VIEWS
    assert labels.dtype == torch.int64
    assert labels.bincount().tolist() == OMICS_COUNTS[split]
    for view in views.values():
        assert (view.shape, view.dtype) == ((len(labels), 300), torch.float32)
        assert view.isfinite().all()


@pytest.mark.parametrize(("load", "number"), [(load_omics, 769), (load_digit_views, 1994)])
def test_no_example_occurs_twice(load, number):
    rows = [tuple(row) for split in SPLITS
            for row in torch.cat(list(load(split)[0].values()), dim=1).tolist()]
    assert len(set(rows)) == len(rows) == number


def test_features_vary_most_among_the_training_patients_first():
    views, _ = load_omics("train")
    for view in views.values():
        variance = view.double().var(dim=0, correction=0)
        assert (variance[1:] <= variance[:-1] * 1.01).all()  # float16 moves neighbours a little


def test_marker_genes_tell_which_class_is_which():
    """ESR1 is the oestrogen receptor, which luminal tumours have; KRT5 is a basal keratin."""
    views, labels = load_omics("train")
    names = [name.split("_")[0] for name in omics_feature_names()["rna"]]
    receptor, keratin = (
        {name: views["rna"][labels == c, names.index(gene)].mean().item()
         for c, name in enumerate(PAM50_CLASSES)} for gene in ("ESR1", "KRT5"))
    assert min(receptor["Luminal A"], receptor["Luminal B"]) > receptor["Normal-like"] + 2
    assert receptor["Normal-like"] > receptor["HER2-enriched"] > receptor["Basal-like"]
    assert min(keratin["Normal-like"], keratin["Basal-like"]) > keratin["Luminal A"] + 2
    assert keratin["Luminal A"] > max(keratin["HER2-enriched"], keratin["Luminal B"]) + 1


def test_feature_names():
    names = omics_feature_names()
    assert tuple(names) == OMICS_VIEWS
    assert all(len(set(view)) == 300 for view in names.values())
    assert all(name.startswith("hsa_") for name in names["mirna"])


@pytest.mark.parametrize(("split", "number"), [("train", 1394), ("validation", 300), ("test", 300)])
def test_digit_views(split, number):
    views, labels = load_digit_views(split)
    assert labels.dtype == torch.int64
    assert {name: tuple(view.shape) for name, view in views.items()} == {
        name: (number, width) for name, width in WIDTHS.items()}
    assert all(view.dtype == torch.float32 for view in views.values())
    counts = labels.bincount()
    assert counts.sum() == number
    assert counts.max() - counts.min() <= 2
    assert (views["pixels"].min(), views["pixels"].max()) == (0, 6)


def test_pixels_are_pictures_of_their_labels():
    views, labels = load_digit_views("train")
    pictures = views["pixels"].reshape(-1, 16, 15)
    centre = pictures[:, 6:10, 6:9].mean(dim=(1, 2))  # (N, 16, 15) -> (N,)
    assert centre[labels == 0].mean() < 0.5 * centre[labels == 1].mean()  # a ring, a stroke


@pytest.mark.parametrize("load", [load_omics, load_digit_views])
def test_unknown_split(load):
    with pytest.raises(ValueError, match="split must be one of 'train', 'validation', 'test', got"):
        load("val")
