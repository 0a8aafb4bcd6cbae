"""Heat maps against class activation maps and loops, and the bound of an attack."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lib.cnn.seeing import fgsm, grad_cam, occlusion
from lib.core.seed import make_generator, seed_everything


def random(*shape, seed=0):
    return torch.rand(shape, dtype=torch.float64, generator=make_generator(seed))


def network(num_classes=5):
    """A layer of maps, the mean of each map, a linear layer: class activation maps apply."""
    seed_everything(0)
    return nn.Sequential(
        nn.Conv2d(3, 7, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(7, num_classes),
    ).double()


@pytest.mark.parametrize("batch", [1, 2])
def test_grad_cam_is_cam_where_a_mean_and_a_linear_layer_follow(batch):
    model, x = network(), random(batch, 3, 11, 13)
    classes = torch.tensor([4, 0][:batch])
    heat = grad_cam(model, model[1], x, classes)
    maps, weight = model[:2](x), model[4].weight[classes]
    cam = F.relu((weight[:, :, None, None] * maps).sum(dim=1)) / (11 * 13)
    assert cam.max() > 0
    torch.testing.assert_close(heat, cam.detach())
    assert not heat.requires_grad


def test_grad_cam_weighs_maps_by_their_mean_slope():
    model, x, classes = network(), random(2, 3, 11, 13), torch.tensor([1, 3])
    deep = nn.Sequential(model[:2], nn.Conv2d(7, 7, 3).double(), nn.ReLU(), model[2:])
    heat = grad_cam(deep, deep[0], x, classes)
    for b in range(2):
        maps = model[:2](x[b : b + 1]).detach().requires_grad_()
        deep[1:](maps)[0, classes[b]].backward()
        wanted = torch.zeros(11, 13, dtype=torch.float64)
        for c in range(7):
            wanted += maps.grad[0, c].mean() * maps[0, c].detach()
        torch.testing.assert_close(heat[b], wanted.clamp(min=0))


def test_grad_cam_leaves_everything_as_it_was():
    model, x = network(), random(2, 3, 5, 7)
    before = x.clone()
    for p in model.parameters():
        p.requires_grad_(False)
    with torch.no_grad():
        grad_cam(model, model[1], x, torch.tensor([0, 1]))
        assert not torch.is_grad_enabled()
    assert torch.equal(x, before)
    assert not x.requires_grad
    assert x.grad is None
    assert all(p.grad is None for p in model.parameters())
    assert not any(module._forward_hooks for module in model.modules())


def test_the_hook_is_gone_after_an_error_too():
    model = network()
    with pytest.raises(RuntimeError, match="expected input"):
        grad_cam(model, model[1], random(1, 4, 5, 7), torch.tensor([0]))
    assert not model[1]._forward_hooks


def test_a_layer_must_be_called_once():
    model = network()
    with pytest.raises(ValueError, match="call layer once, it did so 0 times"):
        grad_cam(model, nn.ReLU(), random(1, 3, 5, 7), torch.tensor([0]))
    relu = nn.ReLU()
    twice = nn.Sequential(relu, model[0], relu, model[2:])
    with pytest.raises(ValueError, match="call layer once, it did so 2 times"):
        grad_cam(twice, relu, random(1, 3, 5, 7), torch.tensor([0]))


@pytest.mark.parametrize(("size", "stride"), [(2, 1), (3, 2), (5, 3), (7, 1), (1, 4)])
def test_occlusion_equals_one_square_at_a_time(size, stride):
    model, x = network(), random(1, 3, 7, 11)
    before, heat = x.clone(), occlusion(model, x, 2, size=size, stride=stride, fill=0.25)
    whole = model(x)[0, 2].item()
    tops, lefts = range(0, 8 - size, stride), range(0, 12 - size, stride)
    assert heat.shape == (len(tops), len(lefts))
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            hidden = x.clone()
            hidden[0, :, top : top + size, left : left + size] = 0.25
            assert heat[i, j].item() == pytest.approx(whole - model(hidden)[0, 2].item())
    assert heat.abs().max() > 0
    assert torch.equal(x, before)
    assert not heat.requires_grad


@pytest.mark.parametrize(("size", "stride"), [(0, 1), (8, 1), (3, 0)])
def test_occlusion_wants_squares_that_fit(size, stride):
    with pytest.raises(ValueError, match=rf"size must be from 1 to 7 .* got {size} and {stride}"):
        occlusion(network(), random(1, 3, 7, 11), 0, size=size, stride=stride)


def test_fgsm_moves_by_epsilon_and_stays_a_picture():
    model, x, classes = network(), random(2, 3, 11, 13), torch.tensor([1, 3])
    before, epsilon = x.clone(), 0.03
    changed = fgsm(model, x, classes, epsilon)
    inside = (x > epsilon) & (x < 1 - epsilon)
    moves = (changed - x).abs()
    torch.testing.assert_close(moves[inside], torch.full_like(moves[inside], epsilon))
    assert moves.max() <= epsilon + 1e-12
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert torch.equal(x, before)
    assert not x.requires_grad
    assert not changed.requires_grad
    assert all(p.grad is None for p in model.parameters())


def test_fgsm_goes_up_and_down_the_loss():
    model, x, classes = network(), random(2, 3, 11, 13), torch.tensor([1, 3])
    losses = [
        F.cross_entropy(model(fgsm(model, x, classes, epsilon)), classes).item()
        for epsilon in (-0.02, 0.0, 0.02)
    ]
    assert losses[0] < losses[1] < losses[2]
    assert torch.equal(fgsm(model, x, classes, 0.0), x)


def test_fgsm_takes_the_best_step_of_a_linear_model():
    weight = random(2, 12, seed=1) - 0.5
    x = random(1, 3, 2, 2, seed=2) * 0.5 + 0.25
    changed = fgsm(lambda x: x.flatten(1) @ weight.T, x, torch.tensor([0]), 0.1)
    wanted = x.flatten() + 0.1 * (weight[1] - weight[0]).sign()  # towards the other class
    torch.testing.assert_close(changed.flatten(), wanted)


def test_a_picture_does_not_depend_on_its_neighbour():
    model, x, classes = network(), random(2, 3, 11, 13), torch.tensor([1, 3])
    for method in (lambda x, k: grad_cam(model, model[1], x, k),
                   lambda x, k: fgsm(model, x, k, 0.02)):  # fmt: skip
        halves = [method(x[i : i + 1], classes[i : i + 1]) for i in range(2)]
        torch.testing.assert_close(method(x, classes), torch.cat(halves))
