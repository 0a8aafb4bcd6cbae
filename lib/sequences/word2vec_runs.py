"""Skip-gram vectors of Wikipedia pages, over several seeds, and what they are worth."""

from functools import cache

import torch
from torch import Tensor, nn

from lib.sequences.embeddings import similarity_correlation
from lib.sequences.vocab import Vocab
from lib.sequences.word2vec import Batch, SkipGram, SkipGramBatches
from lib.sequences.word2vec_corpus import load_similarities, load_wikipedia_pages
from lib.training.fit import History, Loss
from lib.training.run_grid import RunGrid
from lib.training.update import Update

EMBEDDING_DIM, WINDOW, NUM_NOISE, THRESHOLD, MIN_COUNT = 50, 5, 5, 1e-4, 5
NUM_EPOCHS, LR, BATCH_SIZE = 4, 0.1, 4096
BATCHES_PER_EPOCH = 339  # about: how many pairs there are is drawn
SEEDS = (0, 1, 2)


@cache
def wikipedia_vocab() -> Vocab:
    """Return the 9,002 words with five occurrences or more in the pages."""
    return Vocab(load_wikipedia_pages(), min_count=MIN_COUNT, specials=())


def skip_gram_batches(seed: int) -> SkipGramBatches:
    """Return the pages as batches of pairs. Words without a number are left out first.

    Shapes: centres (B,), contexts (B,), noise (B, NUM_NOISE)
    """
    vocab = wikipedia_vocab()
    texts = [
        vocab.encode([word for word in page if word in vocab])
        for page in load_wikipedia_pages()
    ]
    counts = torch.tensor([vocab.counts[word] for word in vocab.tokens])
    return SkipGramBatches(
        texts,
        counts.double(),
        window=WINDOW,
        threshold=THRESHOLD,
        num_noise=NUM_NOISE,
        batch_size=BATCH_SIZE,
        seed=seed,
    )


def skip_gram_objective(model: nn.Module, batch: Batch) -> Loss:
    """Return the mean loss of a batch of pairs.

    Shapes: centres (B,), contexts (B,), noise (B, K)
    """
    return Loss(model(*batch).mean(), len(batch[0]))


def wikipedia_correlation(vectors: Tensor) -> float:
    """Return Spearman's correlation of the vectors' cosines with WordSim-353.

    Shapes: vectors (V, D) of the words of `wikipedia_vocab`
    """
    words, pairs = wikipedia_vocab().tokens, load_similarities()
    return similarity_correlation(vectors, words, pairs)[0]


def make_word2vec_run(seed: int) -> dict[str, object]:
    """Return what `fit` needs for one run; each record has the "correlation".

    The step adds up the gradients of a batch: `lr` is the rate of one pair, as in
    gensim, times the number of pairs in a batch, whose mean the loss is.
    """
    model = SkipGram(len(wikipedia_vocab()), EMBEDDING_DIM)
    optimizer = torch.optim.SGD(model.parameters(), lr=LR * BATCH_SIZE)
    steps = NUM_EPOCHS * BATCHES_PER_EPOCH
    falling = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 1e-3, steps)

    def measure(history: History) -> None:
        vectors = model.centre.weight.detach()
        history[-1]["correlation"] = wikipedia_correlation(vectors)

    return {
        "model": model,
        "train_loader": skip_gram_batches(seed),
        "objective": skip_gram_objective,
        "optimizer": Update(optimizer, scheduler=falling),
        "callbacks": [measure],
    }


GRID = RunGrid(
    make_word2vec_run,
    [{"seed": seed} for seed in SEEDS],
    num_epochs=NUM_EPOCHS,
    rtol=0.02,
)
