"""Typical mistakes in the exercises of start/pytorch_map; every one must be refused."""

import math

import torch


def plain_mean(gradients, sizes):
    return sum(gradients) / len(gradients)


def sum_of_gradients(gradients, sizes):
    return sum(gradients)


def sum_of_sums(gradients, sizes):
    return sum(size * gradient for size, gradient in zip(sizes, gradients, strict=True))


def divided_by_the_parts(gradients, sizes):
    return sum_of_sums(gradients, sizes) / len(sizes)


def averaged_in_place(gradients, sizes):
    for size, gradient in zip(sizes, gradients, strict=True):
        gradient *= size / sum(sizes)
    return sum(gradients)


def floor_of_zero(num_classes):
    return 0.0


def floor_for_ten(num_classes):
    return 1.4611501717344746


def floor_of_ignorance(num_classes):
    return math.log(num_classes)


def floor_with_all_classes_wrong(num_classes):
    return math.log(1 + num_classes / math.e)


def floor_without_the_zeros(num_classes):
    return math.log(1 + 1 / math.e)


def moves_a_tensor_only(batch, device):
    return batch.to(device)


def moves_a_pair_only(batch, device):
    return tuple(x.to(device) for x in batch)


def moves_into_lists(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: moves_into_lists(value, device) for key, value in batch.items()}
    return [moves_into_lists(x, device) for x in batch]


def moves_one_level(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: value.to(device) for key, value in batch.items()}
    return type(batch)(x.to(device) for x in batch)


def moves_no_dict(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, list | tuple):
        return type(batch)(moves_no_dict(x, device) for x in batch)
    return batch


def moves_no_texts(batch, device):
    if isinstance(batch, dict):
        return {key: moves_no_texts(value, device) for key, value in batch.items()}
    if isinstance(batch, list | tuple):
        return type(batch)(moves_no_texts(x, device) for x in batch)
    return batch.to(device)


def moves_inside_the_list(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: moves_inside_the_list(value, device) for key, value in batch.items()}
    if isinstance(batch, tuple):
        return tuple(moves_inside_the_list(x, device) for x in batch)
    if isinstance(batch, list):
        batch[:] = [moves_inside_the_list(x, device) for x in batch]
    return batch


def untrained_by_value(model, optimizer):
    held = [p for group in optimizer.param_groups for p in group["params"]]
    return [name for name, p in model.named_parameters()
            if not any(p.shape == q.shape and torch.equal(p, q) for q in held)]


def untrained_in_the_first_group(model, optimizer):
    held = {id(p) for p in optimizer.param_groups[0]["params"]}
    return [name for name, p in model.named_parameters() if id(p) not in held]


def trained_instead(model, optimizer):
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return [name for name, p in model.named_parameters() if id(p) in held]


def untrained_without_gradient(model, optimizer):
    return [name for name, p in model.named_parameters() if not p.requires_grad]


def untrained_parameters_themselves(model, optimizer):
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return [p for p in model.parameters() if id(p) not in held]


WRONG = {
    "average_gradients": [
        plain_mean,
        sum_of_gradients,
        sum_of_sums,
        divided_by_the_parts,
        averaged_in_place,
    ],
    "loss_floor": [
        floor_of_zero,
        floor_for_ten,
        floor_of_ignorance,
        floor_with_all_classes_wrong,
        floor_without_the_zeros,
    ],
    "move_batch": [
        moves_a_tensor_only,
        moves_a_pair_only,
        moves_into_lists,
        moves_one_level,
        moves_no_dict,
        moves_no_texts,
        moves_inside_the_list,
    ],
    "untrained_parameters": [
        untrained_by_value,
        untrained_in_the_first_group,
        trained_instead,
        untrained_without_gradient,
        untrained_parameters_themselves,
    ],
}
