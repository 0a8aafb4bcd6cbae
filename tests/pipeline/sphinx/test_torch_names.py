"""The index of torch's names: what a chapter's code reads, under its full name."""

import pytest

from pipeline.chapters import Piece
from pipeline.sphinx.torch_names import known, names_in


def code(source: str) -> Piece:
    return Piece("code", source, {})


@pytest.mark.parametrize(("source", "name"), [
    ("import torch\ntorch.zeros(3)", "torch.zeros"),
    ("from torch import nn\nnn.Linear(2, 3)", "torch.nn.Linear"),
    ("from torch.nn import functional as F\nF.relu(x)", "torch.nn.functional.relu"),
    ("import torch.nn.functional as F\nF.relu", "torch.nn.functional.relu"),
    ("from torch.utils.data import DataLoader\nDataLoader(x)", "torch.utils.data.DataLoader"),
    ("import torch\ntorch.float32.itemsize", "torch.float32"),
    ("import torch\ntorch.Tensor.expand", "torch.Tensor.expand"),
    ("import torchvision\ntorchvision.utils.make_grid", "torchvision.utils.make_grid"),
    ("%%time\nimport torch\ntorch.ones(2)", "torch.ones"),
])
def test_a_name_is_found_in_full(source, name):
    assert names_in([code(source)]) == {name: False}


@pytest.mark.parametrize("source", [
    "import torch", "from torch import nn", "import numpy as np\nnp.zeros(3)",
    "import torch\ntorch.no_such_thing(3)", "import torch\ntorch.nn", "%%bash\ntorch.zeros",
    "torch.zeros(3)",
])
def test_modules_other_packages_and_what_does_not_exist_are_no_names(source):
    assert names_in([code(source)]) == {}


@pytest.mark.parametrize(("text", "explained"), [
    ("`torch.eye` makes a matrix", True), ("`eye(3)` makes a matrix", True),
    ("an eye for an eye", False), ("`eyes` are many", False),
])
def test_a_text_explains_what_its_inline_code_names(text, explained):
    pieces = [code("import torch\ntorch.eye(3)"), Piece("text", text, {})]
    assert names_in(pieces) == {"torch.eye": explained}


def test_an_alias_of_an_earlier_cell_holds():
    assert names_in([code("import torch as t"), code("t.ones(1)")]) == {"torch.ones": False}


def test_what_follows_the_first_thing_that_is_no_module_is_left_out():
    assert known("torch.pi.real") == "torch.pi"
    assert known("torch.nn.functional") is None
