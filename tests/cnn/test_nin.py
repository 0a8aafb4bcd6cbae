"""Network in network: blocks, and the small one."""

import torch
from torch import nn

from lib.cnn.counting import count_layers, total_count
from lib.cnn.nin import nin_block, small_nin
from lib.core.seed import make_generator


def test_a_block_is_an_mlp_on_the_channels_of_each_pixel():
    torch.manual_seed(0)
    block = nn.Sequential(*nin_block(3, 5, kernel_size=7, stride=2, padding=1)).double()
    x = torch.randn(2, 3, 11, 17, generator=make_generator(0), dtype=torch.float64)
    first = block[0]
    maps = nn.functional.conv2d(x, first.weight, first.bias, stride=2, padding=1).relu()
    assert maps.shape == (2, 5, 4, 7)
    pixels = maps.permute(0, 2, 3, 1)  # (B, C, H, W) -> (B, H, W, C)
    for conv in (block[2], block[4]):
        assert conv.weight.shape == (5, 5, 1, 1)
        pixels = nn.functional.linear(pixels, conv.weight[:, :, 0, 0], conv.bias).relu()
    torch.testing.assert_close(block(x), pixels.permute(0, 3, 1, 2))


def test_the_small_one():
    model = small_nin().double().eval()
    x = torch.randn(2, 1, 28, 28, generator=make_generator(0), dtype=torch.float64)
    assert model(x).shape == (2, 10)
    torch.testing.assert_close(model(x)[:1], model(x[:1]))
    parameters, multiplications = total_count(count_layers(model, x[:1]))
    assert multiplications < 2e6
    assert parameters < 20_000
    assert not any(isinstance(layer, nn.Linear) for layer in model)
    assert model(torch.zeros(1, 1, 41, 37, dtype=torch.float64)).shape == (1, 10)
