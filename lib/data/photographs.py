"""Four embedded colour photographs, to see what a network does with a picture."""

import torch

from lib.data.embedded_files import read_arrays

PHOTOGRAPHS = ("chelsea", "coffee", "astronaut", "rocket")


def load_photograph(name: str, *, as_float: bool = True) -> torch.Tensor:
    """Return a square colour photograph as a batch of one, in red, green and blue.

    "chelsea" is a cat, "coffee" a cup on a saucer, "astronaut" a portrait, "rocket" a
    rocket at its launch pad. With `as_float=False` the values stay bytes from 0 to 255.

    Shapes: (1, 3, 224, 224) float32 in [0, 1]
    Raises: ValueError if `name` is not one of PHOTOGRAPHS.
    Source: scikit-image's sample pictures, given to the public (CC0, public domain).
    """
    if name not in PHOTOGRAPHS:
        wanted = ", ".join(map(repr, PHOTOGRAPHS))
        raise ValueError(f"name must be one of {wanted}, got {name!r}")
    picture = torch.from_numpy(read_arrays("photographs.npz.xz")[name])
    picture = picture.permute(2, 0, 1)[None].contiguous()  # (H, W, 3) -> (1, 3, H, W)
    return picture.float() / 255 if as_float else picture
