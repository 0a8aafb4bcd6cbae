"""Exercises of cnn/seeing."""

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def cam(maps, weight, class_index):
    evidence = torch.einsum("c,chw->hw", weight[class_index], maps)
    return evidence.clamp(min=0)


def _maps(r: Draw) -> tuple:
    C, h, w, K = r.sizes(4, least=1)
    maps = r.tensor(C, h, w, scale=1.0, offset=0.0).abs()
    return maps, r.tensor(K, C, scale=1.0, offset=0.0), r.int(0, K - 1)


def show_hottest(picture, heat, count):
    mask = torch.zeros(heat.numel(), dtype=torch.bool)
    mask[heat.flatten().argsort(descending=True)[:count]] = True
    tall = picture.shape[2] // heat.shape[0]
    wide = picture.shape[3] // heat.shape[1]
    mask = mask.view(heat.shape)  # (h * w,) -> (h, w)
    mask = mask.repeat_interleave(tall, 0).repeat_interleave(wide, 1)  # -> (H, W)
    return torch.where(mask, picture, 0.5)


def _heated(r: Draw) -> tuple:
    h, w, tall, wide = r.sizes(4, least=1, most=5)
    picture = torch.rand(1, 3, h * tall, w * wide, generator=r.generator())
    heat = r.tensor(h, w, scale=1.0, offset=0.0, ties=False)
    return picture, heat, r.int(0, h * w)


def _one_channel(picture, heat, count):
    shown = picture.clone()
    shown[:, 0] = show_hottest(picture, heat, count)[:, 0]
    return shown


def keep_near(changed, original, radius):
    near = changed.clamp(original - radius, original + radius)
    return near.clamp(0, 1)


def _moved(r: Draw) -> tuple:
    shape = (r.size(least=1), 3, *r.sizes(2, least=1, most=4))
    original = torch.rand(shape, generator=r.generator())
    change = r.tensor(*shape, scale=0.2, offset=0.0)
    return original + change, original, r.choice(0.02, 0.1, 0.3)


def _by_length(changed, original, radius):
    change = changed - original
    share = (radius / change.norm().clamp(min=1e-12)).clamp(max=1)
    return (original + share * change).clamp(0, 1)


EXERCISES = {
    "cam": Exercise(
        reference=cam,
        cases=_maps,
        contract=Contract(no_loop=True),
        rtol=1e-4,
        mistakes={
            "Negative cells speak against the class.": ".clamp(min=0) -> ",
            "A negative weight counts, too: clip the sum, not the weights.":
                "weight[class_index] -> weight[class_index].clamp(min=0)",
            "All maps count alike here: where is the class?":
                "weight[class_index], -> torch.ones_like(weight[class_index]),",
            "The weights are taken as they are, without a softmax.":
                "weight[class_index] -> weight[class_index].softmax(0)",
            "What speaks against the class is not evidence for it.":
                "clamp(min=0) -> abs()",
            "This keeps what speaks against the class.": "clamp(min=0) -> clamp(max=0)",
            "A sum over the maps, not their mean.":
                "return evidence -> return (evidence / len(maps))",
            "The map is not scaled to its largest cell.":
                "clamp(min=0) -> clamp(min=0) / evidence.max().clamp(min=1e-9)",
            "Rows and columns have changed places.": "->hw -> ->wh",
            "The weights of the first class answer for all.":
                "weight[class_index] -> weight[0]",
        },
    ),
    "show_hottest": Exercise(
        reference=show_hottest,
        cases=_heated,
        contract=Contract(fresh=True),
        mistakes={
            "These are the coldest cells.": "descending=True -> descending=False",
            "Grey is 0.5; 0 is black.": "0.5 -> 0.0",
            "The hottest cells are hidden here.": "where(mask -> where(~mask",
            "masked_fill_ edits the caller's picture.":
                "torch.where(mask, picture, 0.5) -> picture.masked_fill_(~mask, 0.5)",
            "repeat lays whole maps side by side; each cell must grow.":
                "repeat_interleave(tall, 0).repeat_interleave(wide, 1) -> "
                "repeat(tall, wide)",
            "The flat order is row by row: this reads it column by column.":
                "mask.view(heat.shape) -> mask.view(heat.shape[::-1]).T",
            "One cell too many.": "[:count] -> [: count + 1]",
            "Hot is not above the mean: `count` says how many.":
                "heat.flatten().argsort(descending=True)[:count] -> "
                "heat.flatten() > heat.mean()",
            "The other channels still show what was there.": _one_channel,
            "Not the picture's own mean, but 0.5.": "0.5 -> picture.mean()",
        },
    ),
    "keep_near": Exercise(
        reference=keep_near,
        cases=_moved,
        contract=Contract(fresh=True),
        mistakes={
            "Some values are no brightness any more.": ".clamp(0, 1) -> ",
            "The distance from the original is not limited.":
                "changed.clamp(original - radius, original + radius) -> changed",
            "Only upwards is limited.": "original - radius, -> None,",
            "Only downwards is limited.": ", original + radius) -> )",
            "The radius is the same for dark and bright values.":
                "original - radius, original + radius -> "
                "original * (1 - radius), original * (1 + radius)",
            "Brightness starts at 0.": "clamp(0, 1) -> clamp(-1, 1)",
            "The radius holds for each value, not for the length of the whole change.":
                _by_length,
            "A value that went too far stops at the edge, not at the original.":
                "changed.clamp(original - radius, original + radius) -> "
                "torch.where((changed - original).abs() <= radius, changed, original)",
            "clamp_ edits the caller's tensor.": "changed.clamp( -> changed.clamp_(",
        },
    ),
}
