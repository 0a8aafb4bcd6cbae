"""What a network looks at: heat maps by gradients and by hiding, and its blind spots.

Dimension letters: B pictures, C channels, H height, W width, K classes, h and w the
height and width of a layer's maps.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def grad_cam(
    model: nn.Module, layer: nn.Module, pictures: Tensor, classes: Tensor
) -> Tensor:
    r"""Return how much each cell of a layer's maps speaks for a class.

    $$L = \operatorname{relu}\Bigl(\sum_c \alpha_c A_c\Bigr), \quad
    \alpha_c = \frac{1}{hw} \sum_{i,j} \frac{\partial z_k}{\partial A_{cij}}$$

    A are the maps that `layer` returns, z_k is the logit of class k.

    Shapes: pictures (B, C, H, W), as the model wants them; classes (B,) int64
        -> (B, h, w)
    Raises: ValueError if the model does not call `layer` exactly once.
    Source: Selvaraju et al. (2017), Grad-CAM, https://arxiv.org/abs/1610.02391
    """
    kept = []
    handle = layer.register_forward_hook(lambda module, args, out: kept.append(out))
    try:
        with torch.enable_grad():
            logits = model(pictures.detach().requires_grad_())  # -> (B, K)
            total = logits.gather(1, classes[:, None]).sum()  # (B, 1) -> ()
    finally:
        handle.remove()
    if len(kept) != 1:
        raise ValueError(f"the model must call layer once, it did so {len(kept)} times")
    (maps,) = kept
    (slopes,) = torch.autograd.grad(total, maps)
    weights = slopes.mean(dim=(2, 3), keepdim=True)  # (B, C, h, w) -> (B, C, 1, 1)
    return F.relu((weights * maps).sum(dim=1)).detach()  # (B, C, h, w) -> (B, h, w)


@torch.no_grad()
def occlusion(
    predict: Callable[[Tensor], Tensor],
    picture: Tensor,
    class_index: int,
    *,
    size: int,
    stride: int,
    fill: float = 0.5,
) -> Tensor:
    """Return how much a class loses when a grey square hides a part of the picture.

    `predict` returns logits or probabilities; they are asked one row of squares at a
    time.

    Shapes: picture (1, C, H, W) -> (rows, columns), of the squares that fit
    Raises: ValueError if `size` or `stride` is below 1, or no square fits.
    Source: Zeiler, Fergus (2014), https://arxiv.org/abs/1311.2901
    """
    height, width = picture.shape[2:]
    if not 1 <= size <= min(height, width) or stride < 1:
        raise ValueError(
            f"size must be from 1 to {min(height, width)} and stride at least 1, "
            f"got {size} and {stride}"
        )
    lefts = range(0, width - size + 1, stride)
    rows = []
    for top in range(0, height - size + 1, stride):
        hidden = picture.repeat(len(lefts), 1, 1, 1)  # -> (columns, C, H, W)
        for copy, left in zip(hidden, lefts, strict=True):
            copy[:, top : top + size, left : left + size] = fill
        rows.append(predict(hidden)[:, class_index])
    return predict(picture)[0, class_index] - torch.stack(rows)


def fgsm(
    predict: Callable[[Tensor], Tensor],
    pictures: Tensor,
    classes: Tensor,
    epsilon: float,
) -> Tensor:
    r"""Change each value by at most epsilon, in the direction in which the loss grows.

    $$x' = \operatorname{clip}(x + \epsilon\,\operatorname{sign}
    \nabla_{x} L(x, k),\ 0,\ 1)$$

    L is the cross-entropy of class k, and `predict` returns logits. With a negative
    epsilon the step leads towards the class instead of away from it.

    Shapes: pictures (B, C, H, W) from 0 to 1; classes (B,) int64 -> (B, C, H, W)
    Source: Goodfellow, Shlens, Szegedy (2015), https://arxiv.org/abs/1412.6572
    """
    with torch.enable_grad():
        x = pictures.detach().requires_grad_()
        loss = F.cross_entropy(predict(x), classes, reduction="sum")
        (slopes,) = torch.autograd.grad(loss, x)
    return (pictures + epsilon * slopes.sign()).clamp(0, 1)
