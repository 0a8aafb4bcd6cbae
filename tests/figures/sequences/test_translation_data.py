"""The drawn batches show each token and which are padding; the lengths show its share."""

import re

import pytest
import torch
from matplotlib.patches import Rectangle

from lib.figures.sequences.translation_data import describe_padding, draw_batch, draw_batch_padding
from lib.sequences.translation_data import collate_pairs
from lib.sequences.vocab import Vocab

FRENCH, ENGLISH = Vocab([["le", "chat"]]), Vocab([["the", "cat"]])


def pair(source: list[str], target: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """One encoded pair."""
    return (torch.tensor(FRENCH.encode([*source, "<eos>"])),
            torch.tensor(ENGLISH.encode(["<bos>", *target, "<eos>"])))


def test_each_token_stands_in_its_box_and_padding_is_hatched():
    batch = collate_pairs([pair(["le", "chat"], ["the", "cat"]), pair(["chat"], ["cat"])])
    panels = draw_batch(batch, FRENCH, ENGLISH).axes
    texts = [[text.get_text() for text in axes.texts] for axes in panels]
    assert texts == [["le", "chat", "<eos>", "chat", "<eos>"],
                     ["<bos>", "the", "cat", "<bos>", "cat"],
                     ["the", "cat", "<eos>", "cat", "<eos>"]]
    for axes in panels:
        boxes = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
        assert [box.get_hatch() for box in boxes] == [""] * 5 + ["////"]
    titles = [axes.get_title(loc="left") for axes in panels]
    assert titles == ["source (2, 3)", "decoder input (2, 3)", "target (2, 3)"]


def test_batches_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="at most 4 sentences of 10 tokens, got 5 of 2"):
        draw_batch(collate_pairs([pair(["le"], ["the"])] * 5), FRENCH, ENGLISH)
    with pytest.raises(ValueError, match="at most 4 sentences of 10 tokens, got 1 of 11"):
        draw_batch(collate_pairs([pair(["le"] * 10, ["the"])]), FRENCH, ENGLISH)


def test_the_padding_is_counted_and_drawn():
    assert describe_padding([[3, 1], [2]]) == "2 batches, 8 cells, 25.0% padding"
    axes = draw_batch_padding([[3, 1], [2]]).axes[0]
    cells = axes.collections[0].get_array().reshape(3, 3)
    assert cells.tolist() == [[2, 2, 2], [2, 1, 2], [2, 1, 0]]
    assert axes.get_title() == describe_padding([[3, 1], [2]])
    assert [line.get_xdata()[0] for line in axes.lines] == [2]


@pytest.mark.parametrize("batches", [[], [[1], []]])
def test_empty_batches_are_refused(batches):
    message = f"there must be batches of at least 1 length, got {batches}"
    with pytest.raises(ValueError, match=re.escape(message)):
        draw_batch_padding(batches)
