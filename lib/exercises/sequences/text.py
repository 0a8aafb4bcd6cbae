"""Exercises of sequences/text."""

from collections import Counter
from itertools import pairwise

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

LETTERS = ("a", "b", "ab", "bc", "c")


def unknown_share(train, test, min_count):
    counts = Counter(train)
    unknown = [token for token in test if counts[token] < min_count]
    return len(unknown) / len(test) if test else 0.0


def _tokens(r: Draw) -> list[str]:
    return [r.choice(*LETTERS) for _ in range(r.size())]


def next_merge(words):
    counts = Counter()
    for word, count in words.items():
        for pair in pairwise(word):
            counts[pair] += count
    return min(counts, key=lambda pair: (-counts[pair], pair), default=None)


def _words(r: Draw) -> tuple:
    return ({tuple(_tokens(r)): r.int(1, 4) for _ in range(r.size(0, 4))},)


def join_pieces(pieces):
    words = []
    for piece in pieces:
        if piece.startswith("##") and words:
            words[-1] += piece[2:]
        else:
            words.append(piece.removeprefix("##"))
    return words


def _pieces(r: Draw) -> tuple:
    return ([r.choice("a", "bc", "##a", "##bc", "#", "###") for _ in range(r.size())],)


def fewest_pieces(word, pieces):
    fewest = [0] + [None] * len(word)
    for end in range(1, len(word) + 1):
        found = [
            fewest[start] + 1
            for start in range(end)
            if word[start:end] in pieces and fewest[start] is not None
        ]
        fewest[end] = min(found, default=None)
    return fewest[-1]


def _greedy(word, pieces):
    count = 0
    while word:
        fits = [n for n in range(1, len(word) + 1) if word[:n] in pieces]
        if not fits:
            return None
        word, count = word[max(fits) :], count + 1
    return count


def _word_and_pieces(r: Draw) -> tuple:
    word = "".join(r.choice("a", "a", "b") for _ in range(r.size(0, 9)))
    parts = ("a", "b", "aa", "ab", "ba", "aab", "bab", "aaaa")
    return word, set(r.shuffled(parts)[: r.int(0, 8)])


EXERCISES = {
    "unknown_share": Exercise(
        reference=unknown_share,
        cases=lambda r: (_tokens(r), _tokens(r), r.int(1, 3)),
        fixed=lambda: [(["a", "a", "b"], ["a", "b", "b", "c"], 2), (["a"], [], 1)],
        mistakes={
            "A token that occurs min_count times is known.": "< min -> <= min",
            "Count in the training tokens, not in the test.":
                "Counter(train) -> Counter(test)",
            "An empty test has no unknown tokens: its share is 0.0.":
                " if test else 0.0 -> ",
            "Every occurrence counts, not each different token once.":
                "in test if -> in set(test) if",
            "The share of the test tokens, not of the training tokens.":
                "/ len(test) -> / max(len(train), 1)",
            "This is the share of known tokens.": "< min -> >= min",
            "A share is wanted, not a number of tokens.": " / len(test) -> / 1",
            "min_count is not used.": "< min_count -> < 1",
        },
    ),
    "next_merge": Exercise(
        reference=next_merge,
        cases=_words,
        contract=Contract(exact=True),
        fixed=lambda: [
            ({("ab", "a"): 1, ("a", "bc"): 1},),
            ({("a", "b"): 3, ("b", "c"): 1, ("b", "c", "a"): 1},), ({},), ({("a",): 9},)
        ],
        mistakes={
            "A word that occurs three times has its pairs three times.":
                "+= count -> += 1",
            "Of equally frequent pairs the smallest is wanted.":
                "(-counts[pair], pair) -> -counts[pair]",
            "Of equally frequent pairs the smallest is wanted, not the largest.":
                "min(counts, key=lambda pair: (-counts[pair], pair), -> "
                "max(counts, key=lambda pair: (counts[pair], pair),",
            "Tuples compare token by token, not as one joined string.":
                "(-counts[pair], pair) -> (-counts[pair], ''.join(pair))",
            "Without a pair the answer is None.": ", default=None -> ",
            "A pair can occur twice in a word.":
                "pairwise(word) -> set(pairwise(word))",
            "Neighbours only.":
                "pairwise(word) -> ((x, y) for i, x in enumerate(word) "
                "for y in word[i + 1 :])",
            "The pair is wanted, not the joined token.":
                "return min(counts, key=lambda pair: (-counts[pair], pair), "
                "default=None) -> return ''.join(min(counts, key=lambda pair: "
                "(-counts[pair], pair), default=())) or None",
        },
    ),
    "join_pieces": Exercise(
        reference=join_pieces,
        cases=_pieces,
        contract=Contract(exact=True),
        fixed=lambda: [(["un", "##kind", "."],), (["##kind", "word"],), ([],)],
        mistakes={
            "The text may have been cut within a word: the first piece can have ##.":
                " and words -> ",
            "A first piece loses its ##, too.": '.removeprefix("##") -> ',
            "The two marks are no part of the word.": "piece[2:] -> piece",
            "A piece without ## begins a new word.": 'piece.startswith("##") and -> ',
            "One # is a character like any other.":
                'startswith("##") -> startswith("#")',
            "Only the first two characters are the mark: ### holds a #.":
                'piece[2:] -> piece.replace("#", "")',
            "A list of words is wanted, not one string.":
                'return words -> return " ".join(words)',
            "The last word is missing.": "return words -> return words[:-1]",
        },
    ),
    "fewest_pieces": Exercise(
        reference=fewest_pieces,
        cases=_word_and_pieces,
        fixed=lambda: [("aab", {"aa", "a", "ab"}), ("aaab", {"aaa", "a", "aab"}),
                       ("ab", {"a"}), ("", {"a"})],
        mistakes={
            "The longest piece first is greedy: it may need more pieces, or get stuck.":
                _greedy,
            "This is the largest number of pieces.": "min(found -> max(found",
            "An empty word needs no piece: 0.": "[0] + [None] -> [None] + [None]",
            "A word that cannot be spelled is None, not an error.":
                " and fewest[start] is not None -> ",
            "A word that cannot be spelled is None, not 0.":
                "return fewest[-1] -> return fewest[-1] or 0",
            "Each piece counts.": "fewest[start] + 1 -> fewest[start]",
            "A piece may be as long as the word.":
                "for start in range(end) -> for start in range(end > 1, end)",
            "All pieces count, not those of one character.":
                "for start in range(end) -> for start in range(end - 1, end)",
        },
    ),
}
