"""Batches of sentence pairs: their tokens in boxes, and how much of them is padding."""

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from torch import Tensor

from lib.sequences.translation_data import TranslationBatch
from lib.sequences.vocab import Vocab

REAL, PADDING, INK = "#cfe3f5", "#f3e3d3", "#111111"


def draw_batch(
    batch: TranslationBatch, source_vocab: Vocab, target_vocab: Vocab
) -> Figure:
    """Draw source, decoder input and target of a batch: a row each, a box for a token.

    Boxes of padding are hatched. Below each other, the boxes of decoder input and
    target are one step: what the decoder reads, and what it has to say.

    Raises: ValueError if the batch has more than 4 sentences or 10 tokens in one.
    """
    parts = (
        ("source", batch.source, batch.source_mask, source_vocab),
        ("decoder input", batch.decoder_input, batch.target_mask, target_vocab),
        ("target", batch.target, batch.target_mask, target_vocab),
    )
    count, longest = len(batch.source), max(part[1].shape[1] for part in parts)
    if count > 4 or longest > 10:
        raise ValueError(
            f"a batch must have at most 4 sentences of 10 tokens, got {count} of "
            f"{longest}"
        )
    size = (7.2, 0.5 + 3 * (0.4 + 0.32 * count))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(3, 1)
    for axes, (name, ids, mask, vocab) in zip(panels, parts, strict=True):
        _draw_rows(axes, ids, mask, vocab)
        shape = tuple(ids.shape)
        axes.set_title(f"{name} {shape}", loc="left", fontsize=9)
        axes.set(xlim=(-0.05, longest + 0.05), ylim=(count + 0.05, -0.05))
        axes.axis("off")
    return figure


def _draw_rows(axes: Axes, ids: Tensor, mask: Tensor, vocab: Vocab) -> None:
    """Draw one tensor of numbers as tokens. Shapes: ids, mask (B, T)."""
    for b, row in enumerate(ids.tolist()):
        for t, token in enumerate(vocab.decode(row)):
            real = bool(mask[b, t])
            box = Rectangle(
                (t, b), 1, 1, facecolor=REAL if real else PADDING, edgecolor="#444444",
                hatch="" if real else "////", linewidth=0.8,
            )  # fmt: skip
            axes.add_patch(box)
            if real:
                centre = (t + 0.5, b + 0.5)
                style = {"ha": "center", "va": "center", "fontsize": 8, "color": INK}
                axes.text(*centre, token, **style)


def draw_batch_padding(batches: Sequence[Sequence[int]]) -> Figure:
    """Draw the lengths of sentences, a column each, padded to the longest of a batch.

    Raises: ValueError if there are no batches, or one is empty.
    """
    if not batches or not all(batches):
        raise ValueError(f"there must be batches of at least 1 length, got {batches}")
    lengths = torch.tensor([length for batch in batches for length in batch])
    widths = torch.tensor([max(batch) for batch in batches for _ in batch])
    steps = torch.arange(int(lengths.max()))[:, None]
    # (T, 1) < (N,) -> (T, N): 0 outside of the batch, 1 padding, 2 a token
    cells = (steps < lengths).int() + (steps < widths).int()
    figure = Figure(figsize=(7.2, 2.2), layout="constrained")
    axes = figure.subplots()
    colours = ListedColormap(["#ffffff", "#e3a857", "#1f4e79"])
    axes.pcolormesh(cells, cmap=colours, vmin=0, vmax=2)
    border = 0
    for batch in batches[:-1]:
        border += len(batch)
        axes.axvline(border, color="#888888", linewidth=0.8)
    axes.set(xlabel="sentence", ylabel="position", title=describe_padding(batches))
    axes.legend(
        handles=[
            Patch(color=colours(2), label="token"),
            Patch(color=colours(1), label="padding"),
        ],
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
    )
    axes.grid(visible=False)
    return figure


def describe_padding(batches: Sequence[Sequence[int]]) -> str:
    """Say how many cells these batches have, and which share of them is padding."""
    cells = sum(max(batch) * len(batch) for batch in batches)
    padding = cells - sum(map(sum, batches))
    return f"{len(batches)} batches, {cells:,} cells, {padding / cells:.1%} padding"
