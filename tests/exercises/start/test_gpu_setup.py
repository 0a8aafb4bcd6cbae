"""Typical mistakes in the exercises of start/gpu_setup; every one must be refused."""

from itertools import pairwise

import torch

from lib.start.versions import is_older, minimum_driver


def lines(text):
    return [[int(field) for field in line.split(",")] for line in text.strip().splitlines()]


def least_used(text):
    return str(min(lines(text), key=lambda row: row[1], default=[""])[0])


def largest(text):
    return str(max(lines(text), key=lambda row: row[2], default=[""])[0])


def index_as_a_number(text):
    rows = lines(text)
    return max(rows, key=lambda row: row[2] - row[1])[0] if rows else ""


def number_of_the_line(text):
    free = [total - used for _, used, total in lines(text)]
    return str(free.index(max(free))) if free else ""


def last_of_equals(text):
    best, most = "", -1
    for index, used, total in lines(text):
        if total - used >= most:
            best, most = str(index), total - used
    return best


def full_cards_left_out(text):
    best, most = "", 0
    for index, used, total in lines(text):
        if total - used > most:
            best, most = str(index), total - used
    return best


def no_card_forgotten(text):
    return str(max(lines(text), key=lambda row: row[2] - row[1])[0])


def free_as_text(text):
    best, most = "", ""
    for index, used, total in lines(text):
        if str(total - used) > most:
            best, most = str(index), str(total - used)
    return best


def multiplications_only(sizes, seconds):
    pairs = pairwise(sizes[1:])
    return sum(sizes[0] * inner * columns for inner, columns in pairs) / seconds / 1e12


def neighbours(sizes, seconds):
    triples = zip(sizes, sizes[1:], sizes[2:], strict=False)
    return sum(2 * a * b * c for a, b, c in triples) / seconds / 1e12


def all_sizes_at_once(sizes, seconds):
    product = 2
    for size in sizes:
        product *= size
    return product / seconds / 1e12


def gigaflops(sizes, seconds):
    pairs = pairwise(sizes[1:])
    return sum(2 * sizes[0] * inner * columns for inner, columns in pairs) / seconds / 1e9


def sizes_eaten(sizes, seconds):
    operations = 0
    while len(sizes) > 2:
        operations += 2 * sizes[0] * sizes[1] * sizes[2]
        del sizes[1]
    return operations / seconds / 1e12


def running(driver, builds):
    return [(release, cuda) for release, versions in builds.items() for cuda in versions
            if not is_older(driver, minimum_driver(cuda))]


def releases_as_text(driver, builds):
    return max(running(driver, builds), default=None)


def newest_cuda_first(driver, builds):
    return max(running(driver, builds), default=None,
               key=lambda pair: [[int(n) for n in v.split(".")] for v in pair[::-1]])


def last_in_the_dictionary(driver, builds):
    found = running(driver, builds)
    return found[-1] if found else None


def newest_release_or_nothing(driver, builds):
    release = max(builds, key=lambda name: [int(n) for n in name.split(".")])
    cuda = builds[release][-1]
    return None if is_older(driver, minimum_driver(cuda)) else (release, cuda)


def without_nothing(driver, builds):
    return max(running(driver, builds), key=lambda pair: [[int(n) for n in v.split(".")]
                                                          for v in pair])


def oldest_driver_left_out(driver, builds):
    found = [(release, cuda) for release, versions in builds.items() for cuda in versions
             if is_older(minimum_driver(cuda), driver)]
    return max(found, default=None, key=lambda pair: [[int(n) for n in v.split(".")] for v in pair])


def allowed(result, reference):
    return 4 * torch.finfo(result.dtype).eps * reference.abs().clamp(min=1)


def exactly(result, reference):
    return int((result.double() != reference).sum())


def nan_overlooked(result, reference):
    return int(((result.double() - reference).abs() > allowed(result, reference)).sum())


def eps_of_float32(result, reference):
    tolerance = 4 * torch.finfo(torch.float32).eps * reference.abs().clamp(min=1)
    return int((~((result.double() - reference).abs() <= tolerance)).sum())


def compared_in_its_own_dtype(result, reference):
    rounded = reference.to(result.dtype)
    tolerance = 4 * torch.finfo(result.dtype).eps * rounded.abs().clamp(min=1)
    return int((~((result - rounded).abs() <= tolerance)).sum())


def without_the_one(result, reference):
    tolerance = 4 * torch.finfo(result.dtype).eps * reference.abs()
    return int((~((result.double() - reference).abs() <= tolerance)).sum())


def sign_of_the_reference(result, reference):
    tolerance = 4 * torch.finfo(result.dtype).eps * reference.clamp(min=1)
    return int((~((result.double() - reference).abs() <= tolerance)).sum())


def share_of_the_wrong(result, reference):
    right = (result.double() - reference).abs() <= allowed(result, reference)
    return (~right).double().mean().item()


WRONG = {
    "freest_card": [
        least_used,
        largest,
        index_as_a_number,
        number_of_the_line,
        last_of_equals,
        full_cards_left_out,
        no_card_forgotten,
        free_as_text,
    ],
    "chain_tflops": [
        multiplications_only,
        neighbours,
        all_sizes_at_once,
        gigaflops,
        sizes_eaten,
    ],
    "newest_torch": [
        releases_as_text,
        newest_cuda_first,
        last_in_the_dictionary,
        newest_release_or_nothing,
        without_nothing,
        oldest_driver_left_out,
    ],
    "count_outside": [
        exactly,
        nan_overlooked,
        eps_of_float32,
        compared_in_its_own_dtype,
        without_the_one,
        sign_of_the_reference,
        share_of_the_wrong,
    ],
}
