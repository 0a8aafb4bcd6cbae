"""WordPiece as BERT uses it: clean the text, then take the longest piece that fits."""

import unicodedata
from collections.abc import Container, Iterable, Sequence
from functools import cache

PAD_PIECE, UNK_PIECE, CLS_PIECE, SEP_PIECE = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
CJK = (  # Unicode blocks of Chinese characters; each character is a word of its own
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


def split_bert_words(text: str) -> list[str]:
    """Return the words and punctuation marks of a text as BERT's uncased models want.

    Control characters go, accents and capitals too, and each punctuation mark and each
    Chinese character stands alone.

    Same as: tokenizers' BertNormalizer and BertPreTokenizer, but for characters that
        Unicode has not assigned, or has added or moved since its tables were made, and
        U+2B820 to U+2B91F, which it does not take for Chinese.
    """
    words = []
    for chunk in _normalise(text).split():
        start = True
        for character in chunk:
            if _stands_alone(character):
                words.append(character)
                start = True
            elif start:
                words.append(character)
                start = False
            else:
                words[-1] += character
    return words


def _normalise(text: str) -> str:
    """Drop control characters, accents and capitals; every white space is a blank."""
    kept = [
        " " if c.isspace() else c
        for c in text
        if c in "\t\n\r" or (c != "\ufffd" and unicodedata.category(c)[0] != "C")
    ]
    decomposed = unicodedata.normalize("NFD", "".join(kept))
    bare = (c for c in decomposed if unicodedata.category(c) != "Mn")
    return "".join(c.lower() for c in bare)


@cache
def _stands_alone(character: str) -> bool:
    """Say whether this is a punctuation mark or a Chinese character."""
    if unicodedata.category(character)[0] == "P" or character in "$+<=>^`|~":
        return True
    return any(first <= ord(character) <= last for first, last in CJK)


def longest_pieces(
    word: str, pieces: Container[str], *, max_chars: int = 100
) -> list[str]:
    """Return a word as pieces: again and again the longest that the rest begins with.

    A piece within the word has "##" before it. If at some point no piece fits, or the
    word has more than `max_chars` characters, the whole word is "[UNK]".
    """
    if len(word) > max_chars:
        return [UNK_PIECE]
    found, start = [], 0
    while start < len(word):
        prefix = "##" if start else ""
        for end in range(len(word), start, -1):
            if prefix + word[start:end] in pieces:
                found.append(prefix + word[start:end])
                start = end
                break
        else:
            return [UNK_PIECE]
    return found


class WordPieceTokenizer:
    """Text as BERT's numbers, for a vocabulary such as that of `load_bert_vocab`.

    The name of a special token within a text is text like any other.

    Raises: ValueError if a piece is given twice, or one of "[PAD]", "[UNK]", "[CLS]"
        and "[SEP]" is missing.
    Same as: tokenizers.BertWordPieceTokenizer, which takes the name of a special token
        in a text for the token itself.
    Source: Schuster, Nakajima (2012), doi:10.1109/ICASSP.2012.6289079; Devlin, Chang,
        Lee, Toutanova (2019), doi:10.18653/v1/N19-1423.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = list(pieces)
        self._ids = {piece: i for i, piece in enumerate(self.pieces)}
        if len(self._ids) < len(self.pieces):
            raise ValueError("pieces must differ from each other")
        for special in (PAD_PIECE, UNK_PIECE, CLS_PIECE, SEP_PIECE):
            if special not in self._ids:
                raise ValueError(f"pieces must have {special!r}")
        self._known: dict[str, list[str]] = {}  # words that were split before

    def __len__(self) -> int:
        return len(self.pieces)

    def split(self, text: str) -> list[str]:
        """Return the pieces of a text."""
        words = split_bert_words(text)
        for word in words:
            if word not in self._known:
                self._known[word] = longest_pieces(word, self._ids)
        return [piece for word in words for piece in self._known[word]]

    def encode(self, text: str) -> list[int]:
        """Return the numbers of "[CLS]", of each piece of the text, and of "[SEP]"."""
        pieces = [CLS_PIECE, *self.split(text), SEP_PIECE]
        return [self._ids[piece] for piece in pieces]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the pieces of numbers as words with blanks between them.

        Capitals, accents and the blanks of the text are lost.

        Raises: IndexError if a number is negative or not below the number of pieces.
        """
        numbers = [int(i) for i in ids]
        wrong = [i for i in numbers if not 0 <= i < len(self)]
        if wrong:
            raise IndexError(f"ids must be from 0 to {len(self) - 1}, got {wrong[0]}")
        return " ".join(self.pieces[i] for i in numbers).replace(" ##", "")
