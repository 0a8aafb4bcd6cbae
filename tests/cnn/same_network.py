"""The same weights in two networks: equal outputs, equal gradients of all of them."""

import copy

import torch

from lib.core.seed import make_generator


def assert_same_network(make, theirs, shape, *, dtype=torch.float64, outputs=lambda y: [y]):
    """Load their weights into ours without renaming; compare in train and in eval mode.

    `outputs` makes a list of tensors of what the networks return in train mode.
    """
    with torch.device("meta"):  # its own weights need not be drawn
        mine = make()
    with torch.random.fork_rng(devices=[]):
        x = torch.randn(shape, generator=make_generator(0), dtype=dtype)
        theirs = theirs.to(dtype)
        assert [*mine.state_dict()] == [*theirs.state_dict()]
        mine.load_state_dict(copy.deepcopy(theirs.state_dict()), assign=True)
        results = []
        for model in (mine, theirs):
            torch.manual_seed(0)  # for dropout
            model.train()
            inputs = x.clone().requires_grad_()
            found = outputs(model(inputs))
            generator = make_generator(1)
            loss = sum(
                (y * torch.randn(y.shape, generator=generator, dtype=dtype)).sum() for y in found
            )
            gradients = torch.autograd.grad(loss, [inputs, *model.parameters()])
            model.eval()
            with torch.no_grad():
                results.append([*found, *gradients, model(x)])
    ours, reference = results
    assert len(ours) == len(reference)
    for a, b in zip(ours, reference, strict=True):
        assert b.abs().max() > 0
        if not torch.equal(a, b):  # usual, and quick
            rtol = 1e-9 if dtype == torch.float64 else 1e-5
            torch.testing.assert_close(a, b, rtol=rtol, atol=rtol * b.abs().max().item())
    for name, value in mine.named_buffers():  # running statistics after a batch
        torch.testing.assert_close(value, theirs.get_buffer(name))
