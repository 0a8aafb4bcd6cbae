"""Exercises of data/padding."""

import torch
from torch.nn.functional import pad

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def masked_max(values, mask):
    return values.masked_fill(~mask[..., None], -torch.inf).amax(dim=1)


def _values(r: Draw) -> tuple:
    B, T, D = r.sizes(3, least=1)
    values, mask = r.tensor(B, T, D), r.mask(B, T)
    mask[torch.arange(B), r.integers(0, T, B)] = True
    padding = r.choice(0.0, 1e30, torch.inf, torch.nan)
    return r.choice(values, values.masked_fill(~mask[..., None], padding)), mask


def _first_real(values, mask):
    real = torch.arange(mask.shape[1]) < mask.sum(1, keepdim=True)
    return masked_max(values, real)


def bucket_batches(lengths, max_tokens):
    if lengths and max(lengths) > max_tokens:
        raise ValueError(f"a length of {max(lengths)} is more than {max_tokens}")
    found = []
    for i, n in sorted(enumerate(lengths), key=lambda pair: (pair[1], pair[0])):
        size = len(found[-1]) if found else 0
        if not found or (size + 1) * n > max_tokens:
            found.append([])
        found[-1].append(i)
    return found


def _lengths(r: Draw) -> tuple:
    lengths = [r.int(1, 7) for _ in range(r.int(0, 12))]
    return lengths, max([*lengths, 1]) * r.int(1, 3) + r.choice(-1, 0, 0, 1, 2)


def _real_lengths_only(lengths, max_tokens):
    if lengths and max(lengths) > max_tokens:
        return bucket_batches(lengths, max_tokens)
    found = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not found or sum(lengths[k] for k in [*found[-1], i]) > max_tokens:
            found.append([])
        found[-1].append(i)
    return found


def collate_left(examples):
    longest = max(len(x) for x, _ in examples)
    rows, real = [], []
    for x, _ in examples:
        n = longest - len(x)
        rows.append(pad(x, (n, 0)))
        real.append(pad(torch.ones_like(x).bool(), (n, 0)))
    labels = torch.tensor([y for _, y in examples])
    return torch.stack(rows), torch.stack(real), labels


def _examples(r: Draw) -> tuple:
    dtype = r.choice(torch.int64, torch.int32, torch.float32, torch.float64)
    sizes = [r.size(least=1) for _ in range(r.int(1, 4))]
    return ([(r.integers(-2, 3, n, dtype=dtype), r.int(0, 9)) for n in sizes],)


EXERCISES = {
    "collate_left": Exercise(
        reference=collate_left,
        cases=_examples,
        fixed=lambda: [([(torch.tensor([4, 0, 7]), 1), (torch.tensor([0]), 0)],)],
        contract=Contract(fresh=True),
        mistakes={
            "The zeros are on the right.": "(n, 0) -> (0, n)",
            "The mask is true on the left, where the zeros are.":
                "bool(), (n, 0) -> bool(), (0, n)",
            "A sequence may hold a real 0: the values cannot tell what is padding.":
                "torch.ones_like(x).bool() -> x.bool()",
            "The mask should be boolean.": "ones_like(x).bool() -> ones_like(x)",
            "The values lost their dtype.": "pad(x, -> pad(x.float(),",
            "The batch is as long as its longest sequence, not always 8.":
                "max(len(x) for x, _ in examples) -> 8",
            "The labels should be one tensor.":
                "torch.tensor([y for _, y in examples]) -> [y for _, y in examples]",
            "The labels are int64, not float32.":
                "in examples]) -> in examples]).float()",
            "The mask is missing.": lambda examples: collate_left(examples)[::2],
            "The values run along the wrong axis: (B, T), not (T, B).":
                "torch.stack(rows) -> torch.stack(rows, 1)",
        },
    ),
    "masked_max": Exercise(
        reference=masked_max,
        cases=_values,
        fixed=lambda: [(torch.tensor([[[9.0], [-2]]]), torch.tensor([[False, True]]))],
        contract=Contract(fresh=True, no_loop=True),
        mistakes={
            "Padding can win here: the mask is not used.":
                ".masked_fill(~mask[..., None], -torch.inf) -> ",
            "A 0 in place of padding is larger than negative values.":
                "-torch.inf -> 0",
            "0 times what stands in the padding is 0, or NaN: and it can win.":
                lambda values, mask: (values * mask[..., None]).amax(1),
            "Values can be smaller than this filling.": "-torch.inf -> -1000.0",
            "The maximum over the features; the sequences run along axis 1.":
                "dim=1 -> dim=2",
            "The mask is true at the real entries; this keeps the others.": "~ -> ",
            "Padding may stand anywhere: this takes the first entries of each row.":
                _first_real,
            "masked_fill_ edits the values of the caller.":
                "masked_fill( -> masked_fill_(",
            "Right, but with a loop over the rows.": lambda values, mask: torch.stack(
                [row[real].amax(0) for row, real in zip(values, mask, strict=True)]),
            "The mask is compared across the batch: one maximum for all rows.":
                "amax(dim=1) -> amax(dim=1).amax(0).expand(len(values), -1).clone()",
        },
    ),
    "bucket_batches": Exercise(
        reference=bucket_batches,
        cases=_lengths,
        fixed=lambda: [([5, 3, 9, 1, 4, 7], 10), ([2, 1, 2, 1], 4), ([3], 2), ([], 5)],
        contract=Contract(exact=True),
        mistakes={
            "Padding costs memory, too: count the padded batch, not the lengths.":
                _real_lengths_only,
            "max_tokens counts elements, not sequences.":
                "(size + 1) * n > max_tokens -> size >= max_tokens",
            "A batch that fills max_tokens exactly is allowed.":
                "n > max_tokens -> n >= max_tokens",
            "The next sequence is the longest of its batch, not the one before it.":
                "(size + 1) * n -> (size + 1) * lengths[found[-1][-1]]",
            "The batch is one too large when it is closed.":
                "(size + 1) * n -> size * n",
            "Batches hold indices, not lengths.": "append(i) -> append(n)",
            "The shortest first.": "(pair[1], -> (-pair[1],",
            "Equal lengths keep their order.": ", pair[0]) -> , -pair[0])",
            "The sequences are not sorted: a long one makes its neighbours expensive.":
                "(pair[1], pair[0]) -> pair[0]",
            "A sequence that fits no batch passes unseen.":
                "if lengths and max(lengths) > -> if lengths and 10**9 <",
        },
    ),
}
