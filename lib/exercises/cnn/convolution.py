"""Exercises of cnn/convolution."""

import torch
from torch.nn import functional as F

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def cross_correlate(x, kernel):
    return x.unfold(0, len(kernel), 1) @ kernel


def _signal(r: Draw) -> tuple:
    k, more = r.sizes(2, least=1)
    near = {"scale": 1.0, "offset": 0.0, "ties": False}
    return r.tensor(k + more, **near), r.tensor(k, **near)


def multiply_polynomials(a, b):
    flipped = b.flip(0)
    return F.conv1d(a[None, None], flipped[None, None], padding=len(b) - 1)[0, 0]


def _polynomials(r: Draw) -> tuple:
    near = {"scale": 1.0, "offset": 0.0, "ties": False}
    return tuple(r.tensor(n, **near) for n in r.sizes(2, least=1))


def kernel_gradient(x, upstream):
    return F.conv2d(x[None, None], upstream[None, None])[0, 0]


def _by_autograd(x, upstream):
    h, w = (n - m + 1 for n, m in zip(x.shape, upstream.shape, strict=True))
    kernel = x.new_zeros(1, 1, h, w).requires_grad_()
    F.conv2d(x[None, None], kernel).backward(upstream[None, None])
    return kernel.grad[0, 0]


def _picture(r: Draw) -> tuple:
    (H, W), (h, w) = r.sizes(2, least=1), (r.int(1, 3), r.int(1, 3))
    near = {"scale": 1.0, "offset": 0.0, "ties": False}
    return r.tensor(H + h - 1, W + w - 1, **near), r.tensor(H, W, **near)


def fit_kernel(x, y):
    h, w = x.shape[0] - y.shape[0] + 1, x.shape[1] - y.shape[1] + 1
    windows = x.unfold(0, h, 1).unfold(1, w, 1).reshape(-1, h * w)
    return torch.linalg.lstsq(windows, y.reshape(-1, 1)).solution.reshape(h, w)


def _pair(r: Draw) -> tuple:
    (H, W), (h, w) = (n + 4 for n in r.sizes(2, most=4)), (r.int(1, 3), r.int(1, 3))
    near = {"dtype": torch.float64, "scale": 1.0, "ties": False}
    return r.tensor(H + h - 1, W + w - 1, **near), r.tensor(H, W, offset=0.0, **near)


EXERCISES = {
    "cross_correlate": Exercise(
        reference=cross_correlate,
        cases=_signal,
        fixed=lambda: [(torch.tensor([1.0, 2.0, 4.0]), torch.tensor([10.0, 1.0]))],
        contract=Contract(no_loop=True),
        rtol=1e-4,
        mistakes={
            "The kernel is flipped: that is the convolution of mathematics.":
                "@ kernel -> @ kernel.flip(0)",
            "The windows do not overlap: how far apart are two of them?":
                "(kernel), 1) -> (kernel), len(kernel))",
            "Each window should become one number.": "@ kernel -> * kernel",
            "A mean divides by the length of the kernel.":
                "@ kernel -> @ kernel / len(kernel)",
            "The last window is missing.": "@ kernel -> [:-1] @ kernel",
            "The first window is missing.": "@ kernel -> [1:] @ kernel",
            "Right, but one window at a time: a view shows all windows at once.":
                "x.unfold(0, len(kernel), 1) @ kernel -> torch.stack([x[i : i + "
                "len(kernel)] @ kernel for i in range(len(x) - len(kernel) + 1)])",
            "The signal is padded: keep to the windows that fit.":
                "x.unfold -> F.pad(x, (len(kernel) - 1, 0)).unfold",
        },
    ),
    "multiply_polynomials": Exercise(
        reference=multiply_polynomials,
        cases=_polynomials,
        fixed=lambda: [(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0, 5.0]))],
        contract=Contract(no_loop=True),
        rtol=1e-4,
        mistakes={
            "torch correlates: turn one of the two round first.": ".flip(0) -> ",
            "Without zeros at both ends the outer coefficients are missing.":
                ", padding=len(b) - 1 -> ",
            "One zero too many at each end.": "len(b) - 1 -> len(b)",
            "These zeros are for a kernel as long as a.": "len(b) - 1 -> len(a) - 1",
            "The coefficients come out highest first.": "[0, 0] -> [0, 0].flip(0)",
            "The result should have one axis.": ")[0, 0] -> )[0]",
            "Both are turned round, so the product is, too.": "F.conv1d(a -> "
                "F.conv1d(a.flip(0)",
            "Right, but with a loop over the coefficients: one call does it.":
                "return -> [a * c for c in b]; return",
        },
    ),
    "kernel_gradient": Exercise(
        reference=kernel_gradient,
        cases=_picture,
        fixed=lambda: [(torch.arange(6.0).reshape(2, 3), torch.tensor([[1.0, 10.0]]))],
        contract=Contract(without=("autograd",)),
        rtol=1e-4,
        mistakes={
            "Which entry of x does kernel entry (0, 0) multiply in the first window?":
                "upstream[None -> upstream.flip(0, 1)[None",
            "Rows and columns are exchanged.": ")[0, 0] -> )[0, 0].mT",
            "The gradient of a kernel entry is a sum over all windows, not their mean.":
                ")[0, 0] -> )[0, 0] / upstream.numel()",
            "Autograd did this: write the sum itself.": _by_autograd,
            "The sign: there is no minus in y = Σ w x.": "return -> return -",
            "The result should have the two axes of the kernel.": ")[0, 0] -> )",
            "Padding makes it larger than the kernel.": ")[0, 0] -> , padding=1)[0, 0]",
            "Where is the upstream gradient? Not every output matters equally.":
                "upstream[None -> torch.ones_like(upstream)[None",
        },
    ),
    "fit_kernel": Exercise(
        reference=fit_kernel,
        cases=_pair,
        rtol=1e-8,
        mistakes={
            "The kernel comes out flipped.":
                "solution.reshape -> solution.flip(0).reshape",
            "The kernel should have two axes.": ".reshape(h, w) -> [:, 0]",
            "Transposed windows give a transposed kernel.":
                "(1, w, 1) -> (1, w, 1).mT",
            "Rows and columns of the kernel are exchanged.":
                "solution.reshape(h, w) -> solution.reshape(w, h).mT",
            "The windows go down the columns, the outputs along the rows.":
                "1).reshape(-1 -> 1).transpose(0, 1).reshape(-1",
            "Single precision loses digits: stay in float64.":
                ".reshape(-1, h * w) -> .reshape(-1, h * w).float().double()",
            "A bias was fitted that nobody asked for.":
                "windows, y -> windows - windows.mean(0), y - y.mean() + 0 * y",
            "This is the correlation of x with y, not the best kernel.":
                "torch.linalg.lstsq(windows, y.reshape(-1, 1)).solution -> "
                "(windows.T @ y.reshape(-1, 1))",
            "Divide by the whole matrix of sums, not by its diagonal alone.":
                "torch.linalg.lstsq(windows, y.reshape(-1, 1)).solution -> "
                "(windows.T @ y.reshape(-1, 1) / windows.square().sum(0)[:, None])",
        },
    ),
}
