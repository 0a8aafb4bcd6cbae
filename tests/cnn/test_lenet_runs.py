"""The runs of LeNet and its rival differ in what their settings say, and in nothing else."""

from collections import Counter
from json import dumps

import torch

from lib.cnn.lenet_runs import (
    GRID,
    NETWORKS,
    RATES,
    make_lenet_run,
    mlp,
    shifted_batches,
    shuffle_pixels,
)
from lib.core.seed import make_generator, seed_everything
from lib.data.digits import load_digits, normalisation


def test_each_setting_is_there_once_with_three_seeds_and_as_many_rates_for_each_network():
    assert len({dumps(setting) for setting in GRID.settings}) == len(GRID.settings)
    assert {len(rates) for rates in RATES.values()} == {3}
    assert RATES.keys() == NETWORKS.keys()
    plans = Counter(
        dumps({key: value for key, value in setting.items() if key not in ("lr", "seed")})
        for setting in GRID.settings
    )
    assert set(plans.values()) == {9}


def test_the_rival_has_the_parameters_that_its_docstring_states():
    assert sum(p.numel() for p in mlp().parameters()) == 814_090


def test_shuffled_pixels_are_the_same_pixels_in_one_order_for_all_images():
    images = torch.arange(2 * 784.0).view(2, 1, 28, 28)
    before = images.clone()
    shuffled = shuffle_pixels(images)
    assert torch.equal(shuffled[1] - shuffled[0], torch.full((1, 28, 28), 784.0))
    assert torch.equal(shuffled.flatten(1).sort(dim=1).values, images.flatten(1))
    assert not torch.equal(shuffled, images)
    assert torch.equal(shuffle_pixels(images[:1]), shuffled[:1])
    assert torch.equal(images, before)


def test_a_loader_uses_all_images_before_it_takes_one_again():
    images = torch.rand(10, 1, 4, 4, generator=make_generator(0))
    loader = shifted_batches(images, torch.arange(10), batch_size=4, num_samples=25,
                             max_shift=0, seed=0)  # fmt: skip
    batches = list(loader)
    assert len(loader) == len(batches) == 7
    labels = torch.cat([labels for _, labels in batches])
    assert sorted(labels[:10].tolist()) == sorted(labels[10:20].tolist()) == list(range(10))
    mean, std = normalisation()
    for pictures, numbers in batches:
        torch.testing.assert_close(pictures * std + mean, images[numbers])


def test_shifts_happen_before_the_normalisation_so_that_paper_stays_paper():
    images = torch.ones(6, 1, 4, 4)
    loader = shifted_batches(images, torch.arange(6), batch_size=6, num_samples=6,
                             max_shift=2, seed=0)  # fmt: skip
    seed_everything(0)
    pictures = next(iter(loader))[0]
    mean, std = normalisation()
    values = {round(value, 4) for value in pictures.flatten().tolist()}
    assert values == {round(-mean / std, 4), round((1 - mean) / std, 4)}


def test_a_short_run_sees_its_examples_and_whole_splits_to_measure_on():
    setup = make_lenet_run("MLP", 0.001, 0, num_examples=100, shuffled=True, long=False)
    assert len(setup["train_loader"]) * setup["num_epochs"] == 400
    ((images, labels),) = setup["val_loader"]
    mean, std = normalisation()
    wanted, numbers = load_digits("validation")
    torch.testing.assert_close(images, (shuffle_pixels(wanted) - mean) / std)
    assert torch.equal(labels, numbers)
    seen = torch.cat([labels for _, labels in setup["train_loader"]])
    first = load_digits("train")[1][:100].bincount()
    assert torch.equal(seen.bincount(), first * 50)


def test_a_long_run_goes_through_all_digits_in_each_of_its_epochs():
    setup = make_lenet_run("ReLU, max", 0.01, 0, max_shift=2)
    assert setup["num_epochs"] == 24
    assert sum(len(labels) for _, labels in setup["train_loader"]) == 3500
    assert len(setup["test_loader"][0][1]) == 750
