"""Exercises of cnn/nin_googlenet."""

import torch
from torch.nn import functional as F

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise
from lib.cnn.googlenet import GoogLeNetOutputs


def pixelwise(x, weight, bias):
    y = x.movedim(1, -1) @ weight.T + bias
    return y.movedim(-1, 1)


def _maps(r: Draw) -> tuple:
    B, C, H, W, K = r.sizes(5, least=1, most=6)
    scale = {"scale": 1.0, "offset": 0.0}
    return r.tensor(B, C, H, W, **scale), r.tensor(K, C, **scale), r.tensor(K, **scale)


def branch_costs(in_channels, reduction, out_channels, kernel_size):
    direct = kernel_size**2 * in_channels * out_channels
    reduced = in_channels * reduction + kernel_size**2 * reduction * out_channels
    return direct, reduced


def _branch(r: Draw) -> tuple:
    return r.int(1, 512), r.int(1, 96), r.int(1, 384), r.choice(1, 3, 5, 7)


def joint_loss(outputs, targets, share=0.3):
    if isinstance(outputs, torch.Tensor):
        return F.cross_entropy(outputs, targets)
    loss = F.cross_entropy(outputs.logits, targets)
    for logits in (outputs.aux_logits1, outputs.aux_logits2):
        if logits is not None:
            loss = loss + share * F.cross_entropy(logits, targets)
    return loss


def _reaches_all(loss, outputs, targets, share=0.3) -> bool:
    heads = [outputs] if isinstance(outputs, torch.Tensor) else outputs
    heads = [logits for logits in heads if logits is not None]
    wanted = torch.autograd.grad(joint_loss(outputs, targets, share), heads)
    found = torch.autograd.grad(loss, heads, retain_graph=True, materialize_grads=True)
    return all(map(torch.allclose, found, wanted))


def _outputs(r: Draw) -> tuple:
    B, K = r.sizes(2, least=2)
    one, two, three = (
        r.tensor(B, K, scale=1.0, offset=0.0, requires_grad=True) for _ in range(3)
    )
    outputs = GoogLeNetOutputs(one, r.choice(two, two, None), r.choice(three, None))
    chosen = r.choice(one, outputs, outputs), r.integers(0, K, B)
    return chosen if r.choice(True, False, False) else (*chosen, r.float(0, 1))


EXERCISES = {
    "pixelwise": Exercise(
        reference=pixelwise,
        cases=_maps,
        contract=Contract(
            no_loop=True, without=("conv1d", "conv2d", "conv3d", "convolution")
        ),
        rtol=1e-4,
        mistakes={
            "The product runs along the last axis: which axis are the channels?":
                "x.movedim(1, -1) -> x",
            "The channels stay last; a map has them as axis 1.":
                "return y.movedim(-1, 1) -> return y",
            "The rows of weight are output channels.": "weight.T -> weight",
            "Where is the bias?": " + bias -> ",
            "A bias is added.": "+ bias -> - bias",
            "Rows and columns are exchanged.": "movedim(1, -1) -> transpose(1, -1)",
            "Each output channel has a bias of its own.": "+ bias -> + bias.sum()",
            "Layers here are linear: no activation.": "return y -> return y.relu()",
        },
    ),
    "branch_costs": Exercise(
        reference=branch_costs,
        cases=_branch,
        fixed=lambda: [(192, 16, 32, 5), (2, 1, 1, 1)],
        contract=Contract(exact=True),
        mistakes={
            "The 1 × 1 convolution costs something, too.":
                "in_channels * reduction + -> ",
            "A kernel has two sides.":
                "direct = kernel_size**2 -> direct = kernel_size",
            "The second convolution reads the reduced channels.":
                "+ kernel_size**2 * reduction -> + kernel_size**2 * in_channels",
            "The reduction has a 1 × 1 kernel.":
                "= in_channels * -> = kernel_size**2 * in_channels *",
            "After the reduction the large kernel still has all its entries.":
                "+ kernel_size**2 * reduction -> + reduction",
            "First the direct one, then the reduced one.":
                "direct, reduced -> reduced, direct",
            "Both in numbers, not the ratio.": "direct, reduced -> direct / reduced",
            "Each output channel reads each input channel.":
                "kernel_size**2 * in_channels * out -> kernel_size**2 * out",
            "Two layers in a row: their costs add up.":
                "reduction + kernel_size**2 -> reduction * kernel_size**2",
        },
    ),
    "joint_loss": Exercise(
        reference=joint_loss,
        cases=_outputs,
        laws={"a gradient for each of the logits, as from their sum": _reaches_all},
        mistakes={
            "Here the auxiliary losses give no gradient.":
                "share * F.cross_entropy(logits, -> "
                "share * F.cross_entropy(logits.detach(),",
            "In evaluation mode the outputs are a tensor.":
                "isinstance(outputs, torch.Tensor) -> False",
            "An auxiliary classifier may be missing: None.":
                "if logits is not None -> if True",
            "This leaves the auxiliary losses out.": "loss + share * -> loss + 0 * ",
            "The share is an argument, not always 0.3.": "loss + share -> loss + 0.3",
            "The auxiliary losses weigh less than the network's own.":
                "loss + share * -> loss + ",
            "There are two auxiliary classifiers.":
                "(outputs.aux_logits1, outputs.aux_logits2) -> (outputs.aux_logits1,)",
            "Each of them has the share, not both together.":
                "loss + share * -> loss + share / 2 * ",
            "Add them: this keeps the last one only.": "loss = loss + -> loss = ",
            "A number has no gradient: stay with tensors.":
                "    return loss -> "
                "    return loss.item()",
        },
    ),
}
