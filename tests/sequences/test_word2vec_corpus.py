"""The corpora are those that the chapter describes."""

from lib.sequences.word2vec_corpus import (
    load_analogies,
    load_similarities,
    load_wikipedia_pages,
)


def test_the_corpora_are_those_that_the_chapter_describes():
    pages = load_wikipedia_pages()
    assert sum(map(len, pages)) == 452_944
    assert max(map(len, pages)) == 1000
    assert len(load_similarities()) == 353
    assert load_similarities()[0] == ("love", "sex", 6.77)
    assert len(load_analogies()) == 19_544
    topics = {analogy.topic for analogy in load_analogies()}
    assert len(topics) == 14
    assert load_analogies()[0].words == ("athens", "greece", "baghdad", "iraq")
