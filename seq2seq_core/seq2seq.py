"""The whole model: encoder and decoder, trained by teacher forcing, used by greedy decoding."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from seq2seq_core.attention import Memory
from seq2seq_core.cells import State
from seq2seq_core.config import ModelConfig
from seq2seq_core.decoder import Decoder
from seq2seq_core.encoder import Encoder
from seq2seq_core.sequences import mask_from_lengths
from seq2seq_core.tasks import EOS, PAD, SOS


@dataclass(frozen=True)
class Decoded:
    """What greedy decoding gave."""

    predictions: list[list[int]]
    """B lists of tokens, up to EOS and without it; a sequence that never ended has as many as the limit."""
    weights: Tensor | None
    """(B,T,S) attention weights, or None without attention; steps after EOS mean nothing."""


class Seq2Seq(nn.Module):
    """An encoder and a decoder over one vocabulary."""

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        super().__init__()
        self.encoder = Encoder(config, vocabulary)
        self.decoder = Decoder(config, vocabulary)

    def encode(self, source: Tensor, lengths: Tensor) -> tuple[Memory | None, State]:
        """source (B,S), lengths (B,) on the CPU -> memory (None without attention), the decoder's first state."""
        mask = mask_from_lengths(lengths, source.size(1), source.device)
        values, state = self.encoder(source, lengths)
        return self.decoder.remember(values, mask), state

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
        """source (B,S), lengths (B,) on the CPU, target (B,T) -> logits (B,T,V), each fed the true token before."""
        memory, state = self.encode(source, lengths)
        shifted = functional.pad(target[:, :-1], (1, 0), value=SOS)
        logits: Tensor = self.decoder(shifted, self.decoder.start(state), memory)
        return logits

    @torch.no_grad()
    def greedy(self, source: Tensor, lengths: Tensor, limit: int) -> Decoded:
        """Free-running: each step is fed its own most likely token, until every sequence has ended or `limit` steps."""
        memory, state = self.encode(source, lengths)
        carry = self.decoder.start(state)
        token = torch.full_like(source[:, :1], SOS)
        ended = torch.zeros_like(token, dtype=torch.bool)
        tokens, weights = [], []
        for _ in range(limit):
            features, weight, carry = self.decoder.advance(self.decoder.embedding(token), carry, memory)
            token = self.decoder.output(features).argmax(dim=-1).masked_fill(ended, PAD)
            tokens.append(token)
            if weight is not None:
                weights.append(weight)
            ended = ended | (token == EOS)
            if bool(ended.all()):
                break
        rows: list[list[int]] = torch.cat(tokens, dim=1).tolist()
        return Decoded(
            predictions=[row[: row.index(EOS)] if EOS in row else row for row in rows],
            weights=torch.cat(weights, dim=1) if weights else None,
        )


def sequence_loss(logits: Tensor, target: Tensor) -> Tensor:
    """logits (B,T,V), target (B,T) -> mean cross-entropy, nats a target token; EOS counts, padding not."""
    return functional.cross_entropy(logits.mT, target, ignore_index=PAD)
