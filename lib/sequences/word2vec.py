"""Skip-gram with negative sampling: word vectors from which words stand near which."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lib.core.seed import make_generator

Batch = tuple[Tensor, Tensor, Tensor]


def keep_probabilities(counts: Tensor, threshold: float) -> Tensor:
    """Return with which probability each occurrence of a word is kept.

    p_v = min(1, sqrt(t / f_v) + t / f_v), with f_v the share of the corpus that is v

    Shapes: counts (V,) -> (V,)
    Raises: ValueError if `threshold` is not positive.
    Same as: gensim and word2vec.c, with `sample` = t; the paper leaves out t / f_v.
    Source: Mikolov, Sutskever, Chen, Corrado, Dean (2013), arXiv:1310.4546
    """
    if not threshold > 0:
        raise ValueError(f"threshold must be positive, got {threshold}")
    ratio = threshold * counts.sum() / counts
    return (ratio.sqrt() + ratio).clamp(max=1)


def noise_probabilities(counts: Tensor, power: float = 0.75) -> Tensor:
    """Return with which probability each word is drawn as a negative sample.

    q_v = counts_v^power / Σ_w counts_w^power

    Shapes: counts (V,) -> (V,)
    Source: as `keep_probabilities`
    """
    weights = counts**power
    return weights / weights.sum()


def skip_gram_pairs(
    ids: Tensor, texts: Tensor, window: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return each word as a centre, with each word near it in the same text as context.

    How near is drawn for each centre, from 1 to `window`: close words come more often.

    Shapes: token numbers (T,), the number of each one's text (T,), those of a text in a
        row -> centres (P,), contexts (P,)
    Raises: ValueError if `window` is below 1.
    """
    if window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    reach = torch.randint(1, window + 1, ids.shape, generator=generator)
    centres, contexts = [], []
    for step in range(1, min(window, len(ids) - 1) + 1):
        together = texts[:-step] == texts[step:]
        right, left = reach[:-step] >= step, reach[step:] >= step
        centres += [ids[:-step][together & right], ids[step:][together & left]]
        contexts += [ids[step:][together & right], ids[:-step][together & left]]
    empty = ids[:0]
    return torch.cat([empty, *centres]), torch.cat([empty, *contexts])


def negative_sampling_loss(
    centre: Tensor, context: Tensor, noise: Tensor, hits: Tensor | None = None
) -> Tensor:
    """Return how badly the vectors tell a real context word from K drawn ones.

    loss_b = −ln σ(v_b · u_b) − Σ_k ln σ(−v_b · n_bk), without the k where hits[b, k]

    Shapes: centre (B, D), context (B, D), noise (B, K, D), hits (B, K) of bool -> (B,)
    Source: as `keep_probabilities`
    """
    real = (centre * context).sum(dim=1)  # (B, D) -> (B,)
    drawn = (noise * centre[:, None]).sum(dim=2)  # (B, K, D) -> (B, K)
    terms = F.logsigmoid(-drawn)
    if hits is not None:
        terms = terms.masked_fill(hits, 0)
    return -F.logsigmoid(real) - terms.sum(dim=1)


class SkipGram(nn.Module):
    """A vector for each word as a centre, and another one for it as a context.

    Centre vectors begin small and random, context vectors at 0. A drawn word that is
    the context word itself does not count as noise.

    Shapes: centres (B,), contexts (B,), noise (B, K) -> loss (B,)
    Source: as `keep_probabilities`
    """

    def __init__(self, vocab_size: int, embedding_dim: int) -> None:
        super().__init__()
        self.centre = nn.Embedding(vocab_size, embedding_dim)
        self.context = nn.Embedding(vocab_size, embedding_dim)
        limit = 0.5 / embedding_dim
        nn.init.uniform_(self.centre.weight, -limit, limit)
        nn.init.zeros_(self.context.weight)

    def forward(self, centres: Tensor, contexts: Tensor, noise: Tensor) -> Tensor:
        """Return the loss of each pair."""
        hits = noise == contexts[:, None]  # (B, K) == (B, 1) -> (B, K)
        vectors = self.centre(centres), self.context(contexts), self.context(noise)
        return negative_sampling_loss(*vectors, hits)


class SkipGramBatches:
    """Pairs of a corpus in random order with noise words: new ones in every epoch.

    Shapes: centres (B,), contexts (B,), noise (B, num_noise)
    Raises: ValueError if `batch_size` or `num_noise` is below 1.
    """

    def __init__(
        self,
        texts: Sequence[Sequence[int]],
        counts: Tensor,
        *,
        window: int = 5,
        threshold: float = 1e-4,
        num_noise: int = 5,
        batch_size: int = 4096,
        seed: int = 0,
    ) -> None:
        if min(batch_size, num_noise) < 1:
            got = f"{batch_size} and {num_noise}"
            raise ValueError(f"batch_size and num_noise must be at least 1, got {got}")
        lengths = torch.tensor([len(text) for text in texts])
        self.ids = torch.tensor([word for text in texts for word in text])
        self.texts = torch.arange(len(texts)).repeat_interleave(lengths)
        self.keep = keep_probabilities(counts, threshold)
        self.noise = noise_probabilities(counts).cumsum(dim=0)
        self.window, self.num_noise, self.batch_size = window, num_noise, batch_size
        self.generator = make_generator(seed)

    def pairs(self) -> tuple[Tensor, Tensor]:
        """Return the centres and contexts of one epoch, in random order.

        Shapes: (P,), (P,)
        """
        draws = torch.rand(len(self.ids), generator=self.generator)
        kept = draws < self.keep[self.ids]
        pairs = skip_gram_pairs(
            self.ids[kept], self.texts[kept], self.window, self.generator
        )
        order = torch.randperm(len(pairs[0]), generator=self.generator)
        return pairs[0][order], pairs[1][order]

    def __iter__(self) -> Iterator[Batch]:
        centres, contexts = map(self._cut, self.pairs())
        for centre, context in zip(centres, contexts, strict=True):
            yield centre, context, self.draw_noise(len(centre))

    def draw_noise(self, count: int) -> Tensor:
        """Return the numbers of `num_noise` words for each of `count` pairs.

        Shapes: -> (count, num_noise)
        """
        size = (count, self.num_noise)
        draws = torch.rand(size, generator=self.generator, dtype=self.noise.dtype)
        # Rounding may leave the last sum a little below 1.
        last = len(self.noise) - 1
        return torch.searchsorted(self.noise, draws, right=True).clamp(max=last)

    def _cut(self, numbers: Tensor) -> tuple[Tensor, ...]:
        return numbers.split(self.batch_size)
