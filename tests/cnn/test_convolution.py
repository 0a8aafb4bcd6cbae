"""conv2d, conv_transpose2d and the layer are torch's, and refuse what torch refuses."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lib.cnn.convolution import Conv2d, conv2d, conv_transpose2d
from lib.core.seed import make_generator


def numbers(seed, *shape):
    generator = make_generator(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


def assert_same(ours, theirs, inputs):
    """Values and all gradients agree, for a gradient that arrives with different numbers."""
    mine, wanted = ours(*inputs), theirs(*inputs)
    assert mine.shape == wanted.shape
    arriving = torch.cos(torch.arange(wanted.numel()).double()).reshape(wanted.shape)
    gradients = (torch.autograd.grad(y, inputs, arriving) for y in (mine, wanted))
    for a, b in zip((mine, *next(gradients)), (wanted, *next(gradients)), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("batch", [(), (1,), (2,)])
@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "groups"),
    [
        (1, 0, 1, 1), (2, 1, 1, 1), ((3, 2), (2, 0), (1, 2), 1), (1, "same", (3, 2), 5),
        (2, "valid", 1, 5),
    ],
)  # fmt: skip
def test_conv2d(batch, stride, padding, dilation, groups):
    inputs = numbers(0, *batch, 5, 11, 13), numbers(1, 10, 5 // groups, 3, 2), numbers(2, 10)
    options = (stride, padding, dilation, groups)
    assert_same(lambda *t: conv2d(*t, *options), lambda *t: F.conv2d(*t, *options), inputs)
    assert_same(
        lambda *t: conv2d(*t, None, *options), lambda *t: F.conv2d(*t, None, *options), inputs[:2]
    )


@pytest.mark.parametrize("batch", [(), (1,), (2,)])
@pytest.mark.parametrize(
    ("stride", "padding", "output_padding", "groups", "dilation"),
    [
        (1, 0, 0, 1, 1), (2, 1, 1, 1, 1), ((3, 2), (1, 0), (2, 1), 1, (1, 2)),
        (2, 1, 0, 5, (2, 3)), (1, (1, 2), 1, 5, 2),
    ],
)  # fmt: skip
def test_conv_transpose2d(batch, stride, padding, output_padding, groups, dilation):
    out = 7 * groups
    inputs = numbers(3, *batch, 5, 3, 4), numbers(4, 5, 7, 3, 2), numbers(5, out)
    options = (stride, padding, output_padding, groups, dilation)
    assert_same(
        lambda *t: conv_transpose2d(*t, *options),
        lambda *t: F.conv_transpose2d(*t, *options),
        inputs,
    )


@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (3, 2, 2)])
def test_the_transpose_has_the_same_inner_products(stride, padding, dilation):
    """<y, conv x> = <convᵀ y, x> for all x and y is what makes it the transpose."""
    x, weight = numbers(6, 1, 2, 11, 14), numbers(7, 3, 2, 3, 2)
    forward = conv2d(x, weight, None, stride, padding, dilation)
    y = torch.sin(torch.arange(forward.numel()).double()).reshape(forward.shape)
    sizes = zip(x.shape[-2:], forward.shape[-2:], weight.shape[-2:], strict=True)
    left_out = [n - ((m - 1) * stride - 2 * padding + dilation * (k - 1) + 1) for n, m, k in sizes]
    back = conv_transpose2d(y, weight, None, stride, padding, tuple(left_out), 1, dilation)
    assert back.shape == x.shape
    assert (forward * y).sum().item() == pytest.approx((x * back).sum().item(), rel=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {}, {"stride": 2, "padding": 1}, {"groups": 2, "bias": False}, {"padding": "same"},
        {"padding": 2, "padding_mode": "reflect"}, {"padding": 1, "padding_mode": "circular"},
        {"padding": (2, 0), "padding_mode": "replicate", "dilation": 2},
    ],
)  # fmt: skip
@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_a_layer_takes_torchs_state_dict_and_gives_its_numbers(options, batch):
    theirs = nn.Conv2d(4, 6, (3, 2), **options).double()
    ours = Conv2d(4, 6, (3, 2), **options).double()
    ours.load_state_dict(theirs.state_dict())
    x = numbers(8, batch, 4, 7, 11)
    assert_same(ours, theirs, [x])
    for layer in (ours, theirs):
        layer.zero_grad()
        layer(x).square().sum().backward()
    for (name, a), (other, b) in zip(
        ours.named_parameters(), theirs.named_parameters(), strict=True
    ):
        assert name == other
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-12, atol=1e-10)


def test_the_start_is_torchs():
    for groups in (1, 2):
        torch.manual_seed(0)
        ours = Conv2d(4, 6, (3, 2), groups=groups)
        torch.manual_seed(0)
        theirs = nn.Conv2d(4, 6, (3, 2), groups=groups)
        assert torch.allclose(ours.weight, theirs.weight, rtol=1e-6, atol=0)
        assert torch.allclose(ours.bias, theirs.bias, rtol=1e-6, atol=0)


def test_the_options_stand_in_the_print():
    assert repr(Conv2d(4, 6, 3, 2, padding=1, groups=2)) == (
        "Conv2d(4, 6, kernel_size=(3, 3), stride=(2, 2), padding=1, dilation=(1, 1), "
        "groups=2, bias=True)"
    )


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        (((5, 7), (1, 1, 3, 3)), {}, r"input must have 3 or 4 axes, got shape \(5, 7\)"),
        (((1, 5, 7), (1, 3, 3)), {}, r"weight must have 4 axes, got shape \(1, 3, 3\)"),
        (((2, 5, 7, 3), (4, 3, 3, 3)), {},
         r"input must have 3 channels on axis -3, got \(2, 5, 7, 3\): weight is \(4, 3, 3, 3\), "
         "groups 1"),
        (((2, 4, 5, 5), (3, 2, 3, 3)), {"groups": 2},
         r"axis 0 of weight \(3\) must be divisible by groups \(2\)"),
        (((2, 4, 5, 5), (3, 4, 3, 3)), {"groups": 0}, r"must be divisible by groups \(0\)"),
        (((2, 1, 5, 5), (3, 1, 6, 3)), {}, "the window spans 6 pixels, the padded axis 5"),
        (((2, 1, 5, 5), (3, 1, 3, 3)), {"dilation": 3},
         "the window spans 7 pixels, the padded axis 5"),
        (((2, 1, 5, 5), (3, 1, 3, 3)), {"stride": 0}, "stride must be at least 1, got 0"),
        (((2, 1, 5, 5), (3, 1, 3, 3)), {"padding": (1, -1)}, "padding must be at least 0, got"),
        (((2, 1, 5, 5), (3, 1, 3, 3)), {"dilation": 0}, "dilation must be at least 1, got 0"),
        (((2, 1, 5, 5), (3, 1, 3, 3)), {"padding": "full"},
         "padding must be 'same', 'valid' or numbers, got 'full'"),
        (((2, 1, 5, 5), (3, 1, 3, 3)), {"padding": "same", "stride": 2},
         r"padding 'same' needs stride 1, got \(2, 2\)"),
        (((2, 1, 5, 5), (3, 1, 3, 3)), {"bias": torch.zeros(1)},
         r"bias must have shape \(3,\), got \(1,\)"),
    ],
)  # fmt: skip
def test_what_conv2d_refuses(shapes, options, message):
    with pytest.raises(ValueError, match=message):
        conv2d(torch.zeros(shapes[0]), torch.zeros(shapes[1]), **options)


@pytest.mark.parametrize("value", [1.0, (1, 2, 3), "2", (1.0, 2), None])
def test_an_option_is_a_whole_number_or_two(value):
    with pytest.raises(TypeError, match="stride must be an int or a pair of ints, got"):
        conv2d(torch.zeros(1, 1, 5, 5), torch.zeros(1, 1, 3, 3), stride=value)


def test_what_the_transpose_refuses():
    x, weight = torch.zeros(2, 4, 5, 5), torch.zeros(4, 3, 3, 3)
    with pytest.raises(ValueError, match="input must have 4 channels on axis -3, got"):
        conv_transpose2d(x[:, :3], weight)
    with pytest.raises(ValueError, match=r"bias must have shape \(6,\), got \(3,\)"):
        conv_transpose2d(x, weight, torch.zeros(3), groups=2)
    with pytest.raises(ValueError, match=r"axis 0 of weight \(4\) must be divisible by groups"):
        conv_transpose2d(x, weight, groups=3)
    with pytest.raises(ValueError, match=r"from 0 to below stride \(2\) or dilation \(1\), got 2"):
        conv_transpose2d(x, weight, stride=2, output_padding=2)
    with pytest.raises(ValueError, match=r"padding \(4\) leaves an output of size -1"):
        conv_transpose2d(x, weight, padding=4)


def test_what_the_layer_refuses():
    with pytest.raises(ValueError, match=r"in_channels \(4\) and out_channels \(6\) must be div"):
        Conv2d(4, 6, 3, groups=3)
    with pytest.raises(ValueError, match="padding_mode must be a known one, got 'mirror'"):
        Conv2d(4, 6, 3, padding_mode="mirror")
    with pytest.raises(ValueError, match="kernel_size must be at least 1, got 0"):
        Conv2d(4, 6, 0)
    with pytest.raises(ValueError, match="input must have 4 channels"):
        Conv2d(4, 6, 3)(torch.zeros(1, 7, 7, 4))
