"""Shifts move pictures by whole pixels; the setup of the long run is one that `fit` accepts."""

import torch

from lib.training.shifted_digits import RUN, digit_loader, digit_network, random_shift


def test_shifted_pictures_are_the_pictures_moved():
    torch.manual_seed(0)
    images = torch.rand(2, 3, 5, 7) + 1  # (B, C, H, W), no 0
    before = images.clone()
    seen = set()
    for _ in range(200):
        moved = random_shift(images, 1)
        assert moved.shape == images.shape
        for image, result in zip(images, moved, strict=True):
            shifts = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)
                      if torch.equal(result, by_hand(image, y, x))]
            assert len(shifts) == 1
            seen.update(shifts)
    assert len(seen) == 9
    assert torch.equal(images, before)
    assert torch.equal(random_shift(images, 0), images)


def by_hand(image, y, x):
    """Move an image down by y and right by x pixels."""
    _, height, width = image.shape
    result = torch.zeros_like(image)
    for row in range(height):
        for column in range(width):
            if 0 <= row - y < height and 0 <= column - x < width:
                result[:, row, column] = image[:, row - y, column - x]
    return result


def test_images_of_a_batch_move_apart():
    torch.manual_seed(0)
    moved = random_shift(torch.ones(1, 1, 9, 9).expand(20, 1, 9, 9))
    assert len({tuple(image.flatten().tolist()) for image in moved}) > 5


def test_network_gives_logits():
    for batch_size in (1, 2):
        assert digit_network()(torch.rand(batch_size, 1, 28, 28)).shape == (batch_size, 10)


def test_loaders_are_normalised_and_only_training_is_shifted():
    images, labels = next(iter(digit_loader("validation")))
    again, same_labels = next(iter(digit_loader("validation")))
    assert torch.equal(images, again)
    assert torch.equal(labels, same_labels)
    first, _ = next(iter(digit_loader("train", shifted=True)))
    second, _ = next(iter(digit_loader("train", shifted=True)))
    assert first.shape == second.shape == (128, 1, 28, 28)
    assert not torch.equal(first, second)  # same order, other shifts
    assert abs(first.mean().item()) < 0.1


def test_the_run_says_what_it_needs():
    assert RUN.checkpoint_epoch < RUN.num_epochs
    assert {"model", "train_loader", "optimizer"} <= RUN.begin().keys()
