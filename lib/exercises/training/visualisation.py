"""Exercises of training/visualisation."""

import struct

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def smoothed(values, beta):
    total, means = 0.0, []
    for step, value in enumerate(values, start=1):
        total = beta * total + (1 - beta) * value
        means.append(total / (1 - beta**step))
    return means


def _losses(r: Draw) -> tuple:
    values = [r.float(-1, 9) for _ in range(r.int(0, 12))]
    return values, r.choice(0.0, 0.25, 0.5, 0.9, 0.99)


def dead_share(activations):
    return (activations == 0).all(dim=0).double().mean().item()


def _activations(r: Draw) -> tuple:
    rows, units = r.sizes(2, least=1, most=6)
    activations = r.tensor(rows, units).relu()
    dead = r.mask(units, share=r.choice(0.0, 0.3, 0.6, 1.0))
    return (activations.masked_fill(dead, 0.0),)


def payloads(data):
    found, at = [], 0
    while at + 12 <= len(data):
        (length,) = struct.unpack("<Q", data[at : at + 8])
        if at + 12 + length + 4 > len(data):
            break
        found.append(data[at + 12 : at + 12 + length])
        at += 12 + length + 4
    return found


def _record(payload: bytes) -> bytes:
    """Frame a payload; the check sums are made up, for no answer reads them."""
    size = struct.pack("<Q", len(payload))
    return size + b"\xaa\xbb\xcc\xdd" + payload + b"\x11\x22\x33\x44"


def _event_file(r: Draw) -> tuple:
    sizes = [r.choice(0, 1, 3, 7, 259, 300) for _ in range(r.int(0, 4))]
    records = [bytes(r.int(0, 255) for _ in range(size)) for size in sizes]
    data = b"".join(_record(payload) for payload in records)
    cut = r.choice(0, 0, 1, 3, 4, 5, 9, 14)
    return (data[: max(0, len(data) - cut)],)


EXERCISES = {
    "smoothed": Exercise(
        reference=smoothed,
        cases=_losses,
        contract=Contract(exact=True),
        fixed=lambda: [([4.0, 2.0, 2.0], 0.5), ([3.0], 0.9), ([], 0.9)],
        mistakes={
            "The start is too low: divide by 1 - beta ** step.":
                "total / (1 - beta**step) -> total",
            "The steps count from 1, or the first division is by 0.":
                "start=1 -> start=0",
            "beta weighs the past, 1 - beta the new value.":
                "beta * total + (1 - beta) * value -> "
                "(1 - beta) * total + beta * value",
            "The correction belongs to the returned mean, not to the sum that goes on.":
                "means.append(total / (1 - beta**step)) -> "
                "total = total / (1 - beta**step); means.append(total)",
            "Each step has a correction of its own, by the power of its number.":
                "beta**step -> beta",
            "The new value has to be weighed, too.":
                "(1 - beta) * value -> value",
            "One mean for each value, not the last one alone.":
                "return means -> return means[-1:]",
            "This starts from the first value, which then weighs too much.":
                lambda values, beta: _from_first(values, beta),
            "A plain mean of all values so far forgets nothing.":
                lambda values, beta: [sum(values[:n]) / n
                                      for n in range(1, len(values) + 1)],
            "This multiplies where it should divide.":
                "total / (1 - beta**step) -> total * (1 - beta**step)",
        },
    ),
    "dead_share": Exercise(
        reference=dead_share,
        cases=_activations,
        fixed=lambda: [(torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 2.0]]),)],
        contract=Contract(exact=True),
        mistakes={
            "That is the share of zeros; a unit that is 0 for some pictures is alive.":
                ".all(dim=0) -> ",
            "One zero does not make a dead unit: it must be 0 for each picture.":
                "all(dim=0) -> any(dim=0)",
            "These are pictures that wake no unit; the units are the columns.":
                "dim=0 -> dim=1",
            "A number is wanted, not a tensor.": ".item() -> ",
            "The share is wanted, not the count.":
                ".double().mean().item() -> .sum().item()",
            "These are the units that are awake for each picture.": "== -> !=",
            "This is the share of living units.":
                "(activations == 0).all(dim=0) -> (activations != 0).any(dim=0)",
            "After a ReLU a dead unit is 0, not below it.": "== 0 -> < 0",
            "One dead unit does not kill the layer: a share is wanted.":
                ".double().mean().item() -> .all().double().item()",
        },
    ),
    "payloads": Exercise(
        reference=payloads,
        cases=_event_file,
        fixed=lambda: [
            (b"",), (_record(b"a"),), (_record(b"ab") + _record(b"")[:-1],)
        ],
        mistakes={
            "The payload starts at byte 12: 8 for the length, 4 to check it.":
                "data[at + 12 : at + 12 + length] -> data[at + 8 : at + 8 + length]",
            "After the payload come four more bytes.":
                "at += 12 + length + 4 -> at += 12 + length",
            "The last record may be cut off: it is left out.":
                "at + 12 + length + 4 > len(data) -> False",
            "The four bytes at the end belong to the record: without them it is cut.":
                "at + 12 + length + 4 > len(data) -> at + 12 + length > len(data)",
            "The last record is whole if it ends where the data end.":
                "+ 4 > len(data) -> + 4 >= len(data)",
            "The length is little-endian: its smallest byte comes first.":
                '"<Q" -> ">Q"',
            "The length has eight bytes; the first alone holds up to 255.":
                'struct.unpack("<Q", data[at : at + 8]) -> (data[at],)',
            "A list with a payload for each record is wanted, not one piece.":
                "return found -> return b''.join(found)",
            "The check sums are no part of the payload.":
                "data[at + 12 : at + 12 + length] -> data[at + 12 : at + 16 + length]",
        },
    ),
}


def _from_first(values, beta):
    means = []
    for value in values:
        means.append(beta * means[-1] + (1 - beta) * value if means else value)
    return means
