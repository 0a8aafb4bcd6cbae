"""Exercises of data/dataloaders."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import pad

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def _batches(
    short: Callable = lambda drop_last: not drop_last, error: type = ValueError,
    least: int = 1, order_of: Callable = list, last: Callable = lambda left, n: left,
) -> Callable:
    """Build a batch_indices; each argument is a place for a fault."""

    def batch_indices(order: list, batch_size: int, drop_last: bool = False) -> list:
        if batch_size < least:
            raise error(f"batch_size must be at least {least}, got {batch_size}")
        order, step = order_of(order), max(batch_size, 1)
        found = [order[k : k + step] for k in range(0, len(order), step)]
        if found and last(len(found[-1]) < step, step) and not short(drop_last):
            found.pop()
        return found

    return batch_indices


def _orders(r: Draw) -> tuple:
    order = r.shuffled(range(r.int(0, 13)))
    return order, r.choice(-1, 0, 1, 2, 3, 4, 5, 6), *r.choice((), (True,), (False,))


def _masked_max(
    fill: float = -torch.inf, dim: int = 1,
    masked: Callable = lambda mask: ~mask[..., None],
) -> Callable:
    return lambda values, mask: values.masked_fill(masked(mask), fill).amax(dim)


def _values(r: Draw) -> tuple:
    B, T, D = r.sizes(3, least=1)
    values, mask = r.tensor(B, T, D), r.mask(B, T)
    mask[torch.arange(B), r.integers(0, T, B)] = True
    padding = r.choice(0.0, 1e30, torch.inf, torch.nan)
    return r.choice(values, values.masked_fill(~mask[..., None], padding)), mask


def _first_real(values: Tensor, mask: Tensor) -> Tensor:
    real = torch.arange(mask.shape[1]) < mask.sum(1, keepdim=True)
    return _masked_max()(values, real)


def _bucketed(
    fits: Callable = lambda batch, n, most: (len(batch) + 1) * n <= most,
    key: Callable = lambda n, i: n, value: Callable = lambda n, i: i,
    limit: Callable = lambda most: most,
) -> Callable:
    """Build a bucket_batches; each argument is a place for a fault."""

    def bucket_batches(lengths: list[int], max_tokens: int) -> list[list[int]]:
        if lengths and max(lengths) > limit(max_tokens):
            raise ValueError(f"a length of {max(lengths)} is more than {max_tokens}")
        found: list[list[tuple]] = []
        pairs = [(n, i) for i, n in enumerate(lengths)]
        for n, i in sorted(pairs, key=lambda pair: key(*pair)):
            if not found or not fits(found[-1], n, max_tokens):
                found.append([])
            found[-1].append((n, i))
        return [[value(*pair) for pair in batch] for batch in found]

    return bucket_batches


def _lengths(r: Draw) -> tuple:
    lengths = [r.int(1, 7) for _ in range(r.int(0, 12))]
    return lengths, max([*lengths, 1]) * r.int(1, 3) + r.choice(-1, 0, 0, 1, 2)


def _collated(
    left: bool = True, real: Callable = lambda row: torch.ones_like(row).bool(),
    rows: Callable = lambda x: x, size: int | None = None, mask_left: bool = True,
    label: Callable = torch.tensor,
) -> Callable:
    """Build a collate_left; each argument is a place for a fault."""

    def collate_left(examples: list[tuple[Tensor, int]]) -> tuple:
        longest = size or max(len(x) for x, _ in examples)

        def padded(x: Tensor, left: bool) -> Tensor:
            n = longest - len(x)
            return pad(x, (n, 0) if left else (0, n))

        values = torch.stack([padded(x, left) for x, _ in examples])
        mask = torch.stack([padded(real(x), mask_left) for x, _ in examples])
        return rows(values), mask, label([y for _, y in examples])

    return collate_left


def _examples(r: Draw) -> tuple:
    dtype = r.choice(torch.int64, torch.int32, torch.float32, torch.float64)
    sizes = [r.size(least=1) for _ in range(r.int(1, 4))]
    return ([(r.integers(-2, 3, n, dtype=dtype), r.int(0, 9)) for n in sizes],)


EXERCISES = {
    "batch_indices": Exercise(
        reference=_batches(),
        cases=_orders,
        fixed=lambda: [([5, 3, 0], 2), ([5, 3, 0], 2, True), ([4, 1], 2, True),
                       ([], 2), ([7], 0)],
        contract=Contract(exact=True),
        mistakes={
            "A short last batch is always dropped: what is drop_last for?":
                _batches(lambda drop_last: False),
            "drop_last is an argument, and here it changes nothing.":
                _batches(lambda drop_last: True),
            "drop_last the other way round.": _batches(lambda drop_last: drop_last),
            "A last batch that is full stays with drop_last, too.":
                _batches(last=lambda short, n: True),
            "The indices are sorted: the order is what the sampler decided.":
                _batches(order_of=sorted),
            "A batch_size of 0 passes here. And a negative one?": _batches(least=-9),
            "A batch_size of 0 is refused, but 1 is too: batches of one are fine.":
                _batches(least=2),
            "A batch_size below 1 is a ValueError, and no AssertionError.":
                _batches(error=AssertionError),
            "Every batch_size-th index in one batch: the first batch holds neighbours.":
                lambda order, n, drop_last=False: [
                    order[k::-(-len(order) // n)] for k in range(-(-len(order) // n))]
                if n > 0 and order else _batches()(order, n),
            "The batches are tuples; lists were asked for.": lambda *args, **named: [
                tuple(batch) for batch in _batches()(*args, **named)],
        },
    ),
    "masked_max": Exercise(
        reference=_masked_max(),
        cases=_values,
        fixed=lambda: [(torch.tensor([[[9.0], [-2]]]), torch.tensor([[False, True]]))],
        contract=Contract(fresh=True, no_loop=True),
        mistakes={
            "Padding can win here: the mask is not used.":
                lambda values, mask: values.amax(1),
            "A 0 in place of padding is larger than negative values.": _masked_max(0.0),
            "0 times what stands in the padding is 0, or NaN: and it can win.":
                lambda values, mask: (values * mask[..., None]).amax(1),
            "Values can be smaller than this filling.": _masked_max(-1000.0),
            "The maximum over the features; the sequences run along axis 1.":
                _masked_max(dim=2),
            "The mask is true at the real entries; this keeps the others.":
                _masked_max(masked=lambda mask: mask[..., None]),
            "Padding may stand anywhere: this takes the first entries of each row.":
                _first_real,
            "masked_fill_ edits the values of the caller.": lambda values, mask:
                values.masked_fill_(~mask[..., None], -torch.inf).amax(1),
            "Right, but with a loop over the rows.": lambda values, mask: torch.stack(
                [row[real].amax(0) for row, real in zip(values, mask, strict=True)]),
            "The mask is compared across the batch: one maximum for all rows.":
                lambda values, mask: _masked_max()(values, mask).amax(0).expand(
                    len(values), -1).clone(),
        },
    ),
    "bucket_batches": Exercise(
        reference=_bucketed(),
        cases=_lengths,
        fixed=lambda: [([5, 3, 9, 1, 4, 7], 10), ([2, 1, 2, 1], 4), ([3], 2), ([], 5)],
        contract=Contract(exact=True),
        mistakes={
            "Padding costs memory, too: count the padded batch, not the lengths.":
                _bucketed(lambda batch, n, most: sum(m for m, _ in batch) + n <= most),
            "max_tokens counts elements, not sequences.":
                _bucketed(lambda batch, n, most: len(batch) < most),
            "A batch that fills max_tokens exactly is allowed.":
                _bucketed(lambda batch, n, most: (len(batch) + 1) * n < most),
            "The next sequence is the longest of its batch, not the one before it.":
                _bucketed(
                    lambda batch, n, most: (len(batch) + 1) * batch[-1][0] <= most),
            "The batch is one too large when it is closed.":
                _bucketed(lambda batch, n, most: len(batch) * n <= most),
            "Batches hold indices, not lengths.": _bucketed(value=lambda n, i: n),
            "The shortest first.": _bucketed(key=lambda n, i: (-n, i)),
            "Equal lengths keep their order.": _bucketed(key=lambda n, i: (n, -i)),
            "The sequences are not sorted: a long one makes its neighbours expensive.":
                _bucketed(key=lambda n, i: 0),
            "A sequence that fits no batch passes unseen.":
                _bucketed(limit=lambda most: 10**9),
        },
    ),
    "collate_left": Exercise(
        reference=_collated(),
        cases=_examples,
        fixed=lambda: [([(torch.tensor([4, 0, 7]), 1), (torch.tensor([0]), 0)],)],
        contract=Contract(fresh=True),
        mistakes={
            "The zeros are on the right.": _collated(left=False, mask_left=False),
            "The mask is true on the left, where the zeros are.":
                _collated(mask_left=False),
            "A sequence may hold a real 0: the values cannot tell what is padding.":
                _collated(real=torch.Tensor.bool),
            "The mask should be boolean.": _collated(real=torch.ones_like),
            "The values lost their dtype.": _collated(rows=torch.Tensor.float),
            "The batch is as long as its longest sequence, not always 8.":
                _collated(size=8),
            "The labels should be one tensor.": _collated(label=list),
            "The labels are int64, not float32.":
                _collated(label=lambda found: torch.tensor(found).float()),
            "The mask is missing.": lambda examples: _collated()(examples)[::2],
            "The values run along the wrong axis: (B, T), not (T, B).":
                _collated(rows=lambda x: x.T),
        },
    ),
}
