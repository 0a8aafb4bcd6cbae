"""Exercises of data/datasets."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.utils.data import Dataset, TensorDataset

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise
from lib.core.seed import make_generator


def _transformed(
    item: Callable = lambda f, x, y: (f(x), y), keep: Callable = lambda fetch: fetch
) -> Callable:
    """Build a with_transform; each argument is a place for a fault."""

    def with_transform(dataset: Dataset, transform: Callable) -> object:
        class Transformed(Dataset):
            fetch = staticmethod(keep(lambda index: item(transform, *dataset[index])))

            def __len__(self) -> int:
                return len(dataset)

            def __getitem__(self, index: int) -> object:
                return self.fetch(index)

        return Transformed()

    return with_transform


def _in_advance(dataset: Dataset, transform: Callable) -> list[tuple]:
    return [(transform(x), y) for x, y in (dataset[i] for i in range(len(dataset)))]


def _remembered(fetch: Callable) -> Callable:
    found: dict[int, tuple] = {}
    return lambda i: found[i] if i in found else found.setdefault(i, fetch(i))


def _fetch(answer: Callable, dataset: Dataset, indices: list[int]) -> list:
    """Return what two answers give whose transforms differ, one of them every time."""
    calls: list[Tensor] = []

    def counting(x: Tensor) -> Tensor:
        calls.append(x)
        return 2 * x + len(calls)

    first, second = answer(dataset, counting), answer(dataset, lambda x: -x)
    pairs = [list(part[i]) for i in indices for part in (first, first, second)]
    return [len(first), len(second), pairs]


def _pairs(r: Draw) -> tuple:
    n = r.size(least=1)
    data = TensorDataset(r.tensor(n, 2, scale=1.0), r.integers(0, 10, n))
    return data, r.shuffled(range(n))


def _split(
    chosen: Callable = lambda n, g: torch.randperm(n, generator=g),
    count: Callable = round, classes: Callable = lambda labels: labels,
    generator: Callable = make_generator,
) -> Callable:
    """Build a stratified split; each argument is a place for a fault."""

    def stratified_split(labels: Tensor, share: float, seed: int) -> tuple:
        g, first = generator(seed), []
        for label in classes(labels).unique():
            indices = (classes(labels) == label).nonzero()[:, 0]
            indices = indices[chosen(len(indices), g)]
            first.append(indices[: count(share * len(indices))])
        taken = torch.isin(torch.arange(len(labels)), torch.cat(first))
        return torch.cat(first), (~taken).nonzero()[:, 0]

    return stratified_split


def _three_splits(answer: Callable, labels: Tensor, share: float, seed: int) -> list:
    """Return both parts, the first part again, and the first parts of more seeds."""
    more = [answer(labels, share, seed + k)[0].sort().values for k in (0, 1, 2)]
    return [*answer(labels, share, seed), *more]


def _right_counts(result: list, labels: Tensor, share: float, seed: int) -> bool:
    sizes = {int(c): round(share * int((labels == c).sum())) for c in labels.unique()}
    got = labels[result[0]].tolist()
    return all(got.count(label) == size for label, size in sizes.items())


def _by_chance(result: list, labels: Tensor, share: float, seed: int) -> bool:
    """Say, of many labels, whether three seeds choose differently and at any index."""
    firsts = {tuple(first.tolist()) for first in result[2:]}
    half = torch.cat(result[2:]) < len(labels) / 2
    return len(labels) < 60 or (len(firsts) == 3 and 0.1 < half.double().mean() < 0.9)


def _labels(r: Draw) -> tuple:
    labels = r.integers(0, r.int(1, 4), r.size(least=1, most=30))
    return labels + r.choice(0, 5), r.choice(0.0, 0.3, 0.5, 0.75, 1.0), r.int(0, 99)


def _many_labels() -> list[tuple]:
    two = torch.tensor([0, 1]).repeat(50)
    return [(torch.tensor([0, 0, 0, 0, 1, 1]), 0.5, 0), (two, 0.4, 0), (two, 0.6, 7)]


def locate(sizes, index):
    total = sum(sizes)
    if not -total <= index < total:
        raise IndexError(f"{index} of {total}")
    rest = index % total
    for part, size in enumerate(sizes):
        if rest < size:
            return part, rest
        rest -= size
    return None


def _sizes(r: Draw) -> tuple:
    sizes = [r.choice(0, 1, 1, 2, 3, 5) for _ in range(r.int(0, 4))]
    return sizes, r.int(-sum(sizes) - 1, sum(sizes))


def _stream(
    refill: Callable = lambda buffer, k, item: buffer.__setitem__(k, item),
    rest: Callable = lambda buffer, draw: (
        buffer.pop(draw(len(buffer))) for _ in range(len(buffer))),
    size: Callable = lambda size: size,
) -> Callable:
    """Build a shuffled_stream; each argument is a place for a fault."""

    def shuffled_stream(items: Iterator, buffer_size: int, draw: Callable) -> Iterator:
        buffer: list = []
        for item in items:
            if len(buffer) < size(buffer_size):
                buffer.append(item)
                continue
            k = draw(len(buffer))
            yield buffer[k]
            refill(buffer, k, item)
        yield from rest(buffer, draw)

    return shuffled_stream


def _chunks(items: Iterator, buffer_size: int, draw: Callable) -> Iterator:
    while chunk := [item for _, item in zip(range(buffer_size), items, strict=False)]:
        for _ in range(len(chunk)):
            yield chunk.pop(draw(len(chunk)))


def _streamed(answer: Callable, items: list, buffer_size: int, draws: list) -> list:
    """Return all items that came out, and the most that were ever held back."""
    read, ahead, out = [0], [0], []

    def stream() -> Iterator[int]:
        for item in items:
            read[0] += 1
            yield item

    numbers = iter(draws)
    for item in answer(stream(), buffer_size, lambda n: next(numbers) % n):
        out.append(item)
        ahead.append(read[0] - len(out))
    return [out, max(ahead) <= buffer_size]


def _items(r: Draw) -> tuple:
    items = [r.int(0, 99) for _ in range(r.int(0, 12))]
    return items, r.int(1, 8), [r.int(0, 999) for _ in range(40)]


EXERCISES = {
    "with_transform": Exercise(
        reference=_transformed(),
        cases=_pairs,
        fixed=lambda: [(TensorDataset(torch.tensor([1.0]), torch.tensor([3])), [0])],
        use=_fetch,
        mistakes={
            "All inputs go through transform in advance: a random one would give the "
            "same input in every epoch.": _in_advance,
            "The first result is kept and given again: a random transform would give "
            "the same input in every epoch.": _transformed(keep=_remembered),
            "The targets went through transform, too.":
                _transformed(lambda f, x, y: (f(x), f(y))),
            "Where is transform called?": _transformed(lambda f, x, y: (x, y)),
            "transform is called twice.": _transformed(lambda f, x, y: (f(f(x)), y)),
            "Where is the target of the pair?": _transformed(lambda f, x, y: f(x)),
            "Input and target are exchanged.": _transformed(lambda f, x, y: (y, f(x))),
            "One example is missing: what does len return?":
                lambda data, f: _in_advance(data, f)[1:],
            "The given dataset is edited: its inputs are the caller's.":
                _transformed(lambda f, x, y: (x.copy_(f(x)), y)),
        },
    ),
    "stratified_split": Exercise(
        reference=_split(),
        cases=_labels,
        fixed=_many_labels,
        use=_three_splits,
        equal=False,
        laws={
            "two int64 tensors of shape (n,)": lambda result, *args: all(
                part.dtype == torch.int64 and part.ndim == 1 for part in result[:2]),
            "each index once, in one of the two": lambda result, labels, *args: sorted(
                torch.cat(result[:2]).tolist()) == list(range(len(labels))),
            "round(share * n) of each class in the first": _right_counts,
            "the same split for the same seed": lambda result, *args: torch.equal(
                result[0].sort().values, result[2]),
            "examples chosen by chance, others for another seed": _by_chance,
        },
        mistakes={
            "The first examples of each class are taken; where is chance?":
                _split(lambda n, g: torch.arange(n)),
            "Drawn with replacement: an example may be there twice.":
                _split(lambda n, g: torch.randint(max(n, 1), (n,), generator=g)),
            "The classes are cut together: a rare one may be missing in a part.":
                _split(classes=torch.zeros_like),
            "3.75 examples are rounded, not cut off.": _split(count=int),
            "The seed is an argument: this splits the same way for each.":
                _split(generator=lambda seed: make_generator(0)),
            "torch.manual_seed changes the numbers that everybody else draws.":
                _split(generator=torch.manual_seed),
            "This draws from the global generator: the seed decides nothing.":
                _split(generator=lambda seed: None),
            "The second part should hold the others, not all.":
                lambda y, *args: (_split()(y, *args)[0], torch.arange(len(y))),
            "The parts are exchanged.": lambda *args: _split()(*args)[::-1],
        },
    ),
    "locate": Exercise(
        reference=locate,
        cases=_sizes,
        fixed=lambda: [([2, 3], 2), ([2, 3], -1), ([0, 2], 0), ([2, 3], 5), ([], 0)],
        contract=Contract(exact=True),
        mistakes={
            "The last index of a part is one below its size.": "rest < -> rest <=",
            "Negative indices count from the end, as in a list.": "not -total -> not 0",
            "A negative index must become one from 0 up.": "index % total -> index",
            "-1 is the last index, not the one before it.":
                "index % total -> (index - (index < 0)) % total",
            "Too far below 0 is an error, too.": "not -total -> not -9 * total",
            "The index inside the part is asked for, not that in the whole.":
                "part, rest -> part, index % total",
            "First the part, then the index in it.": "part, rest -> rest, part",
            "An index outside is an IndexError.": "IndexError -> ValueError",
            "Which index was it, and of how many?": "{index} of {total} -> outside",
        },
    ),
    "shuffled_stream": Exercise(
        reference=_stream(),
        cases=_items,
        fixed=lambda: [([1, 2, 3, 4], 2, [0, 1] * 4), ([1, 2], 5, [1] * 4)],
        use=_streamed,
        mistakes={
            "The whole stream is read before anything is yielded: does it fit?":
                _stream(size=lambda size: 10**9),
            "When the stream ends, the buffer is still full.":
                _stream(rest=lambda buffer, draw: ()),
            "At the end the buffer is emptied in its order.":
                _stream(rest=lambda buffer, draw: buffer),
            "The next item is appended; it should take the index of the one yielded.":
                _stream(lambda buffer, k, item: (buffer.pop(k), buffer.append(item))),
            "The item that was yielded stays in the buffer.":
                _stream(lambda buffer, k, item: None),
            "The buffer is emptied before it is filled again: items of two fillings "
            "never mix.": _chunks,
            "The buffer holds one item too many.": _stream(size=lambda size: size + 1),
            "The buffer holds one item too few.":
                _stream(size=lambda size: max(size - 1, 1)),
            "Nothing is shuffled: draw is never called.":
                lambda items, buffer_size, draw: items,
        },
    ),
}
