"""The map shows each word where its coordinates are, and says in words what it shows."""

import pytest
import torch

from lib.figures.sequences.embeddings import (
    BOTH,
    COORDINATES,
    MAPS,
    WORD_GROUPS,
    describe_word_map,
    draw_correlations,
    draw_word_map,
    map_words,
    unit_vectors,
    word_places,
)
from lib.sequences.embeddings import principal_coordinates


@pytest.mark.parametrize("words", MAPS)
def test_each_word_stands_at_its_place_with_its_name(words):
    axes = draw_word_map(words, COORDINATES[0]).axes[0]
    places, _ = word_places(words, COORDINATES[0])
    assert [text.get_text() for text in axes.texts] == map_words(words)
    assert torch.equal(torch.tensor(axes.collections[0].get_offsets().data).float(), places)
    torch.testing.assert_close(torch.tensor([text.xy for text in axes.texts]), places)
    assert axes.get_xlabel() == "first coordinate"
    assert axes.get_ylabel() == "second coordinate"


def test_lines_join_each_country_and_its_capital():
    axes = draw_word_map(BOTH, COORDINATES[1]).axes[0]
    places, _ = word_places(BOTH, COORDINATES[1])
    lines = [torch.tensor(line.get_xydata()).float() for line in axes.lines]
    assert len(lines) == 8
    for number, line in enumerate(lines):
        torch.testing.assert_close(line, places[[number, number + 8]])
    assert map_words(BOTH) == map_words("countries") + map_words("capitals")
    assert not draw_word_map("numbers", COORDINATES[0]).axes[0].lines


def test_pairs_of_coordinates_overlap_and_hold_the_shares_of_both():
    places, shares = principal_coordinates(unit_vectors(map_words("verbs")), 4)
    for first, name in enumerate(COORDINATES):
        found, share = word_places("verbs", name)
        assert torch.equal(found, places[:, first : first + 2])
        assert share == pytest.approx(shares[first : first + 2].sum().item())


def test_the_description_names_the_words_at_the_four_sides():
    places, share = word_places("numbers", COORDINATES[0])
    names = map_words("numbers")
    said = describe_word_map("numbers", COORDINATES[0])
    left, high = names[places[:, 0].argmin()], names[places[:, 1].argmax()]
    assert f"{left} lies farthest left" in said
    assert f"{high} highest; {share:.0%} of the spread" in said


def test_all_groups_have_eight_words_with_vectors_of_length_1():
    assert {len(map_words(name)) for name in WORD_GROUPS} == {8}
    norms = unit_vectors(map_words("verbs")).norm(dim=1)
    torch.testing.assert_close(norms, torch.ones(8))


def test_other_names_are_refused():
    with pytest.raises(KeyError, match="colours"):
        draw_word_map("colours", COORDINATES[0])
    with pytest.raises(ValueError, match="not in tuple"):
        draw_word_map("verbs", "fourth and fifth")


def test_curves_end_at_their_last_epoch_and_the_others_stand_there_as_crosses():
    axes = draw_correlations({"a": [0.1, 0.4], "b": [0.2, 0.3]}, [0.5, 0.6], "gensim").axes[0]
    first, second, crosses = axes.lines
    assert list(first.get_xdata()) == [1, 2]
    assert list(second.get_ydata()) == [0.2, 0.3]
    assert list(crosses.get_xdata()) == [2, 2]
    assert [text.get_text() for text in axes.get_legend().texts] == ["a", "b", "gensim"]
