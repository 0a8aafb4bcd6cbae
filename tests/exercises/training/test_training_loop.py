"""Typical mistakes in the exercises of training/training_loop; every one must be refused."""

import torch


def _epoch(model, batches, loss_fn, optimizer, *, clear=True, step=True):
    losses, sizes = [], []
    for inputs, targets in batches:
        loss = loss_fn(model(inputs), targets)
        if clear:
            optimizer.zero_grad()
        loss.backward()
        if step:
            optimizer.step()
        losses.append(loss.item())
        sizes.append(len(targets))
    total = sum(loss * size for loss, size in zip(losses, sizes, strict=True))
    return losses, total / sum(sizes)


def epoch_in_whatever_mode(model, batches, loss_fn, optimizer):
    return _epoch(model, batches, loss_fn, optimizer)[1]


def epoch_without_clearing(model, batches, loss_fn, optimizer):
    model.train()
    return _epoch(model, batches, loss_fn, optimizer, clear=False)[1]


def epoch_without_steps(model, batches, loss_fn, optimizer):
    model.train()
    return _epoch(model, batches, loss_fn, optimizer, step=False)[1]


def epoch_with_the_mean_of_batch_means(model, batches, loss_fn, optimizer):
    model.train()
    losses, _ = _epoch(model, batches, loss_fn, optimizer)
    return sum(losses) / len(losses)


def epoch_that_returns_a_tensor(model, batches, loss_fn, optimizer):
    model.train()
    return torch.tensor(_epoch(model, batches, loss_fn, optimizer)[1])


def _hits(model, batches):
    right = sum((model(x).argmax(1) == y).sum().item() for x, y in batches)
    return right / sum(len(y) for _, y in batches)


def share_in_train_mode(model, batches):
    with torch.no_grad():
        return _hits(model, batches)


def share_with_a_graph(model, batches):
    was_training = model.training
    model.eval()
    share = _hits(model, batches)
    model.train(was_training)
    return share


def share_left_in_eval_mode(model, batches):
    model.eval()
    with torch.no_grad():
        return _hits(model, batches)


def share_left_in_train_mode(model, batches):
    model.eval()
    with torch.no_grad():
        share = _hits(model, batches)
    model.train()
    return share


def share_as_mean_of_batches(model, batches):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        shares = [(model(x).argmax(1) == y).double().mean().item() for x, y in batches]
    model.train(was_training)
    return sum(shares) / len(shares)


def stopping_at_any_rise(patience):
    return lambda history: len(history) > 1 and history[-1]["val_loss"] > history[-2]["val_loss"]


def stopping_one_epoch_late(patience):
    def callback(history):
        losses = [record["val_loss"] for record in history]
        return len(losses) - 1 - losses.index(min(losses)) > patience

    return callback


def stopping_that_takes_a_tie_for_better(patience):
    def callback(history):
        losses = [record["val_loss"] for record in history][::-1]
        return losses.index(min(losses)) >= patience

    return callback


def stopping_after_patience_epochs(patience):
    return lambda history: len(history) > patience


def stopping_that_returns_no_function(patience):
    return patience > 0


def left_repeating_the_last(history, num_epochs):
    return list(range(max(len(history), 1), num_epochs + 1))


def left_counted_from_zero(history, num_epochs):
    return list(range(len(history), num_epochs))


def left_without_the_final_epoch(history, num_epochs):
    return list(range(len(history) + 1, num_epochs))


def left_as_a_range(history, num_epochs):
    return range(len(history) + 1, num_epochs + 1)


WRONG = {
    "one_epoch": [
        epoch_in_whatever_mode,
        epoch_without_clearing,
        epoch_without_steps,
        epoch_with_the_mean_of_batch_means,
        epoch_that_returns_a_tensor,
    ],
    "share_right": [
        share_in_train_mode,
        share_with_a_graph,
        share_left_in_eval_mode,
        share_left_in_train_mode,
        share_as_mean_of_batches,
    ],
    "early_stopping": [
        stopping_at_any_rise,
        stopping_one_epoch_late,
        stopping_that_takes_a_tie_for_better,
        stopping_after_patience_epochs,
        stopping_that_returns_no_function,
    ],
    "epochs_left": [
        left_repeating_the_last,
        left_counted_from_zero,
        left_without_the_final_epoch,
        left_as_a_range,
    ],
}
