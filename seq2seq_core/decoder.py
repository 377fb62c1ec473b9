"""The decoder: one advance over target positions, whole or step by step, and the logits of what it saw.

With query = "current" the cell runs first and its new state asks; the states do not depend on the contexts, so a known
target is decoded in one parallel pass. With query = "previous" the attention runs first and its context joins the
cell's input, so each step waits for the one before. Either way the keys are projected once, and the logits are
computed once, after the loop.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seq2seq_core.attention import Memory, attend
from seq2seq_core.cells import State, run_cell
from seq2seq_core.config import ModelConfig
from seq2seq_core.scores import SCORES, Score


class Decoder(nn.Module):
    """embedding -> cell and attention, in the configured order -> logits from [state; context]."""

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        super().__init__()
        self.query_first = config.query == "previous"
        context_size = config.value_size if config.score else 0
        self.embedding = nn.Embedding(vocabulary, config.embedding_size)
        self.cell = config.make_cell(config.embedding_size + (context_size if self.query_first else 0))
        self.score: Score | None = None
        if config.score:
            self.score = SCORES[config.score](config.hidden_size, config.value_size, config.hidden_size)
        self.output = nn.Linear(config.hidden_size + context_size, vocabulary)

    def remember(self, values: Tensor, mask: Tensor) -> Memory | None:
        """values (B,S,H), mask (B,S) -> what `advance` attends to, or None without a score."""
        return Memory(self.score.project_keys(values), values, mask) if self.score else None

    def forward(self, tokens: Tensor, state: State, memory: Memory | None) -> Tensor:
        """tokens (B,T), all known beforehand (teacher forcing) -> logits (B,T,V), by the fastest way that is exact."""
        embedded = self.embedding(tokens)
        decode = self.unroll if self.query_first else self.advance
        features, _, _ = decode(embedded, state, memory)
        logits: Tensor = self.output(features)
        return logits

    def unroll(self, embedded: Tensor, state: State, memory: Memory | None) -> tuple[Tensor, Tensor | None, State]:
        """`advance` over embedded (B,T,E), one position at a time."""
        features, weights = [], []
        for step in torch.split(embedded, 1, dim=1):
            feature, weight, state = self.advance(step, state, memory)
            features.append(feature)
            weights.append(weight)
        seen = [weight for weight in weights if weight is not None]
        return torch.cat(features, dim=1), torch.cat(seen, dim=1) if seen else None, state

    def advance(self, embedded: Tensor, state: State, memory: Memory | None) -> tuple[Tensor, Tensor | None, State]:
        """embedded (B,T,E) -> features (B,T,H + context), attention weights (B,T,S) or None, and the state after.

        T is 1 where the query is the previous state: only the first position's query is known.
        """
        if self.score is None or memory is None:
            outputs, state = run_cell(self.cell, embedded, state)
            return outputs, None, state
        if self.query_first:
            query = state[0][-1].unsqueeze(1)  # the top layer's h, (B,1,H)
            context, weights = attend(self.score, query, memory)
            outputs, state = run_cell(self.cell, torch.cat([embedded, context], dim=-1), state)
        else:
            outputs, state = run_cell(self.cell, embedded, state)
            context, weights = attend(self.score, outputs, memory)
        return torch.cat([outputs, context], dim=-1), weights, state
