"""GoogLeNet loads torchvision's state dict and gives its outputs and gradients."""

from functools import partial

import pytest
import torch
from torchvision.models import googlenet
from torchvision.models.googlenet import Inception as TorchvisionInception

from lib.cnn.counting import count_layers, total_count
from lib.cnn.googlenet import GoogLeNet, Inception, conv_relu, small_googlenet
from lib.core.seed import make_generator
from tests.cnn.same_network import assert_same_network

BRANCHES = (3, 2, 5, 4, 7, 2)


@pytest.mark.parametrize("aux_logits", [True, False])
def test_equal_torchvision(aux_logits):
    torch.manual_seed(0)
    theirs = googlenet(num_classes=7, aux_logits=aux_logits, init_weights=False)
    outputs = list if aux_logits else lambda y: [y]
    make = partial(GoogLeNet, 7, aux_logits=aux_logits)
    assert_same_network(make, theirs, (2, 3, 31, 43), outputs=outputs)


def test_all_sizes_equal_torchvision():
    with torch.device("meta"):
        mine, theirs = GoogLeNet().state_dict(), googlenet(init_weights=False).state_dict()
    assert {name: p.shape for name, p in mine.items()} == {n: p.shape for n, p in theirs.items()}


def test_a_block_equals_torchvision():
    torch.manual_seed(0)
    theirs = TorchvisionInception(11, *BRANCHES)
    assert_same_network(partial(Inception, 11, *BRANCHES), theirs, (2, 11, 5, 7))


@pytest.mark.parametrize("large_kernel", [1, 3, 5, 7])
def test_a_block_joins_its_branches(large_kernel):
    torch.manual_seed(0)
    block = Inception(11, *BRANCHES, conv_block=conv_relu, large_kernel=large_kernel)
    x = torch.randn(1, 11, 5, 7, generator=make_generator(0))
    y = block(x)
    assert y.shape == (1, 3 + 5 + 7 + 2, 5, 7)
    torch.testing.assert_close(y[:, :3], block.branch1(x))
    torch.testing.assert_close(y[:, 8:15], block.branch3(x))
    assert block.branch3[1][0].kernel_size == (large_kernel, large_kernel)
    with pytest.raises(ValueError, match="large_kernel must be odd, got 4"):
        Inception(11, *BRANCHES, large_kernel=4)


def test_the_form_of_2014_has_no_normalisation():
    with torch.device("meta"):
        model = GoogLeNet(aux_logits=False, conv_block=conv_relu, large_kernel=5)
        rows = count_layers(model, torch.empty(1, 3, 224, 224))
    assert not any(row.kind == "BatchNorm2d" for row in rows)
    table = [(192, 64, 96, 128, 16, 32, 32), (256, 128, 128, 192, 32, 96, 64),
             (480, 192, 96, 208, 16, 48, 64), (512, 160, 112, 224, 24, 64, 64),
             (512, 128, 128, 256, 24, 64, 64), (512, 112, 144, 288, 32, 64, 64),
             (528, 256, 160, 320, 32, 128, 128), (832, 256, 160, 320, 32, 128, 128),
             (832, 384, 192, 384, 48, 128, 128)]  # of the paper  # fmt: skip
    weights = 3 * 64 * 49 + 64 * 64 + 64 * 192 * 9 + 1024 * 1000
    biases = 64 + 64 + 192 + 1000
    for i, a, b, c, d, e, f in table:
        weights += i * (a + b + d + f) + 9 * b * c + 25 * d * e
        biases += a + b + c + d + e + f
    assert total_count(rows) == (weights + biases, 1_582_671_872)


def test_the_small_one():
    model = small_googlenet().double().eval()
    x = torch.randn(2, 1, 28, 28, generator=make_generator(0), dtype=torch.float64)
    assert model(x).shape == (2, 10)
    torch.testing.assert_close(model(x)[:1], model(x[:1]))
    assert total_count(count_layers(model, x[:1]))[1] < 2.1e6
