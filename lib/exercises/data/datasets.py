"""Checks of the exercises in data/datasets."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.data import TensorDataset

from lib.book.checks import Check, leaves_inputs_unchanged, returns, satisfies


def _dataset() -> TensorDataset:
    return TensorDataset(torch.arange(6.0).reshape(3, 2), torch.tensor([7, 8, 9]))


def _double(x: Tensor) -> Tensor:
    return 2 * x


def _counting() -> Callable[[Tensor], Tensor]:
    """Return a transform that adds 1 at its first call, 2 at its second, and so on."""
    calls: list[Tensor] = []

    def add(x: Tensor) -> Tensor:
        calls.append(x)
        return x + len(calls)

    return add


def _same_items(result: object, dataset: TensorDataset, transform: object) -> str | None:
    if len(result) != len(dataset):
        return f"len must be {len(dataset)}, got {len(result)}"
    for index, (x, target) in enumerate(zip(*dataset.tensors, strict=True)):
        got_x, got_target = result[index]
        if not torch.equal(got_x, 2 * x):
            return f"input {index}: wanted transform(input) = {(2 * x).tolist()}, got {got_x}"
        if not torch.equal(torch.as_tensor(got_target), target):
            return f"target {index}: wanted {target.item()} as it was, got {got_target}"
    return None


def _labels() -> Tensor:
    """Return 40 zeros, 17 ones and 8 twos, mixed. Shapes: (65,)."""
    labels = torch.tensor([0] * 40 + [1] * 17 + [2] * 8)
    return labels[torch.randperm(65, generator=torch.Generator().manual_seed(3))]


def _is_a_split(parts: tuple, labels: Tensor, share: float, seed: int) -> str | None:
    first, second = parts
    together = sorted(first.tolist() + second.tolist())
    if together != list(range(len(labels))):
        return f"both parts together must hold every index once, got {together}"
    for label in labels.unique():
        wanted = round(share * int((labels == label).sum()))
        got = int((labels[first] == label).sum())
        if got != wanted:
            return f"class {label}: wanted {wanted} examples in the first part, got {got}"
    return None


def _is_random(parts: tuple, labels: Tensor, share: float, seed: int) -> bool:
    """Say whether the first part is other than the first examples of each class."""
    head = torch.cat([(labels == c).nonzero()[:, 0][: round(share * int((labels == c).sum()))]
                      for c in labels.unique()])
    return sorted(parts[0].tolist()) != sorted(head.tolist())


def _repeats(candidate: Callable[..., tuple]) -> str | None:
    args = (_labels(), 0.6, 5)
    chosen = [sorted(candidate(*args)[0].tolist()) for _ in range(2)]
    if chosen[0] != chosen[1]:
        return "the same seed must give the same split: draw from make_generator(seed)"
    if chosen[0] == sorted(candidate(_labels(), 0.6, 6)[0].tolist()):
        return "another seed must give another split: use the argument seed"
    return None


def _pictures() -> tuple[Tensor, Tensor]:
    """Return training and test pictures of bytes. Shapes: (5, 3, 2, 3), (2, 3, 2, 3)."""
    generator = torch.Generator().manual_seed(0)
    train = torch.randint(0, 200, (5, 3, 2, 3), generator=generator)
    train[:, 1] += 55
    test = torch.randint(100, 256, (2, 3, 2, 3), generator=generator)
    return train.to(torch.uint8), test.to(torch.uint8)


def _normalised(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    train, test = train.float() / 255, test.float() / 255
    mean, std = train.mean((0, 2, 3)), train.std((0, 2, 3), correction=0)
    mean, std = mean[:, None, None], std[:, None, None]  # (C,) -> (C, 1, 1)
    return (train - mean) / std, (test - mean) / std


def _shares(candidate: Callable[..., list]) -> str | None:
    """Say what is wrong with the shares of all workers for several limits, or None."""
    for limit, workers in ((10, 3), (4, 4), (2, 5), (12, 1)):
        shares = [list(candidate(limit, worker, workers)) for worker in range(workers)]
        together = sorted(index for share in shares for index in share)
        if together != list(range(limit)):
            return f"{limit} items, {workers} workers: read were {together}, wanted each once"
        sizes = [len(share) for share in shares]
        if max(sizes) - min(sizes) > 1:
            return f"{limit} items, {workers} workers: shares of {sizes} items are too unequal"
    return None


CHECKS: dict[str, tuple[Check, ...]] = {
    "with_transform": (
        satisfies(
            "three pairs, inputs doubled",
            lambda: (_dataset(), _double),
            _same_items,
            hint="Return an object with __len__ and __getitem__.",
        ),
        satisfies(
            "a transform that changes from call to call",
            lambda: (_dataset(), _counting()),
            lambda result, dataset, transform: not torch.equal(result[0][0], result[0][0]),
            hint="Call the transform in __getitem__, at every fetch, not once in advance.",
        ),
        satisfies(
            "the given dataset",
            lambda: (_dataset(), _double),
            lambda result, dataset, transform: torch.equal(dataset[0][0], torch.tensor([0.0, 1.0])),
            hint="The given dataset must stay as it was.",
        ),
        leaves_inputs_unchanged(lambda: ([(torch.ones(2), 1)], _double)),
    ),
    "stratified_split": (
        satisfies(
            "65 labels of three classes, share 0.6",
            lambda: (_labels(), 0.6, 0),
            _is_a_split,
            hint="Return two index tensors that share nothing, cut class by class.",
        ),
        satisfies(
            "the choice is random",
            lambda: (_labels(), 0.6, 0),
            _is_random,
            hint="These are the first examples of each class: put them in random order, then cut.",
        ),
        Check("seeds", _repeats),
        leaves_inputs_unchanged(lambda: (_labels(), 0.5, 1)),
    ),
    "normalise_pictures": (
        returns(
            "colour pictures",
            _pictures,
            _normalised,
            hint="Bytes to float, by 255, then mean and std over the axes (0, 2, 3) of train.",
        ),
        returns(
            "a single test picture",
            lambda: (_pictures()[0], _pictures()[1][:1]),
            _normalised,
            hint="A picture must not be normalised by its own mean: use that of train.",
        ),
        leaves_inputs_unchanged(_pictures),
    ),
    "worker_share": (
        returns(
            "one worker",
            lambda: (4, 0, 1),
            [0, 1, 2, 3],
            hint="A single worker reads everything.",
        ),
        Check("all workers together", _shares),
    ),
}
