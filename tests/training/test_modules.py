"""The SmallModule agrees with torch's; recorded outputs leave no hook behind."""

import re

import pytest
import torch
from torch import nn

from lib.training.modules import SmallModule, load_state, recorded_outputs


class Sequential(SmallModule):
    def __init__(self, *modules):
        super().__init__()
        for index, module in enumerate(modules):
            setattr(self, str(index), module)

    def forward(self, x):
        for module in self._modules.values():
            x = module(x)
        return x


class Affine(SmallModule):
    def __init__(self, in_features, out_features):
        super().__init__()
        like = nn.Linear(in_features, out_features, dtype=torch.float64)
        self.weight, self.bias = like.weight, like.bias

    def forward(self, x):
        return x @ self.weight.T + self.bias


class Tanh(SmallModule):
    def forward(self, x):
        return x.tanh()


class Net(SmallModule):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones((), dtype=torch.float64))
        self.body = Sequential(Affine(7, 5), Tanh(), Affine(5, 5))
        self.head = Affine(5, 3)

    def forward(self, x):
        return self.head(self.scale * self.body(x))


class TorchNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones((), dtype=torch.float64))
        self.body = nn.Sequential(nn.Linear(7, 5), nn.Tanh(), nn.Linear(5, 5)).double()
        self.head = nn.Linear(5, 3, dtype=torch.float64)

    def forward(self, x):
        return self.head(self.scale * self.body(x))


@pytest.mark.parametrize("batch_size", [1, 2, 13])
def test_names_values_and_gradients_equal_torch(batch_size):
    mine, theirs = Net(), TorchNet()
    theirs.load_state_dict(mine.state_dict())
    x = torch.randn(batch_size, 7, dtype=torch.float64)
    mine(x).square().sum().backward()
    theirs(x).square().sum().backward()
    torch.testing.assert_close(mine(x), theirs(x))
    assert [n for n, _ in mine.named_modules()] == [n for n, _ in theirs.named_modules()]
    pairs = zip(mine.named_parameters(), theirs.named_parameters(), strict=True)
    for (name, ours), (their_name, reference) in pairs:
        assert name == their_name
        torch.testing.assert_close(ours.grad, reference.grad)


def test_a_shared_module_is_visited_once_and_its_parameters_once():
    shared = Affine(5, 5)
    mine = Sequential(shared, Tanh(), shared)
    layer = nn.Linear(5, 5)
    theirs = nn.Sequential(layer, nn.Tanh(), layer)
    assert [n for n, _ in mine.named_modules()] == [n for n, _ in theirs.named_modules()]
    assert [n for n, _ in mine.named_parameters()] == ["0.weight", "0.bias"]


def test_a_shared_parameter_is_yielded_once():
    first, second = Affine(5, 5), Affine(5, 5)
    second.weight = first.weight
    names = [name for name, _ in Sequential(first, second).named_parameters()]
    assert names == ["0.weight", "0.bias", "1.bias"]


def test_train_reaches_every_module():
    net = Net()
    assert net.train(False) is net
    assert not any(module.training for _, module in net.named_modules())
    net.train()
    assert all(module.training for _, module in net.named_modules())


def test_a_new_module_is_in_training_mode():
    assert all(module.training for _, module in Net().named_modules())


def test_a_name_has_one_owner():
    class Late(SmallModule):
        def __init__(self):
            super().__init__()
            self.bias = None
            self.bias = nn.Parameter(torch.ones(2))
            self.last = Tanh()

    net = Late()
    assert net.bias is dict(net.named_parameters())["bias"]
    assert "bias" not in vars(net)
    net.bias = Tanh()  # another kind
    assert not list(net.named_parameters())
    assert net.bias is dict(net.named_modules())["bias"]
    net.bias = 3  # no kind
    assert net.bias == 3
    assert [name for name, _ in net.named_modules()] == ["", "last"]


def test_a_replaced_module_keeps_its_position():
    net = Net()
    net.body = Affine(7, 5)
    assert [name for name, _ in net.named_modules()] == ["", "body", "head"]


def test_a_state_dict_shares_memory_and_a_loaded_one_does_not():
    first, second = Net(), Net()
    state = first.state_dict()
    load_state(second, state)
    with torch.no_grad():
        first.scale.fill_(5)
    assert state["scale"] == 5
    assert second.scale == 1


def test_state_moves_between_models_and_refuses_what_does_not_fit():
    first, second = Net(), Net()
    load_state(second, first.state_dict())
    x = torch.randn(2, 7, dtype=torch.float64)
    torch.testing.assert_close(first(x), second(x), rtol=0, atol=0)
    state = first.state_dict()
    extra = {**state, "more": torch.ones(1)}
    with pytest.raises(ValueError, match=re.escape("these differ: ['more']")):
        load_state(second, extra)
    with pytest.raises(ValueError, match=re.escape("scale must have shape (), got (2,)")):
        load_state(second, {**state, "scale": torch.ones(2)})
    with pytest.raises(ValueError, match=re.escape("must have shape (3, 5), got (5, 3)")):
        load_state(second, {**state, "head.weight": torch.ones(5, 3)})
    del state["scale"]
    with pytest.raises(ValueError, match=re.escape("these differ: ['scale']")):
        load_state(second, state)


def test_hooks_see_the_call_and_may_change_the_result():
    tanh, seen = Tanh(), []
    tanh._hooks.append(lambda module, args, result: seen.append((module, args, result)))
    tanh._hooks.append(lambda module, args, result: 2 * result)
    x = torch.ones(3)
    torch.testing.assert_close(tanh(x), 2 * x.tanh())
    assert seen[0][0] is tanh
    assert seen[0][1] == (x,)
    torch.testing.assert_close(tanh.forward(x), x.tanh())
    assert len(seen) == 1


def test_the_errors():
    class Hasty(SmallModule):
        def __init__(self):
            self.layer = Affine(2, 3)

    class Eager(SmallModule):
        def __init__(self):
            self.weight = nn.Parameter(torch.ones(2))

    for kind, name in ((Hasty, "layer"), (Eager, "weight")):
        message = f"call super().__init__() before setting {name}"
        with pytest.raises(AttributeError, match=re.escape(message)):
            kind()
    with pytest.raises(AttributeError, match="Tanh has no attribute 'weight'"):
        Tanh().weight  # noqa: B018


def test_recorded_outputs_are_what_the_modules_return():
    model = nn.Sequential(nn.Linear(7, 5), nn.Tanh(), nn.Linear(5, 3)).double()
    x = torch.randn(2, 7, dtype=torch.float64)
    with recorded_outputs(model, ["0", "1"]) as outputs:
        y = model(x)
        torch.testing.assert_close(outputs["1"], outputs["0"].tanh())
    torch.testing.assert_close(model[2](outputs["1"]), y)
    assert not outputs["0"].requires_grad
    with torch.no_grad():
        model(x + 1)
    torch.testing.assert_close(outputs["0"], model[0](x))


def test_no_hook_is_left_after_an_error():
    model = nn.Sequential(nn.Linear(7, 5), nn.Tanh())
    with pytest.raises(RuntimeError), recorded_outputs(model, ["0"]):
        model(torch.ones(2, 3))
    with pytest.raises(AttributeError), recorded_outputs(model, ["0", "nine"]):
        pass
    assert not any(module._forward_hooks for module in model.modules())
