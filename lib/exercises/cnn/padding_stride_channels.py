"""Exercises of cnn/padding_stride_channels."""

import torch
from torch.nn import functional as F

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def count_weights(in_channels, out_channels, kernel_size, groups, bias):
    kernels = out_channels * (in_channels // groups) * kernel_size**2
    return kernels + bias * out_channels


def _layer(r: Draw) -> tuple:
    a, b, groups = r.int(1, 6), r.int(1, 6), r.choice(1, 1, 2, 3, 8)
    return a * groups, b * groups, r.int(1, 7), groups, r.choice(True, False)


def one_by_one(x, weight, bias):
    return torch.einsum("oc,bchw->bohw", weight, x) + bias[:, None, None]


def _pixels(r: Draw) -> tuple:
    B, C, H, W, out = r.sizes(5, least=1, most=6)
    near = {"scale": 1.0, "offset": 0.0, "ties": False}
    return tuple(r.tensor(*s, **near) for s in ((B, C, H, W), (out, C), (out,)))


def field_of(layers):
    field, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        field += dilation * (kernel_size - 1) * jump
        jump *= stride
    return field


def _stack(r: Draw) -> tuple:
    sizes = [(r.int(1, 5), r.int(1, 3), r.int(1, 3)) for _ in range(r.int(0, 4))]
    return (sizes,)


def transposed(x, kernel, stride):
    spread = x.new_zeros((len(x) - 1) * stride + 1)
    spread[::stride] = x
    turned = kernel.flip(0)[None, None]
    return F.conv1d(spread[None, None], turned, padding=len(kernel) - 1)[0, 0]


def _row(r: Draw) -> tuple:
    n, k = r.sizes(2, least=1)
    near = {"scale": 1.0, "offset": 0.0, "ties": False}
    return r.tensor(n, **near), r.tensor(k, **near), r.int(1, 4)


EXERCISES = {
    "count_weights": Exercise(
        reference=count_weights,
        cases=_layer,
        fixed=lambda: [(3, 16, 3, 1, True), (8, 8, 3, 8, False)],
        mistakes={
            "Each kernel reads the channels of its own group only.": " // groups -> ",
            "The bias was not asked for.": "bias * out -> out",
            "There is a bias for each output channel.": "bias * out -> bias * in",
            "A kernel has rows and columns.": "**2 -> ",
            "The groups share the input channels; the outputs are divided already.":
                "out_channels * -> out_channels // groups *",
            "Every output channel has kernels of its own.": "out_channels * -> 1 *",
            "One bias for all?": "bias * out_channels -> bias",
            "The bias is a number, not a kernel.":
                "bias * out_channels -> bias * out_channels * kernel_size**2",
        },
    ),
    "one_by_one": Exercise(
        reference=one_by_one,
        cases=_pixels,
        fixed=lambda: [(torch.ones(1, 2, 1, 1), torch.eye(2), torch.zeros(2))],
        contract=Contract(without=("conv1d", "conv2d", "conv3d"), no_loop=True),
        rtol=1e-4,
        mistakes={
            "The bias belongs to the channels, and they are axis 1.":
                "[:, None, None] -> ",
            "Where is the bias?": " + bias[:, None, None] -> ",
            "Where the numbers agree, a transposed weight goes unseen.":
                "weight, x) -> "
                "weight.T if len(weight) == len(weight.T) else weight, x)",
            "Rows and columns are exchanged.": "bohw -> bowh",
            "The channels are the second axis of x, not the last.":
                lambda x, weight, bias: F.linear(x, weight, bias),
            "The mean over the channels is not their sum.":
                ", x) -> , x) / weight.shape[1]",
            "This is conv2d: try a product over the channels.":
                lambda x, weight, bias: F.conv2d(x, weight[:, :, None, None], bias),
            "Right, but one picture at a time.":
                lambda x, weight, bias: torch.stack([
                    torch.einsum("oc,chw->ohw", weight, picture) + bias[:, None, None]
                    for picture in x]),
        },
    ),
    "field_of": Exercise(
        reference=field_of,
        cases=_stack,
        fixed=lambda: [([(3, 1, 1)] * 2,), ([(3, 2, 1), (3, 1, 1)],), ([],)],
        mistakes={
            "A kernel of 1 sees one pixel: a layer adds kernel_size - 1.":
                "(kernel_size - 1) -> kernel_size",
            "Behind a stride, neighbours are further apart.": " * jump -> ",
            "A layer's own stride acts on what comes after it.":
                "size - 1) * jump -> size - 1) * jump * stride",
            "Dilation spreads the window.": "dilation * -> ",
            "Without any layer, an output sees its own pixel.":
                "field, jump = 1, -> field, jump = 0,",
            "Strides multiply.": "jump *= stride -> jump += stride - 1",
            "The last stride is not the whole distance.": "jump *= -> jump =",
            "Dilation does not move the outputs apart.":
                "jump *= stride -> jump *= stride * dilation",
        },
    ),
    "transposed": Exercise(
        reference=transposed,
        cases=_row,
        fixed=lambda: [(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0, 100.0]), 2)],
        contract=Contract(
            no_loop=True,
            without=("conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
                     "autograd"),
        ),
        rtol=1e-4,
        mistakes={
            "The copies of the kernel come out mirrored.": ".flip(0) -> ",
            "The first and the last copy are cut off.": ", padding=len(kernel) - 1 -> ",
            "Zeros on both sides: as many as the kernel reaches out, no more.":
                "padding=len(kernel) - 1 -> padding=len(kernel)",
            "Zeros after the last number make the result too long.":
                "(len(x) - 1) * stride + 1 -> len(x) * stride",
            "Between two numbers there are stride - 1 zeros.":
                "spread = x.new_zeros((len(x) - 1) * stride + 1) -> stride += 1; "
                "spread = x.new_zeros((len(x) - 1) * stride + 1)",
            "The gaps are filled with copies; they should be 0.":
                "spread[::stride] = x -> "
                "spread = x.repeat_interleave(stride)[: len(spread)]",
            "This is what conv_transpose1d does; build it from conv1d.":
                lambda x, kernel, stride: F.conv_transpose1d(
                    x[None, None], kernel[None, None], stride=stride)[0, 0],
            "The result should have one axis.": ")[0, 0] -> )[0]",
        },
    ),
}
