"""An encoder–decoder: a GRU reads a sentence, another one writes its translation."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lib.sequences.beam_search import State
from lib.sequences.translation_data import TranslationBatch
from lib.training.fit import Loss


class Encoder(nn.Module):
    """Read a source sentence; its last state stands for the whole sentence.

    B sentences, S steps, V tokens in the vocabulary, E embedding_size, H hidden_size

    h_s = GRU(embedding(x_s), h_{s−1}),  h_0 = 0;  state = h at the last real token

    Shapes: source (B, S) of int64, mask (B, S) of bool -> outputs (B, S, H), 0 where
        the mask is False, and state (B, H)
    Raises: ValueError if `mask` has another shape than `source`, or a row of it is not
        real tokens, at least one, followed by padding.
    Source: Cho et al. (2014), doi:10.3115/v1/D14-1179
    """

    def __init__(
        self,
        vocab_size: int,
        embedding_size: int,
        hidden_size: int,
        *,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_size)
        self.dropout = nn.Dropout(dropout)
        self.gru = nn.GRU(embedding_size, hidden_size, batch_first=True)

    def forward(self, source: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the hidden state at each step and the one at the last real token."""
        _check_mask(source, mask)
        embedded = self.dropout(self.embedding(source))  # (B, S) -> (B, S, E)
        outputs, _ = self.gru(embedded)  # (B, S, E) -> (B, S, H)
        last = mask.sum(dim=1) - 1  # (B, S) -> (B,)
        state = outputs[torch.arange(len(last)), last]  # (B, S, H) -> (B, H)
        return outputs.masked_fill(~mask.unsqueeze(-1), 0), state


class Decoder(nn.Module):
    """Score every possible next token of a translation, given those before it.

    B sentences, T steps, V tokens in the vocabulary, E embedding_size, H hidden_size

    h_t = GRU([embedding(y_t); context], h_{t−1});  logits_t = M (W h_t + a) + b

    M is the embedding's matrix: a token's score is the product of its own vector with
    what the state asks for.

    Shapes: tokens (B, T) of int64, hidden (B, H), context (B, H) -> logits (B, T, V)
        and the last hidden state (B, H); M (V, E), W (E, H)
    Source: Cho et al. (2014), doi:10.3115/v1/D14-1179; Press, Wolf (2017),
        doi:10.18653/v1/E17-2025 (one matrix for input and output)
    """

    def __init__(
        self,
        vocab_size: int,
        embedding_size: int,
        hidden_size: int,
        *,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_size)
        self.dropout = nn.Dropout(dropout)
        input_size = embedding_size + hidden_size
        self.gru = nn.GRU(input_size, hidden_size, batch_first=True)
        self.query = nn.Linear(hidden_size, embedding_size)
        self.bias = nn.Parameter(torch.zeros(vocab_size))

    def forward(
        self, tokens: Tensor, hidden: Tensor, context: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the logits of the token after each step, and the last state."""
        embedded = self.dropout(self.embedding(tokens))  # (B, T) -> (B, T, E)
        contexts = context.unsqueeze(1).expand(-1, tokens.shape[1], -1)
        inputs = torch.cat([embedded, contexts], dim=-1)  # (B, T, E + H)
        outputs, last = self.gru(inputs, hidden.unsqueeze(0))  # (B, T, H), (1, B, H)
        query = self.dropout(self.query(outputs))  # (B, T, H) -> (B, T, E)
        logits = F.linear(query, self.embedding.weight, self.bias)  # (B, T, V)
        return logits, last.squeeze(0)


class Seq2Seq(nn.Module):
    """Encode a source sentence, then decode its translation from the last state.

    For training, `forward` reads all tokens of the translation at once. To translate,
    `start` gives a state and `step` goes on by one token.

    Shapes: source, source_mask (B, S), decoder_input (B, T) -> logits (B, T, V)
    Raises: as `Encoder`.
    Source: Cho et al. (2014), doi:10.3115/v1/D14-1179; Sutskever, Vinyals, Le (2014),
        arXiv:1409.3215
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        embedding_size: int,
        hidden_size: int,
        *,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        sizes = (embedding_size, hidden_size)
        self.encoder = Encoder(source_size, *sizes, dropout=dropout)
        self.decoder = Decoder(target_size, *sizes, dropout=dropout)

    def forward(
        self, source: Tensor, source_mask: Tensor, decoder_input: Tensor
    ) -> Tensor:
        """Return the logits of the token after each step of the decoder's input."""
        _, state = self.encoder(source, source_mask)
        logits, _ = self.decoder(decoder_input, hidden=state, context=state)
        return logits

    def start(self, source: Tensor, source_mask: Tensor) -> State:
        """Return the decoder's first hidden state and its context.

        Shapes: (B, S), (B, S) -> (B, H), (B, H)
        """
        _, state = self.encoder(source, source_mask)
        return state, state

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the log-probability of every next token, and the state after `tokens`.

        Shapes: tokens (B,) -> (B, V) and the state
        """
        hidden, context = state
        logits, hidden = self.decoder(tokens.unsqueeze(1), hidden, context)
        return logits.squeeze(1).log_softmax(dim=-1), (hidden, context)


def masked_cross_entropy(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Return the mean cross-entropy over the tokens where the mask is True.

    loss = Σ_{b,t} mask[b, t] · −log p(target[b, t]) / Σ_{b,t} mask[b, t]

    Shapes: logits (B, T, V), target (B, T), mask (B, T) of bool -> ()
    Raises: TypeError if `mask` is not boolean; ValueError if no token is real.
    Same as: F.cross_entropy with target `ignore_index` where the mask is False.
    """
    if mask.dtype != torch.bool:
        raise TypeError(f"mask must be boolean, got {mask.dtype}")
    if not mask.any():
        raise ValueError("mask must be True for at least one token, got none")
    return F.cross_entropy(logits[mask], target[mask])  # (N, V), (N,) -> ()


def translation_loss(model: nn.Module, batch: TranslationBatch) -> Loss:
    """Return the loss for each real token of a batch: an objective for `fit`.

    Shapes: those of `TranslationBatch`
    Raises: as `Encoder` and `masked_cross_entropy`.
    """
    logits = model(batch.source, batch.source_mask, batch.decoder_input)
    value = masked_cross_entropy(logits, batch.target, batch.target_mask)
    return Loss(value, batch.target_mask.sum(), logits, batch.target)


def _check_mask(tokens: Tensor, mask: Tensor) -> None:
    """Raise unless each row of the mask is real tokens followed by padding."""
    if mask.shape != tokens.shape:
        raise ValueError(
            "mask must have the shape of source, got "
            f"{tuple(mask.shape)} and {tuple(tokens.shape)}"
        )
    if not mask[:, :1].all() or (mask[:, 1:] & ~mask[:, :-1]).any():
        raise ValueError(
            "each row of mask must be True for real tokens, at least one, then False"
        )
