"""Jane Austen's novels as one long row of characters, and their vocabulary."""

from functools import cache

import torch
from torch import Tensor

from lib.data.text import load_austen
from lib.sequences.text import split_characters
from lib.sequences.vocab import UNK, Vocab


def austen_text(split: str) -> str:
    """Return the novels of a split one after the other, white space as single blanks.

    Raises: ValueError if `split` is not "train", "validation" or "test".
    """
    novels = "\n".join(novel.text for novel in load_austen(split))
    return "".join(split_characters(novels))


@cache
def austen_vocab() -> Vocab:
    """Return "<unk>" and the characters of the training novels, frequent ones first."""
    return Vocab([list(austen_text("train"))], specials=(UNK,))


def austen_ids(split: str) -> Tensor:
    """Return the number of each character of a split.

    Shapes: (N,) of int64
    Raises: ValueError if `split` is not "train", "validation" or "test".
    """
    return _ids(split).clone()


@cache
def _ids(split: str) -> Tensor:
    return torch.tensor(austen_vocab().encode(list(austen_text(split))))
