"""Networks that say of a padded sentence to which class it belongs."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from lib.data.padding import Padded, masked_mean
from lib.data.word_vectors import load_glove

LAYERS = {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}


class SentenceClassifier(nn.Module):
    """From an embedded sentence to logits: by its mean, or a recurrent layer's state.

    logits = W h + b, with h = Σ_t mask[t] e[t] / Σ_t mask[t] for the kind "mean", and
    otherwise h_T, the state after the last real token (of both directions: backwards it
    is the state after the first one). e[t] is the embedding of token t. In training,
    dropout is applied to h and, before recurrent layers, to e.

    B sentences of at most T tokens, C classes.

    Shapes: Padded of ids (B, T) and mask (B, T) -> logits (B, C)
    Raises: ValueError if `kind` is not "mean", "RNN", "GRU" or "LSTM", or if "mean" is
        given layers or directions.
    """

    def __init__(
        self,
        kind: str,
        vocab_size: int,
        *,
        embedding_dim: int = 100,
        hidden_size: int = 64,
        num_layers: int = 1,
        bidirectional: bool = False,
        num_classes: int = 2,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if kind != "mean" and kind not in LAYERS:
            known = ", ".join(["mean", *LAYERS])
            raise ValueError(f"kind must be one of {known}, got {kind!r}")
        if kind == "mean" and (num_layers != 1 or bidirectional):
            raise ValueError("a mean has neither layers nor directions")
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=0)
        with torch.no_grad():
            self.embedding.weight.mul_(0.1)  # the default has a deviation of 1
        self.dropout, self.layers, width = nn.Dropout(dropout), None, embedding_dim
        if kind != "mean":
            self.layers = LAYERS[kind](
                embedding_dim,
                hidden_size,
                num_layers,
                batch_first=True,
                bidirectional=bidirectional,
                dropout=dropout if num_layers > 1 else 0.0,
            )
            width = hidden_size * (1 + bidirectional)
        self.output = nn.Linear(width, num_classes)

    def forward(self, sentences: Padded) -> Tensor:
        """Return the logits of each sentence."""
        embedded = self.embedding(sentences.values)  # (B, T) -> (B, T, D)
        if self.layers is None:
            state = masked_mean(embedded, sentences.mask)  # (B, T, D) -> (B, D)
            return self.output(self.dropout(state))
        packed = pack_padded_sequence(
            self.dropout(embedded),
            sentences.mask.sum(dim=1).cpu(),
            batch_first=True,
            enforce_sorted=False,
        )
        _, state = self.layers(packed)
        hidden = state[0] if isinstance(state, tuple) else state  # an LSTM has (h, c)
        directions = 1 + self.layers.bidirectional
        last = torch.cat(tuple(hidden[-directions:]), dim=1)  # 2 of (B, H) -> (B, 2 H)
        return self.output(self.dropout(last))


def use_glove(
    embedding: nn.Embedding, tokens: Sequence[str], *, frozen: bool = False
) -> int:
    """Put GloVe's vectors into the rows of the tokens that it has; return how many.

    The other rows stay as they are. Frozen, no row is trained any more.

    Raises: ValueError if the embedding has not 100 columns and a row for each token.
    """
    if embedding.weight.shape != (len(tokens), 100):
        wanted, got = (len(tokens), 100), tuple(embedding.weight.shape)
        raise ValueError(f"the weight must have shape {wanted}, got {got}")
    words, vectors = load_glove()
    row_of = {word: row for row, word in enumerate(words)}
    known = [row for row, token in enumerate(tokens) if token in row_of]
    source = [row_of[tokens[row]] for row in known]
    with torch.no_grad():
        embedding.weight[known] = vectors[source].to(embedding.weight)
    embedding.weight.requires_grad_(not frozen)
    return len(known)
