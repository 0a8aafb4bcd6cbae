"""Mutants of solutions that are right answers, too, and words of texts meant otherwise."""

EQUIVALENT: dict[str, set[str]] = {
    "cnn/convolution/fit_kernel": {"y.reshape(-1, 1) -> y.reshape(-1)"},
    "start/utilities/gigabytes_per_second": {"1000000000.0 -> 1000000001.0"},
    "start/environment/is_at_least": {"length - len(have) -> length + len(have)"},
    "start/setup_appendix/read_smi": {"1 -> 2"},
    "start/gpu_setup/chain_tflops": {"1000000000000.0 -> 1000000000001.0"},
    "data/exploring/grouped_folds": {
        "0 -> 1", "True -> False #2",
        "zip(sizes.tolist(), numbers.tolist(), strict=True) -> "
        "zip(sizes.tolist(), numbers.tolist())",
    },
    "tensors/attributes/brighten": {"255 -> 256", "255 -> 256 #2"},
    "tensors/autograd_engine/sigmoid": {
        "Variable(value, (a,), lambda g: (g * value * (1 - value),), 'sigmoid') -> "
        "Variable(value, (a,), lambda g: (g * value * (1 - value),))"
    },
    "tensors/creation/chessboard": {"steps[:, None] + steps -> steps[:, None] - steps"},
    "tensors/creation/one_hot": {
        "torch.eye(num_classes, device=labels.device) -> torch.eye(num_classes)"
    },
    "tensors/joining/vote": {"-1 -> +1"},
    "tensors/products/chain_cost": {
        "zip(rest, rest[1:], strict=False) -> zip(rest, rest[1:])"
    },
    "tensors/solving/ridge": {
        "torch.eye(X.shape[1], dtype=X.dtype) -> torch.eye(X.shape[1])"
    },
    "training/schedulers/plateau_epochs": {"0 -> 1"},
    "training/schedulers/warmup_decay": {"step < num_warmup -> step <= num_warmup"},
    "training/training_loop/clipped": {"length <= max_norm -> length < max_norm"},
}

MEANT_OTHERWISE: dict[str, set[str]] = {
    "start/pytorch_map/move_batch": {"new"},
    "tensors/autograd/newton_minimum": {"without"},
    "tensors/joining/vote": {"a list"},
    "tensors/statistics/merge": {"a tuple"},
    "training/training_loop/clipped": {"a float"},
}
