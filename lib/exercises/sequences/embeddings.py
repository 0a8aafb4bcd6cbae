"""Exercises of sequences/embeddings."""

import torch
from torch.nn import functional as F

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def lookup(ids, table):
    return F.one_hot(ids, len(table)).to(table.dtype) @ table


def _ids(r: Draw) -> tuple:
    B, T, V, D = r.sizes(4, least=1)
    return r.integers(0, V, B, T), r.tensor(V, D, requires_grad=True)


def nearest_others(vectors, word, k):
    units = vectors / vectors.norm(dim=1, keepdim=True)
    cosines = units @ units[word]
    cosines[word] = -torch.inf
    return cosines.topk(k).indices


def _words(r: Draw) -> tuple:
    V, D, k = 2 + r.size(), r.size(least=2), r.size(least=1)
    vectors = r.tensor(V, D, scale=1.0, offset=0.0, ties=False)
    lengths = 1.0 + r.integers(0, 9, V, 1)
    return vectors * lengths, r.choice(0, V - 1, V // 2), min(k, V - 1)


def skip_gram_step(v, u, noise, lr):
    missing = torch.sigmoid(v @ u) - 1
    excess = torch.sigmoid(noise @ v)
    new_v = v - lr * (missing * u + excess @ noise)
    return new_v, u - lr * missing * v, noise - lr * torch.outer(excess, v)


def _vectors(r: Draw) -> tuple:
    K, D = r.sizes(2, least=1)
    shapes = ((D,), (D,), (K, D))
    return *(r.tensor(*s, scale=1.0, offset=0.0) for s in shapes), r.choice(0.1, 0.5)


EXERCISES = {
    "lookup": Exercise(
        reference=lookup,
        cases=_ids,
        fixed=lambda: [(torch.tensor([[1, 0, 1]]), torch.tensor([[1.0], [5.0]]))],
        contract=Contract(without=("embedding", "index", "index_select", "gather")),
        mistakes={
            "The numbers are names: multiplying by them means nothing.":
                "F.one_hot(ids, len(table)).to(table.dtype) @ table -> "
                "ids[..., None].to(table.dtype) * table.sum(0)",
            "Without a number of classes, one_hot stops at the largest id it sees.":
                "ids, len(table) -> ids",
            "The last axis counts words, not numbers a word.":
                "len(table) -> table.shape[1]",
            "A batch keeps its two axes.": "one_hot(ids, -> one_hot(ids.flatten(),",
            "The gradient must reach the table.": "@ table -> @ table.detach()",
            "Token 0 has row 0.": "@ table -> @ table.roll(1, 0)",
            "One word each, not the mean over the sentence.":
                ".dtype) @ -> .dtype).mean(dim=1) @",
            "The words stay apart: this is a bag of words.":
                ".dtype) @ -> .dtype).sum(dim=1) @",
        },
    ),
    "nearest_others": Exercise(
        reference=nearest_others,
        cases=_words,
        fixed=lambda: [(torch.tensor([[1.0, 0], [9.0, 9], [1.0, 0.1], [0, 2]]), 0, 2)],
        mistakes={
            "Long vectors win a dot product.":
                "units @ units[word] -> vectors @ vectors[word]",
            "The word itself is no other word.": "    cosines[word] = -torch.inf -> ",
            "Largest first.": "topk(k) -> topk(k, largest=False)",
            "Their numbers, not their cosines.": ".indices -> .values",
            "k of them.": "topk(k) -> topk(1)",
            "An opposite is not near.": "[word]\n -> [word]\n    cosines.abs_()\n",
            "Distances depend on the lengths.":
                "units @ units[word] -> -(vectors - vectors[word]).norm(dim=1)",
            "vectors belongs to the caller.": "vectors / vec -> vectors.div_(1) / vec",
        },
    ),
    "skip_gram_step": Exercise(
        reference=skip_gram_step,
        cases=_vectors,
        contract=Contract(fresh=True, without=("autograd",)),
        mistakes={
            "Against the gradient.": "v - lr * (missing -> v + lr * (missing",
            "The real pair should have probability 1.": "(v @ u) - 1 -> (v @ u)",
            "A drawn word should have probability 0, not 1.":
                "(noise @ v) -> (noise @ v) - 1",
            "u learns from v before the step.": "missing * v, -> missing * new_v,",
            "The noise learns from v before the step.":
                "outer(excess, v) -> outer(excess, new_v)",
            "Each drawn word counts in full: a sum.":
                "excess @ noise -> excess @ noise / len(noise)",
            "v moves away from the noise, too.": " + excess @ noise -> ",
            "The noise moves.": "lr * torch.outer(excess, v) -> 0",
            "u's gradient points along v.": "missing * v, -> missing * u,",
            "The rate is missing.": "u - lr * missing -> u - missing",
        },
    ),
}
