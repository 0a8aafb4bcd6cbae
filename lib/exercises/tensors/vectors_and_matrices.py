"""Exercises of tensors/vectors_and_matrices."""

import torch
from torch.linalg import vector_norm

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def shadow(x, y):
    return (x @ y) / (y @ y) * y


def _pair(r: Draw) -> list:
    D = r.size(least=1)
    return [r.tensor(D, ties=False, dtype=torch.float64) for _ in range(2)]


def rotation(angle):
    c, s = angle.cos(), angle.sin()
    return torch.stack([torch.stack([c, -s]), torch.stack([s, c])])


def cosines(x, y):
    x = x / vector_norm(x, dim=1, keepdim=True)
    y = y / vector_norm(y, dim=1, keepdim=True)
    return x @ y.mT


def _tables(r: Draw) -> list:
    N, M, D = r.sizes(3, least=1)
    return [r.tensor(n, D, ties=False, dtype=torch.float64) for n in (N, M)]


EXERCISES = {
    "shadow": Exercise(
        reference=shadow,
        cases=_pair,
        fixed=lambda: [(torch.tensor([1.0, 3.0]), torch.tensor([4.0, 2.0]))],
        contract=Contract(fresh=True),
        mistakes={
            "If y were twice as long, should its shadow change?": "/ (y @ y) -> ",
            "The length alone is divided by once: y is not of length 1 either.":
                "(y @ y) -> (y @ y).sqrt()",
            "That is the shadow of y on x.": "(y @ y) * y -> (x @ x) * x",
            "Which of the two should the result be a multiple of?": "* y -> * x",
            "The wrong square: which length has to cancel?": "/ (y @ y) -> / (x @ x)",
            "A shadow is a vector, a multiple of y.": " * y -> ",
            "That is what is left of x when the shadow is taken away.":
                lambda x, y: x - (x @ y) / (y @ y) * y,
            "Element by element, nothing is added up.": "(x @ y) -> (x * y)",
            "*= edits y, which belongs to the caller.":
                lambda x, y: y.mul_((x @ y) / (y @ y)),
        },
    ),
    "rotation": Exercise(
        reference=rotation,
        cases=lambda r: (r.tensor(dtype=r.choice(torch.float32, torch.float64),
                                  scale=2.0, offset=0.0, ties=False),),
        fixed=lambda: [(torch.tensor(0.0),), (torch.tensor(torch.pi / 2),)],
        rtol=1e-4,
        mistakes={
            "This turns clockwise: where should (1, 0) land?":
                ", angle.sin -> , -angle.sin",
            "A half turn too far: both arrows point the other way.":
                lambda a: -rotation(a),
            "Where does (0, 1) land, above or below the axis?": "-s -> s",
            "The angle is in radians already.": "angle. -> angle.deg2rad().",
            "Sine and cosine are swapped here.": "c, s = -> s, c = ",
            "This only turns one of the two arrows.": "[s, c] -> [s, s]",
            "A table of two rows and two columns, not four numbers in a row.":
                lambda a: rotation(a).flatten(),
            "The dtype is that of the angle.":
                lambda a: rotation(a).float(),
            "This is mirrored: a mirror turns nothing.": "[s, c] -> [s, -c]",
        },
    ),
    "cosines": Exercise(
        reference=cosines,
        cases=_tables,
        fixed=lambda: [
            (torch.tensor([[3.0, 4.0], [60.0, 0.0]]), torch.tensor([[0.0, 1.0]]))
        ],
        contract=Contract(no_loop=True),
        mistakes={
            "A long row has large products: where are the norms?":
                lambda x, y: x @ y.mT,
            "One norm for the whole table: each row has its own.":
                ", dim=1, keepdim=True -> ",
            "In a square table, a norm of shape (N,) divides columns.":
                "x, dim=1, keepdim=True -> x, dim=1, keepdim=len(x) != x.shape[1]",
            "Rows belong to x, columns to y.": "x @ y.mT -> y @ x.mT",
            "Only the rows of x have length 1 now.":
                "y = y / vector_norm(y, dim=1, keepdim=True) -> ",
            "The norm is the root of the sum of squares.":
                "keepdim=True) -> keepdim=True) ** 2",
            "The sum of absolute values is another norm.": ", dim=1 -> , 1, dim=1",
            "Right, but one row at a time, in a loop.":
                "x @ y.mT -> torch.stack([y @ row for row in x])",
            "The table x belongs to the caller: /= edits it.": "x = x / -> x /=",
            "A cosine may be negative.": "x @ y.mT -> (x @ y.mT).abs()",
        },
    ),
}
