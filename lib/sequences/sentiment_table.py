"""A bag of words and the networks that judge film sentences, beside each other.

In a chapter: `print(sentiment_table(["GRU"]))`, the bag of words coming first.
"""

from collections.abc import Sequence
from functools import cache
from statistics import mean, median
from typing import NamedTuple

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from lib.sequences.sentiment_data import load_sentiment
from lib.sequences.sentiment_rates import NETWORKS, sentiment_network
from lib.training.run_grid import load_grid

BAG_OF_WORDS = "bag of words"
BAG_SECONDS = 0.5  # measured once, so that the table is the same in every chapter
STRENGTHS = (
    1.0,
    3.0,
    10.0,
)  # C of the logistic regression: as many as the networks have rates


class SentimentRow(NamedTuple):
    """A row of the table: the accuracies of one model, one for each seed.

    `parameters` are the trained ones. `seconds` of one core are the median over the
    seeds. `standard_error` is that of the mean test accuracy, from the number of test
    sentences.
    """

    name: str
    parameters: int
    seconds: float
    validation: tuple[float, ...]
    test: tuple[float, ...]
    standard_error: float


@cache
def bag_of_words_row() -> SentimentRow:
    """Train TF-IDF with logistic regression; validation chooses C from three values."""
    parts = {split: load_sentiment(split) for split in ("train", "validation", "test")}
    vectorizer = TfidfVectorizer(analyzer=_as_it_is)
    vectorizer.fit(parts["train"][0])
    features = {split: vectorizer.transform(part[0]) for split, part in parts.items()}
    labels = {split: answers.numpy() for split, (_, answers) in parts.items()}
    best, best_model = -1.0, None
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=1000)
        model.fit(features["train"], labels["train"])
        accuracy = model.score(features["validation"], labels["validation"])
        if accuracy > best:
            best, best_model = accuracy, model
    test = best_model.score(features["test"], labels["test"])
    parameters = best_model.coef_.size + 1
    return SentimentRow(
        BAG_OF_WORDS, parameters, BAG_SECONDS, (best,), (test,), _standard_error(test)
    )


def sentiment_row(name: str) -> SentimentRow:
    """Return the row of a network, from the stored runs, or of "bag of words".

    Raises: ValueError if no network has this name.
    """
    if name == BAG_OF_WORDS:
        return bag_of_words_row()
    model = sentiment_network(name)
    rows = load_grid("sequences/sentiment").select({"network": name})
    test = tuple(row.test["accuracy"] for row in rows)
    return SentimentRow(
        name,
        sum(p.numel() for p in model.parameters() if p.requires_grad),
        median(row.seconds for row in rows),
        tuple(row.history[-1]["val_accuracy"] for row in rows),
        test,
        _standard_error(mean(test)),
    )


def sentiment_table(names: Sequence[str] = tuple(NETWORKS)) -> str:
    """Return the table of these networks, after the bag of words: means and ranges.

    The number after ± is the standard error that comes from the number of test
    sentences.

    Raises: ValueError if a network has another name.
    """
    lines = [
        f"{'':22} {'trained':>10} {'':>3}  {'accuracy, mean (range)':18}",
        f"{'model':22} {'parameters':>10} {'s':>3}  {'validation':19}  test",
    ]
    for row in map(sentiment_row, [BAG_OF_WORDS, *names]):
        seconds = "<1" if row.seconds < 1 else f"{row.seconds:.0f}"
        lines.append(
            f"{row.name:22} {row.parameters:10,} {seconds:>3}  "
            f"{_mean_range(row.validation):19}  {_mean_range(row.test)}"
            f" ± {row.standard_error:.3f}"
        )
    return "\n".join(lines)


def _mean_range(values: Sequence[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return f"{mean(values):.3f} ({min(values):.3f}–{max(values):.3f})"


def _standard_error(accuracy: float) -> float:
    return (accuracy * (1 - accuracy) / len(load_sentiment("test")[1])) ** 0.5


def _as_it_is(words: list[str]) -> list[str]:
    return words
