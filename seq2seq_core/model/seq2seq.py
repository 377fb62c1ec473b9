"""The model: an encoder and a decoder, trained by teacher forcing or scheduled sampling, used by greedy decoding."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.cells import State
from seq2seq_core.layers.feeding import Feeding
from seq2seq_core.model.attention import Memory
from seq2seq_core.model.decoder import Carry, Decoder
from seq2seq_core.model.encoder import Encoder
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.tokens import EOS, PAD, SOS


@dataclass(frozen=True)
class Decoded:
    """The result of greedy decoding."""

    tokens: Tensor
    """(B,T), at each step the most likely token after the previous ones; decoding continues after EOS"""
    weights: Tensor | None
    """The attention weights (B,T,S') on the positions of the memory, with those of boundary tokens; None without
    attention or if they were not kept; arbitrary after EOS"""

    @property
    def predictions(self) -> list[list[int]]:
        """B lists of tokens, up to EOS and without it; a sequence without EOS has T tokens."""
        rows: list[list[int]] = self.tokens.tolist()
        return [row[: row.index(EOS)] if EOS in row else row for row in rows]


class Seq2Seq(nn.Module):
    """An encoder and a decoder over one vocabulary."""

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        super().__init__()
        self.halvings = config.halvings
        """How often the encoder halves the time axis: a position of the memory covers 2^halvings source positions"""
        self.boundaries = config.boundaries
        """Whether the memory begins and ends with the position of a boundary token"""
        self.encoder = Encoder(config, vocabulary)
        self.decoder = Decoder(config, vocabulary)

    def encode(self, source: Tensor, lengths: Tensor) -> tuple[Memory | None, State]:
        """source (B,S), lengths (B,) on the CPU -> the memory (None without attention), and the decoder's first state
        (layers,B,H) each."""
        if self.boundaries:
            source, lengths = _with_boundaries(source, lengths)
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

        feeding: what each step is fed (scheduled sampling); None feeds the previous true token (teacher forcing).
        target_lengths (B,) on the CPU: logits past them are arbitrary, and need not be computed. None for T.
        """
        memory, state = self.encode(source, lengths)
        carry = self.decoder.start(state)
        shifted = functional.pad(target[:, :-1], (1, 0), value=SOS)
        if feeding is not None:
            return self._partly_forced(shifted, carry, memory, feeding)
        logits: Tensor = self.decoder(shifted, carry, memory, target_lengths)
        return logits

    def _partly_forced(self, shifted: Tensor, carry: Carry, memory: Memory | None, feeding: Feeding) -> Tensor:
        """The previous true tokens (B,T) -> logits (B,T,V); what a step is fed may depend on the previous logits."""
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
        """Free-running decoding: source (B,S), lengths (B,) on the CPU -> at most `limit` tokens a row.

        Each step is fed the previous prediction, EOS included. until_end: stops once every row has an EOS.
        keep_weights: without it, memory does not grow with T x S'.
        """
        tokens, weights = [], []
        with torch.inference_mode():  # small operations take a tenth less time; the result is made outside
            memory, state = self.encode(source, lengths)
            token = torch.full_like(source[:, :1], SOS)
            ended = torch.zeros_like(token, dtype=torch.bool)
            advance = self.decoder.token_step(memory, self.decoder.start(state))
            for _ in range(limit):
                logits, weight = advance(token)
                token = logits.argmax(dim=-1)
                tokens.append(token)
                if keep_weights and weight is not None:
                    weights.append(weight.clone())
                if until_end:
                    ended = ended | (token == EOS)
                    if bool(ended.all()):
                        break
        return Decoded(tokens=torch.cat(tokens, dim=1), weights=torch.cat(weights, dim=1) if weights else None)


def _with_boundaries(source: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """source (B,S), lengths (B,) on the CPU -> SOS, the source, EOS, padding (B,S+2), and the lengths of these."""
    ends = (lengths + 1).to(source.device, non_blocking=True).unsqueeze(1)
    started = functional.pad(source, (1, 0), value=SOS)
    return functional.pad(started, (0, 1), value=PAD).scatter(1, ends, EOS), lengths + 2
