"""Typical mistakes in the exercises of start/utilities; every one must be refused."""

from statistics import mean, median

import torch


def _times(fn, clock, repeats):
    times = []
    for _ in range(repeats):
        start = clock()
        fn()
        times.append(clock() - start)
    return times


def time_without_warmup(fn, clock, repeats=5, warmup=1):
    return median(_times(fn, clock, repeats))


def time_with_the_warmup_counted(fn, clock, repeats=5, warmup=1):
    return median(_times(fn, clock, repeats + warmup))


def time_as_mean(fn, clock, repeats=5, warmup=1):
    for _ in range(warmup):
        fn()
    return mean(_times(fn, clock, repeats))


def time_as_lowest(fn, clock, repeats=5, warmup=1):
    for _ in range(warmup):
        fn()
    return min(_times(fn, clock, repeats))


def time_with_one_pair_of_readings(fn, clock, repeats=5, warmup=1):
    for _ in range(warmup):
        fn()
    start = clock()
    for _ in range(repeats):
        fn()
    return (clock() - start) / repeats


def time_of_the_upper_middle(fn, clock, repeats=5, warmup=1):
    for _ in range(warmup):
        fn()
    return sorted(_times(fn, clock, repeats))[repeats // 2]


def one_warmup_call_always(fn, clock, repeats=5, warmup=1):
    fn()
    return median(_times(fn, clock, repeats))


def seed_and_forget(seed, fn):
    torch.manual_seed(seed)
    return fn()


def seed_put_back_without_finally(seed, fn):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    result = fn()
    torch.set_rng_state(state)
    return result


def seed_of_nobody(seed, fn):
    torch.Generator().manual_seed(seed)
    return fn()


def seed_that_returns_nothing(seed, fn):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    fn()
    torch.set_rng_state(state)


def seed_that_swallows_the_error(seed, fn):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        return fn()
    except KeyError:
        return 0.0
    finally:
        torch.set_rng_state(state)


def seed_put_back_to_its_start(seed, fn):
    start = torch.initial_seed()
    torch.manual_seed(seed)
    try:
        return fn()
    finally:
        torch.manual_seed(start)


def batches_from_the_global_generator(n, batch_size, seed):
    torch.manual_seed(seed)
    return list(torch.randperm(n).split(batch_size))


def batches_in_order(n, batch_size, seed):
    return list(torch.arange(n).split(batch_size))


def batches_without_the_rest(n, batch_size, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return list(order[: n // batch_size * batch_size].split(batch_size))


def batches_drawn_with_repeats(n, batch_size, seed):
    generator = torch.Generator().manual_seed(seed)
    return list(torch.randint(n, (n,), generator=generator).split(batch_size))


def batches_of_one_seed(n, batch_size, seed):
    return list(torch.randperm(n, generator=torch.Generator().manual_seed(0)).split(batch_size))


def batches_in_the_wrong_number(n, batch_size, seed):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return list(order.chunk(batch_size))


def speed_in_numbers(tensors, seconds):
    return sum(t.numel() for t in tensors) / seconds / 1e9


def speed_with_four_bytes(tensors, seconds):
    return sum(4 * t.numel() for t in tensors) / seconds / 1e9


def speed_in_gibibytes(tensors, seconds):
    return sum(t.nbytes for t in tensors) / seconds / 2**30


def speed_of_the_first_dtype(tensors, seconds):
    return sum(t.numel() for t in tensors) * tensors[0].element_size() / seconds / 1e9


def speed_times_seconds(tensors, seconds):
    return sum(t.nbytes for t in tensors) * seconds / 1e9


WRONG = {
    "median_time": [
        time_without_warmup,
        time_with_the_warmup_counted,
        time_as_mean,
        time_as_lowest,
        time_with_one_pair_of_readings,
        time_of_the_upper_middle,
        one_warmup_call_always,
    ],
    "with_seed": [
        seed_and_forget,
        seed_put_back_without_finally,
        seed_of_nobody,
        seed_that_returns_nothing,
        seed_that_swallows_the_error,
        seed_put_back_to_its_start,
    ],
    "shuffled_batches": [
        batches_from_the_global_generator,
        batches_in_order,
        batches_without_the_rest,
        batches_drawn_with_repeats,
        batches_of_one_seed,
        batches_in_the_wrong_number,
    ],
    "gigabytes_per_second": [
        speed_in_numbers,
        speed_with_four_bytes,
        speed_in_gibibytes,
        speed_of_the_first_dtype,
        speed_times_seconds,
    ],
}
