"""`Update`: many small batches step like one large one; clipping, scaling, schedules by step."""

import copy
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.amp import GradScaler
from torch.nn.utils import parameters_to_vector
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau, StepLR

from lib.training.fit import fit, mixed_precision, supervised, train_epoch
from lib.training.update import Update

cross_entropy = nn.functional.cross_entropy
SIZES = (5, 1, 3, 2, 7)  # of the batches


def token_loss(model, batch):
    """The mean over the tokens that are not padding, whose target is -100."""
    inputs, targets = batch
    return cross_entropy(model(inputs).mT, targets), (targets != -100).sum()


def token_batches(dtype=torch.float64):
    """Five batches of sequences of four tokens, with very unequal numbers of real ones."""
    generator = torch.Generator().manual_seed(0)
    batches = []
    for size in SIZES:
        targets = torch.randint(3, (size, 4), generator=generator)
        lengths = torch.randint(1, 5, (size, 1), generator=generator)
        targets[torch.arange(4) >= lengths] = -100
        batches.append((torch.randn(size, 4, 2, generator=generator, dtype=dtype), targets))
    return batches


def small_model(dtype=torch.float64):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3)).to(dtype)


def sgd(model, lr=0.5):
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)


def weights(model):
    return parameters_to_vector(model.parameters()).detach()


@pytest.mark.parametrize("accumulate", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("max_norm", [None, 0.01])
def test_small_batches_step_like_their_large_one(accumulate, max_norm):
    batches = token_batches()
    large = [
        tuple(map(torch.cat, zip(*batches[start : start + accumulate], strict=True)))
        for start in range(0, len(batches), accumulate)
    ]
    model, twin = small_model(), small_model()
    step = Update(sgd(model), accumulate=accumulate, max_norm=max_norm)
    loss = train_epoch(model, batches, token_loss, step)
    expected = train_epoch(twin, large, token_loss, Update(sgd(twin), max_norm=max_norm))
    torch.testing.assert_close(weights(model), weights(twin), rtol=1e-12, atol=1e-14)
    if accumulate > len(batches):  # one step: both losses are of the same weights
        assert loss == pytest.approx(expected, rel=1e-6)


def test_one_batch_at_a_time_is_the_plain_loop_to_the_bit():
    model, twin = small_model(torch.float32), small_model(torch.float32)
    batches, optimizer = token_batches(torch.float32), sgd(twin)
    for inputs, targets in batches:
        optimizer.zero_grad()
        cross_entropy(twin(inputs).mT, targets).backward()
        optimizer.step()
    train_epoch(model, batches, token_loss, Update(sgd(model)))
    assert torch.equal(weights(model), weights(twin))


@pytest.mark.parametrize("max_norm", [1e-2, 1e6])
def test_the_whole_gradient_is_clipped_to_its_length(max_norm):
    model, batch = small_model(), token_batches()[0]
    before = weights(model)
    token_loss(model, batch)[0].backward()
    gradient = torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
    length = gradient.norm().item()
    assert 1e-2 < length < 1e6
    plain = torch.optim.SGD(model.parameters(), lr=1.0)  # one step is minus the gradient
    train_epoch(model, [batch], token_loss, Update(plain, max_norm=max_norm))
    expected = gradient * min(1, max_norm / length)
    torch.testing.assert_close(before - weights(model), expected, rtol=1e-3, atol=1e-6)


def test_only_what_is_trained_is_measured_and_clipped():
    """The gradient of a frozen half, which nobody clears, must not shrink the step."""
    model, batch = small_model(), token_batches()[0]
    steps = []
    for _ in range(2):
        last = torch.optim.SGD(model[2].parameters(), lr=1.0)
        state = copy.deepcopy(model.state_dict())
        train_epoch(model, [batch], token_loss, Update(last, max_norm=1e-3))
        steps.append((weights(model) - parameters_to_vector(state.values())).norm().item())
        model.load_state_dict(state)
    assert steps == pytest.approx([1e-3, 1e-3], rel=1e-2)


def test_a_sparse_gradient_is_accumulated_too():
    embedding = nn.Embedding(7, 3, sparse=True)
    before = embedding.weight.detach().clone()
    batches = [torch.tensor([1, 2]), torch.tensor([2])]
    step = Update(torch.optim.SGD(embedding.parameters(), lr=1.0), accumulate=2, max_norm=9.0)
    train_epoch(embedding, batches, lambda model, x: (model(x).sum() / len(x), len(x)), step)
    moved = torch.zeros(7, 3)
    moved[1], moved[2] = 1 / 3, 2 / 3
    torch.testing.assert_close(before - embedding.weight, moved)


def test_a_scaler_does_not_change_the_step_and_clipping_comes_after_unscaling():
    batches = token_batches()
    model, twin = small_model(), small_model()
    scaler = GradScaler("cpu", init_scale=1024.0)
    options = {"accumulate": 2, "max_norm": 0.1}
    train_epoch(model, batches, token_loss, Update(sgd(model), scaler=scaler, **options))
    train_epoch(twin, batches, token_loss, Update(sgd(twin), **options))
    torch.testing.assert_close(weights(model), weights(twin), rtol=1e-6, atol=1e-9)


@pytest.mark.filterwarnings("error")
def test_a_step_that_the_scaler_skips_moves_neither_weights_nor_schedule():
    model = small_model(torch.float32)
    batches, optimizer = token_batches(torch.float32), sgd(model)
    scheduler = StepLR(optimizer, step_size=1, gamma=0.9)
    scaler = GradScaler("cpu", init_scale=2.0**120)  # float16 ends at 65504
    seen = []

    def spy(model, batch):
        seen.append((weights(model), optimizer.param_groups[0]["lr"], scaler.get_scale()))
        return token_loss(model, batch)

    objective = mixed_precision(spy, torch.float16)
    update = Update(optimizer, scaler=scaler, scheduler=scheduler, max_norm=1.0)
    fit(model, batches, objective, optimizer=update, num_epochs=30)
    for (old, lr, scale), (new, next_lr, next_scale) in pairwise(seen):
        if next_scale < scale:
            assert torch.equal(old, new)
            assert next_lr == lr
        else:
            assert not torch.equal(old, new)
            assert next_lr == pytest.approx(lr * 0.9)
    assert seen[1][2] < seen[0][2]
    assert seen[-1][2] == seen[-2][2]


def test_one_cycle_moves_with_every_step():
    model, batches = small_model(), token_batches()
    optimizer = sgd(model)
    num_steps = 2 * 3  # epochs times steps, the last of one batch
    scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=num_steps + 1)
    expected = [scheduler.get_last_lr()[0]]
    other = OneCycleLR(sgd(model), max_lr=0.1, total_steps=num_steps + 1)
    for _ in range(num_steps):
        other.optimizer.step()
        other.step()
        expected.append(other.get_last_lr()[0])
    update = Update(optimizer, accumulate=2, scheduler=scheduler)
    history = fit(model, batches, token_loss, optimizer=update, num_epochs=2)
    assert [record["lr"] for record in history] == [expected[0], expected[3]]
    assert scheduler.get_last_lr() == [expected[-1]]


def test_what_an_error_left_over_is_not_in_the_next_step():
    model, twin = small_model(), small_model()
    inputs, targets = token_batches()[0]
    update = Update(sgd(model), accumulate=2)
    broken = [token_batches()[1], (inputs, targets + 50)]
    with pytest.raises(IndexError):
        train_epoch(model, broken, token_loss, update)
    train_epoch(model, [(inputs, targets)], token_loss, update)
    train_epoch(twin, [(inputs, targets)], token_loss, Update(sgd(twin)))
    assert torch.equal(weights(model), weights(twin))


@pytest.mark.parametrize("max_norm", [0.0, -1.0, float("nan")])
def test_max_norm_must_be_positive(max_norm):
    with pytest.raises(ValueError, match="max_norm must be positive, got"):
        Update(sgd(small_model()), max_norm=max_norm)


def test_accumulate_and_scheduler_are_checked():
    optimizer = sgd(small_model())
    with pytest.raises(ValueError, match="accumulate must be at least 1, got 0"):
        Update(optimizer, accumulate=0)
    with pytest.raises(TypeError, match="ReduceLROnPlateau steps once an epoch"):
        Update(optimizer, scheduler=ReduceLROnPlateau(optimizer))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_mixed_precision_on_a_gpu(dtype):
    model = small_model(torch.float32).cuda()
    objective = mixed_precision(supervised(lambda z, y: cross_entropy(z.mT, y)), dtype)
    scaler = GradScaler("cuda", enabled=dtype == torch.float16)
    update = Update(sgd(model, 0.1), scaler=scaler, accumulate=2, max_norm=1.0)
    batches = token_batches(torch.float32)
    history = fit(model, batches, objective, optimizer=update, num_epochs=50)
    assert history[-1]["train_loss"] < 0.8 * history[0]["train_loss"]
