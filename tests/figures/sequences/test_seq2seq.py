"""The tree of a beam search holds what the search found; the drawings show it."""

import torch

from lib.figures.sequences.seq2seq import (
    beam_tree,
    describe_beam_tree,
    draw_beam_tree,
    draw_encoder_decoder,
)
from lib.sequences.vocab import Vocab

VOCAB = Vocab([["a", "b", "b"]])  # b is 4, a is 5
EOS, B, A = 3, 4, 5
NEXT = {2: {B: 0.6, A: 0.4}, B: {B: 0.55, A: 0.45}, A: {EOS: 0.9, B: 0.1}}


DROPPING = {2: {B: 0.6, A: 0.4}, B: {B: 0.25, A: 0.25, 0: 0.25, EOS: 0.25}}
DROPPING |= {A: {A: 0.6, B: 0.4}}


def tree(num_steps, beam_width=2, following=NEXT):
    table = torch.zeros(len(VOCAB), len(VOCAB))
    for token, row in following.items():
        for other, probability in row.items():
            table[token, other] = probability

    def step(tokens, state):
        return table[tokens].log(), state

    start = (torch.zeros(1, 1),)
    return beam_tree(step, start, VOCAB, beam_width=beam_width, num_steps=num_steps)


def test_the_tree_holds_each_beam():
    nodes = tree(3)
    found = [(n.step, n.rank, n.parent, n.token, n.alive) for n in nodes]
    assert found[:2] == [(1, 0, 0, "b", True), (1, 1, 0, "a", True)]
    assert found[2][1:4] == (0, 1, "<eos>")  # 0.36, before 0.3
    assert found[3][1:3] == (1, 0)
    assert found[4][1:] == (0, 0, "", True)  # it has ended
    assert [round(n.log_prob, 3) for n in nodes[2:4]] == [-1.022, -1.109]


def test_dropped_beginnings_are_not_alive():
    nodes = tree(2, following=DROPPING)
    assert [n.token for n in nodes] == ["b", "a", "a", "b"]
    assert [n.alive for n in nodes] == [False, True, True, True]
    assert draw_beam_tree(nodes, 2, 2).count("dasharray") == 2  # its box and its edge


def test_the_words_name_sentences_and_numbers():
    text = describe_beam_tree(tree(2))
    assert text.startswith("After step 2, best first: 'a <eos>' -1.02; 'b ")


def test_the_drawing_has_a_box_and_an_edge_for_each_token():
    nodes = tree(3)
    svg = draw_beam_tree(nodes, 2, 4)
    assert svg.count("<path") == len(nodes) == 6
    assert svg.count("<rect") == len(nodes) + 2  # <bos> and the ground
    assert svg.count("&lt;eos&gt;") == sum(n.token == "<eos>" for n in nodes)
    assert svg.count("stroke='#0072B2' stroke-width='3'") == 3  # the best sentence
    assert "(ended)" in svg
    assert "−1.02" in svg


def test_the_network_names_each_word():
    figure = draw_encoder_decoder(["un", "deux"], ["one"])
    words = [text.get_text() for text in figure.axes[0].texts]
    for word in ("un", "deux", "one", "<bos>", "state"):
        assert word in words
    assert words.count("<eos>") == 2
    assert words.count("one") == 2  # written, then read
    assert words.count("GRU") == 5
