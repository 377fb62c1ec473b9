"""The whole model: encoder and decoder, trained by teacher forcing or scheduled sampling, used by greedy decoding."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.attention import Memory
from seq2seq_core.layers.cells import State
from seq2seq_core.layers.feeds import Feeding
from seq2seq_core.model.decoder import Carry, Decoder
from seq2seq_core.model.encoder import Encoder
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.tokens import EOS, SOS


@dataclass(frozen=True)
class Decoded:
    """What greedy decoding gave."""

    tokens: Tensor
    """(B,T), each the most likely after those before it; they go on after EOS"""
    weights: Tensor | None
    """(B,T,S) attention weights, or None without attention or if they were not kept; steps after EOS mean nothing."""

    @property
    def predictions(self) -> list[list[int]]:
        """B lists of tokens, up to EOS and without it; a sequence that never ended has as many as the limit."""
        rows: list[list[int]] = self.tokens.tolist()
        return [row[: row.index(EOS)] if EOS in row else row for row in rows]


class Seq2Seq(nn.Module):
    """An encoder and a decoder over one vocabulary."""

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        super().__init__()
        self.halvings = config.halvings
        """How often the memory has half as many positions as before: one of them covers 2^halvings of the source"""
        self.encoder = Encoder(config, vocabulary)
        self.decoder = Decoder(config, vocabulary)

    def encode(self, source: Tensor, lengths: Tensor) -> tuple[Memory | None, State]:
        """source (B,S), lengths (B,) on the CPU -> memory (None without attention), the decoder's first state."""
        values, lengths, state = self.encoder(source, lengths)
        mask = mask_from_lengths(lengths, values.size(1), values.device)
        return self.decoder.precompute_memory(values, mask), state

    def forward(
        self,
        source: Tensor,
        lengths: Tensor,
        target: Tensor,
        feeding: Feeding | None = None,
        target_lengths: Tensor | None = None,
    ) -> Tensor:
        """source (B,S), lengths (B,) on the CPU, target (B,T) -> logits (B,T,V).

        Each step is fed the true token before (teacher forcing), or with `feeding` what that says. Past the target's
        lengths (B,) on the CPU, where they are given, logits mean nothing, and may not have been computed.
        """
        memory, state = self.encode(source, lengths)
        carry = self.decoder.start(state)
        shifted = functional.pad(target[:, :-1], (1, 0), value=SOS)
        if feeding is not None:
            return self._partly_forced(shifted, carry, memory, feeding)
        logits: Tensor = self.decoder(shifted, carry, memory, target_lengths)
        return logits

    def _partly_forced(self, shifted: Tensor, carry: Carry, memory: Memory | None, feeding: Feeding) -> Tensor:
        """The true tokens before (B,T) -> logits (B,T,V), each of which may decide what the next step is fed."""
        true = self.decoder.embedding(shifted)  # (B,T,E)
        embedded = true[:, :1]
        logits: list[Tensor] = []
        for step in range(shifted.size(1)):
            if step:
                fed = feeding.feed(logits[-1], self.decoder.embedding.weight)
                embedded = torch.where(feeding.forced[:, step, None, None], true[:, step : step + 1], fed)
            features, _, carry = self.decoder.advance(embedded, carry, memory)
            logits.append(self.decoder.output(features))
        return torch.cat(logits, dim=1)

    @torch.no_grad()
    def greedy(
        self, source: Tensor, lengths: Tensor, limit: int, *, until_end: bool = True, keep_weights: bool = True
    ) -> Decoded:
        """Free-running: each step is fed its own most likely token, EOS too, for `limit` steps; with `until_end` no
        longer than until every sequence has ended. Without `keep_weights` memory does not grow with the product of the
        lengths."""
        memory, state = self.encode(source, lengths)
        carry = self.decoder.start(state)
        feed = self.decoder.feeder()
        token = torch.full_like(source[:, :1], SOS)
        ended = torch.zeros_like(token, dtype=torch.bool)
        tokens, weights = [], []
        for _ in range(limit):
            features, weight, carry = self.decoder.advance(feed(token), carry, memory)
            token = self.decoder.output(features).argmax(dim=-1)
            tokens.append(token)
            if keep_weights and weight is not None:
                weights.append(weight)
            if until_end:
                ended = ended | (token == EOS)
                if bool(ended.all()):
                    break
        return Decoded(tokens=torch.cat(tokens, dim=1), weights=torch.cat(weights, dim=1) if weights else None)
