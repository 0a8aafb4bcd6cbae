"""The curves are the lengths that were given, and the words name their ends."""

import pytest

from lib.figures.cnn.resnet import (
    ARMS,
    BLOCKS,
    HIGHEST,
    LOWEST,
    describe_gradients,
    draw_blocks,
    draw_gradients,
)

LENGTHS = {name: [10.0**-place, 0.5, 2.0 + place] for place, name in enumerate(ARMS)}


def test_each_network_has_a_curve_with_its_lengths_over_the_layers():
    axes = draw_gradients(LENGTHS).axes[0]
    drawn = {line.get_label(): line for line in axes.lines}
    assert drawn.keys() == ARMS.keys()
    for name, values in LENGTHS.items():
        assert list(drawn[name].get_xdata()) == [1, 2, 3]
        assert list(drawn[name].get_ydata()) == pytest.approx(values)
    assert len({line.get_linestyle() + str(line.get_marker()) for line in axes.lines}) == len(ARMS)
    assert axes.get_ylim() == (LOWEST, HIGHEST)


def test_the_words_give_number_and_ends():
    words = describe_gradients(LENGTHS)
    assert words.startswith("3 convolutions. First and last length: neither 1e+00 and 2e+00, skips")
    assert words.endswith("skips and norm 1e-03 and 5e+00.")


def test_each_block_shows_its_layers_and_only_residual_ones_a_sum():
    for axes, (title, (layers, shortcut)) in zip(
        draw_blocks().axes, BLOCKS.items(), strict=True
    ):
        texts = [text.get_text() for text in axes.texts]
        assert axes.get_title() == title
        assert [words for words in texts if words in layers] == list(layers)
        assert ("+" in texts) == (shortcut is not None)
        assert not shortcut or shortcut in texts
