"""6,000 embedded Fashion-MNIST pictures and their fixed split, with no download."""

import torch

from lib.data.embedded_files import check_split, read_arrays

FASHION_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def load_fashion(
    split: str, *, flatten: bool = False, as_float: bool = True
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return images and labels of one split of the 6,000; 0 is background.

    "train" has 4,200 images, "validation" and "test" 900 each, equally many of each of
    the ten FASHION_CLASSES. "train" and "validation" come from the original training
    set, "test" from the original test set; no image occurs twice. With `as_float=False`
    the images stay bytes from 0 to 255. `lib.data.full` has all 70,000.

    Shapes: images (N, 1, 28, 28) float32 in [0, 1], or (N, 784) with `flatten=True`;
        labels (N,) int64.
    Raises: ValueError if `split` is not "train", "validation" or "test".
    Source: Xiao, Rasul, Vollgraf (2017), arXiv:1708.07747; MIT licence, Zalando SE.
    """
    check_split(split)
    arrays = read_arrays("fashion.npz.xz")
    images = torch.from_numpy(arrays[f"{split}_images"])
    if not flatten:
        images = images.reshape(-1, 1, 28, 28)  # (N, 784) -> (N, 1, 28, 28)
    if as_float:
        images = images.float() / 255
    return images, torch.from_numpy(arrays[f"{split}_labels"]).long()
