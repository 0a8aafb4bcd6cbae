"""Exercises of cnn/pooling."""

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def block_means(maps, size):
    B, C, H, W = maps.shape
    blocks = maps.reshape(B, C, H // size, size, W // size, size)
    return blocks.mean(dim=(3, 5))


def _blocks(r: Draw) -> tuple:
    B, C, P, Q = r.sizes(4, least=1, most=5)
    size = r.choice(1, 2, 3)
    return r.tensor(B, C, P * size, Q * size), size


def num_windows(size, kernel, stride, padding, ceil_mode):
    room = size + 2 * padding - kernel
    count = (room + stride - 1 if ceil_mode else room) // stride + 1
    if (count - 1) * stride >= size + padding:
        count -= 1
    return count


def _geometry(r: Draw) -> tuple:
    kernel = r.int(1, 5)
    padding = r.int(0, kernel // 2)
    return r.int(kernel, 12), kernel, r.int(1, 5), padding, r.choice(False, True)


def max_gradient(maps, arriving, size):
    gradient = torch.zeros_like(maps)
    for p in range(arriving.shape[0]):
        for q in range(arriving.shape[1]):
            window = maps[p * size : (p + 1) * size, q * size : (q + 1) * size]
            place = window.flatten().argmax().item()
            row, column = p * size + place // size, q * size + place % size
            gradient[row, column] = arriving[p, q]
    return gradient


def _arriving(r: Draw) -> tuple:
    P, Q = r.sizes(2, least=1, most=4)
    size = r.choice(1, 2, 3)
    H, W = (n * size + r.int(0, size - 1) for n in (P, Q))  # some rows are left over
    return r.tensor(H, W), r.tensor(P, Q), size


def masked_average(maps, mask):
    inside = mask[:, None]
    total = torch.where(inside, maps, 0.0).sum(dim=(2, 3))
    return total / inside.sum(dim=(2, 3))


def _masked(r: Draw) -> tuple:
    B, C, H, W = r.sizes(4, least=1, most=5)
    mask = r.mask(B, H, W)
    mask[:, 0, 0] = True
    outside = r.choice(0.0, 9.0, torch.nan)
    return torch.where(mask[:, None], r.tensor(B, C, H, W), outside), mask


EXERCISES = {
    "block_means": Exercise(
        reference=block_means,
        cases=_blocks,
        fixed=lambda: [(torch.arange(16.0).view(1, 1, 4, 4), 2)],
        contract=Contract(
            no_loop=True,
            without=("avg_pool2d", "avg_pool3d", "adaptive_avg_pool2d",
                     "adaptive_avg_pool3d", "lp_pool2d", "interpolate"),
        ),
        rtol=3e-4,
        mistakes={
            "These axes count the blocks: average inside a block.":
                "dim=(3, 5) -> dim=(2, 4)",
            "The pixels of a block stand side by side: its axis is the inner one.":
                "H // size, size, W // size, size -> size, H // size, size, W // size",
            "The mean, not the largest.": ".mean( -> .amax(",
            "The mean, not the sum.": ".mean( -> .sum(",
            "Both axes need a mean.": "dim=(3, 5) -> dim=3",
            "That keeps one pixel of each block and ignores the others.":
                ".mean(dim=(3, 5)) -> [:, :, :, 0, :, 0]",
            "Each channel has its own means.": "dim=(3, 5) -> dim=(1, 3, 5)",
            "Rows and columns have changed places.":
                ".mean(dim=(3, 5)) -> .mean(dim=(3, 5)).mT",
        },
    ),
    "num_windows": Exercise(
        reference=num_windows,
        cases=_geometry,
        fixed=lambda: [(5, 2, 2, 0, True), (5, 2, 2, 0, False), (5, 2, 2, 1, True)],
        contract=Contract(exact=True, without=(
            "max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d", "lp_pool1d")),
        draws=96,
        mistakes={
            "A window may not start behind the map.": "count -= 1 -> pass",
            "Directly behind the map is behind it, too.": ">= size -> > size",
            "Windows start in the padding, so the map ends at size + padding.":
                ">= size + padding -> >= size",
            "Rounded down always: where is ceil_mode?": "if ceil_mode -> if False",
            "Rounded up always.": "if ceil_mode -> if True",
            "Padding stands on both sides.": "2 * padding -> padding",
            "The first window counts as well.": "// stride + 1 -> // stride",
            "The last window must fit: where is its size?": " - kernel -> ",
        },
    ),
    "max_gradient": Exercise(
        reference=max_gradient,
        cases=_arriving,
        fixed=lambda: [
            (torch.tensor([[1.0, 4.0], [3.0, 2.0]]), torch.tensor([[10.0]]), 2),
            (torch.zeros(2, 2), torch.tensor([[1.0]]), 2),
        ],
        contract=Contract(fresh=True, without=("autograd", "max_pool2d")),
        mistakes={
            "This is the smallest.": ".argmax() -> .argmin()",
            "Of equal numbers the first gets it, not the last.":
                "flatten().argmax() -> flatten().eq(window.max()).nonzero()[-1]",
            "An average shares what arrives; a maximum passes it to one pixel.":
                "[row, column] = arriving[p, q] -> [p * size : (p + 1) * size, "
                "q * size : (q + 1) * size] = arriving[p, q] / size**2",
            "Of equal numbers one gets the gradient, not all.":
                "[row, column] = arriving[p, q] -> [p * size : (p + 1) * size, q * "
                "size : (q + 1) * size] = arriving[p, q] * (window == window.max())",
            "Rows come first: place // size is the row.":
                "place // size, q * size + place % size -> "
                "place % size, q * size + place // size",
            "The chain rule: what arrives is passed on.": "= arriving[p, q] -> = 1.0",
            "Largest, not farthest from 0.": "window.flatten -> window.abs().flatten",
            "These windows overlap; they should stand side by side.":
                "[p * size : (p + 1) * size, q * size : (q + 1) * size] -> "
                "[p : p + size, q : q + size]",
        },
    ),
    "masked_average": Exercise(
        reference=masked_average,
        cases=_masked,
        fixed=lambda: [
            (torch.tensor([[[[1.0, 3.0, 9.0]]]]), torch.tensor([[[True, True, False]]]))
        ],
        contract=Contract(no_loop=True),
        rtol=3e-4,
        mistakes={
            "Divided by all pixels, also those outside.":
                "inside.sum(dim=(2, 3)) -> inside[0].numel()",
            "What stands outside the picture was added.":
                "torch.where(inside, maps, 0.0) -> maps",
            "NaN times 0 is NaN.": "torch.where(inside, maps, 0.0) -> (maps * inside)",
            "The mask lacks an axis for the channels.": "mask[:, None] -> mask",
            "That averages what is outside.": "mask[:, None] -> ~mask[:, None]",
            "Each picture has its own number of pixels.":
                "/ inside.sum(dim=(2, 3)) -> / inside.sum(dim=(2, 3)).max()",
            "One number for each picture and channel: (B, C).":
                "dim=(2, 3) -> dim=(2, 3), keepdim=True",
            "Sum over rows and columns, not over the batch.":
                "dim=(2, 3) -> dim=(0, 2), keepdim=True",
        },
    ),
}
