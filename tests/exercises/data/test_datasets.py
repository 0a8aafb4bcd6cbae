"""Typical mistakes in the exercises of data/datasets; every one must be refused."""

import torch

from lib.core.seed import make_generator


class Items:
    """A list of pairs as a dataset."""

    def __init__(self, pairs):
        self.pairs = list(pairs)

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        return self.pairs[index]


def transformed_in_advance(dataset, transform):
    return Items((transform(dataset[i][0]), dataset[i][1]) for i in range(len(dataset)))


def targets_transformed_too(dataset, transform):
    return Items(tuple(map(transform, dataset[i])) for i in range(len(dataset)))


def transform_forgotten(dataset, transform):
    return Items(dataset[i] for i in range(len(dataset)))


def last_example_lost(dataset, transform):
    return Items((transform(dataset[i][0]), dataset[i][1]) for i in range(len(dataset) - 1))


def given_dataset_edited(dataset, transform):
    class Editing(Items):
        def __getitem__(self, index):
            x, target = dataset[index]
            return transform(x), target

    if not isinstance(dataset, list):
        dataset.tensors[0].mul_(1)
    else:
        dataset[0][0].add_(1)
    return Editing(range(len(dataset)))


def first_of_each_class(labels, share, seed):
    first = torch.cat([(labels == c).nonzero()[:, 0][: round(share * int((labels == c).sum()))]
                       for c in labels.unique()])
    rest = torch.tensor([i for i in range(len(labels)) if i not in first.tolist()])
    return first, rest


def split_without_classes(labels, share, seed):
    order = torch.randperm(len(labels), generator=make_generator(seed))
    cut = round(share * len(labels))
    return order[:cut], order[cut:]


def _by_class(labels, share, generator):
    parts = [], []
    for c in labels.unique():
        indices = (labels == c).nonzero()[:, 0]
        indices = indices[torch.randperm(len(indices), generator=generator)]
        cut = round(share * len(indices))
        parts[0].append(indices[:cut])
        parts[1].append(indices[cut:])
    return torch.cat(parts[0]), torch.cat(parts[1])


def split_by_the_global_generator(labels, share, seed):
    return _by_class(labels, share, None)


def split_that_ignores_the_seed(labels, share, seed):
    return _by_class(labels, share, make_generator(0))


def split_with_overlap(labels, share, seed):
    first, _ = _by_class(labels, share, make_generator(seed))
    return first, torch.arange(len(labels))


def normalised_each_by_itself(train, test):
    def own(x):
        x = x.float() / 255
        return (x - x.mean((0, 2, 3), keepdim=True)) / x.std((0, 2, 3), correction=0, keepdim=True)

    return own(train), own(test)


def normalised_over_all_channels(train, test):
    train, test = train.float() / 255, test.float() / 255
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()


def normalised_in_bytes(train, test):
    mean = train.float().mean((0, 2, 3), keepdim=True).to(torch.uint8)
    return train - mean, test - mean


def normalised_per_pixel(train, test):
    train, test = train.double() / 255, test.double() / 255
    mean, std = train.mean(0), train.std(0, correction=0)
    return (train - mean) / std, (test - mean) / std


def share_of_everything(limit, worker_id, num_workers):
    return list(range(limit))


def share_without_the_rest(limit, worker_id, num_workers):
    size = limit // num_workers
    return list(range(worker_id * size, (worker_id + 1) * size))


def share_with_the_rest_for_the_last(limit, worker_id, num_workers):
    size = limit // num_workers
    end = limit if worker_id == num_workers - 1 else (worker_id + 1) * size
    return list(range(worker_id * size, end))


def share_counted_from_one(limit, worker_id, num_workers):
    return list(range(worker_id + 1, limit, num_workers))


WRONG = {
    "with_transform": [
        transformed_in_advance,
        targets_transformed_too,
        transform_forgotten,
        last_example_lost,
        given_dataset_edited,
    ],
    "stratified_split": [
        first_of_each_class,
        split_without_classes,
        split_by_the_global_generator,
        split_that_ignores_the_seed,
        split_with_overlap,
    ],
    "normalise_pictures": [
        normalised_each_by_itself,
        normalised_over_all_channels,
        normalised_in_bytes,
        normalised_per_pixel,
    ],
    "worker_share": [
        share_of_everything,
        share_without_the_rest,
        share_with_the_rest_for_the_last,
        share_counted_from_one,
    ],
}
