"""Exercises of tensors/solving."""

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def fit_polynomial(x, y, degree):
    A = x[:, None] ** torch.arange(degree + 1)
    return torch.linalg.lstsq(A, y[:, None]).solution[:, 0]


def _points(r: Draw) -> tuple:
    N, degree = r.size(least=5, most=12), r.int(0, 3)
    x = torch.linspace(-1, 1.5, N, dtype=torch.float64)
    return x, r.tensor(N, dtype=torch.float64), degree


def ridge(X, y, strength):
    eye = torch.eye(X.shape[1], dtype=X.dtype)
    return torch.linalg.solve(X.mT @ X + strength * eye, X.mT @ y)


def _table(r: Draw) -> tuple:
    N, D = r.sizes(2, least=1)
    options = {"dtype": torch.float64, "scale": 1.0, "offset": 0.0, "ties": False}
    return r.tensor(N, D, **options), r.tensor(N, **options), r.choice(0.5, 2.0, 9.0)


def low_rank(A, k):
    U, sigma, Vt = torch.linalg.svd(A, full_matrices=False)
    return U[:, :k] * sigma[:k] @ Vt[:k]


def _matrix(r: Draw) -> tuple:
    m, n = r.sizes(2, least=1)
    return r.tensor(m, n, dtype=torch.float64, offset=0.0, ties=False), r.int(0, 3)


EXERCISES = {
    "fit_polynomial": Exercise(
        reference=fit_polynomial,
        cases=_points,
        fixed=lambda: [
            (torch.tensor([0.0, 1.0, 2.0]), torch.tensor([1.0, 2.0, 4.0]), 1)
        ],
        mistakes={
            "A polynomial of degree d has d + 1 coefficients.": "degree + 1 -> degree",
            "The constant comes first, the highest power last.":
                "solution[:, 0] -> solution[:, 0].flip(0)",
            "Which power belongs to a constant?":
                "torch.arange(degree + 1) -> torch.arange(1, degree + 2)",
            "The coefficients have shape (degree + 1,), not a column.": "[:, 0] -> ",
            "All columns are x itself: where are the powers?":
                "** torch.arange -> ** 0 * torch.ones",
            "These are the fitted values, not the coefficients.":
                lambda x, y, degree: x[:, None] ** torch.arange(degree + 1)
                @ fit_polynomial(x, y, degree),
            "The targets are squared here.": "y[:, None] -> y[:, None] ** 2",
            "That fits x to y; y is to be predicted.":
                lambda x, y, degree: fit_polynomial(y, x, degree),
        },
    ),
    "ridge": Exercise(
        reference=ridge,
        cases=_table,
        fixed=lambda: [(torch.eye(2), torch.tensor([2.0, 4.0]), 1.0)],
        contract=Contract(without=("inverse", "inv", "linalg_inv", "pinverse", "pinv")),
        rtol=1e-4,
        mistakes={
            "Right, but by the inverse: solve does it without.":
                lambda X, y, s: torch.linalg.inv(
                    X.mT @ X + s * torch.eye(X.shape[1], dtype=X.dtype)) @ X.mT @ y,
            "Broadcasting adds the strength to every entry: which ones should get it?":
                "strength * eye -> strength",
            "That is least squares without the penalty.":
                lambda X, y, s: torch.linalg.lstsq(X, y[:, None]).solution[:, 0],
            "The strength is not squared.": "strength * -> strength**2 *",
            "A sum of squares, not a mean: N does not occur.":
                "strength * -> len(X) * strength *",
            "A penalty is added, not taken away.": "X + strength -> X - strength",
            "The right-hand side is a product with the columns of X.":
                "X.mT @ y) -> X.mT @ y * strength)",
            "The derivative of both squares has the same factor 2.":
                "strength * -> 2 * strength *",
            "Columns also have products with each other, not only with themselves.":
                "X.mT @ X -> (X.mT @ X).diagonal().diag()",
            "The result has one axis.": "X.mT @ y) -> (X.mT @ y)[:, None])",
        },
    ),
    "low_rank": Exercise(
        reference=low_rank,
        cases=_matrix,
        fixed=lambda: [(torch.tensor([[3.0, 0.0], [4.0, 5.0]]), 1)],
        contract=Contract(fresh=True),
        rtol=1e-4,
        mistakes={
            "The factors are put together whole: nothing was left out.": "[:k] -> ",
            "torch returns V transposed already: its rows are the directions.":
                "@ Vt[:k] -> @ Vt[:, :k].mT",
            "The singular values are missing.": "* sigma[:k] -> ",
            "These are the smallest, not the largest.":
                lambda A, k: A - low_rank(A, max(min(A.shape) - k, 0)),
            "One direction only, the k-th: the ones before it belong to it.":
                lambda A, k: low_rank(A, k) - low_rank(A, max(k - 1, 0)),
            "That is one direction more than k.": "[:k] -> [: k + 1]",
            "This is what is left out.": lambda A, k: A - low_rank(A, k),
            "Use each singular value once, not squared.": "sigma[:k] -> sigma[:k] ** 2",
            "The first k columns of A are no approximation of the others.":
                lambda A, k: torch.cat([A[:, :k], 0 * A[:, k:]], dim=1),
        },
    ),
}
