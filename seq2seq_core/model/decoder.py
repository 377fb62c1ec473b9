"""The decoder: one advance over target positions, whole or step by step, and the features that logits are made of.

With query = "current" the cell runs first and its new state asks; the states do not depend on the contexts, so a known
target is decoded in one parallel pass. With query = "previous" the attention runs first and its context joins the
cell's input, so each step waits for the one before; so it does with input feeding, and with a score that looks back.
Either way the keys are projected once, and the logits are computed once, after the loop.

`advance` and `unroll` say what is computed, with any cell, score and wiring. `forward` comes to the same by loops of
our own where there are some: of a GRU on a CPU, cell first, or attention first with one layer and nothing fed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from seq2seq_core.config import ModelConfig
from seq2seq_core.kernels.attention_gru import attend_first
from seq2seq_core.kernels.compiled import compiled_energies
from seq2seq_core.kernels.gru import run_gru
from seq2seq_core.kernels.gru_cell import TokenGates, step_gru, token_gates
from seq2seq_core.kernels.packed_layout import PackedLayout
from seq2seq_core.kernels.token_embeddings import TokenEmbeddings
from seq2seq_core.layers.attention import Memory, attend
from seq2seq_core.layers.cells import State, run_cell
from seq2seq_core.layers.scores import SCORES, AdditiveScore, DotProductScore, Score, UsesPreviousAlignment


@dataclass(frozen=True)
class Carry:
    """What a step hands to the next."""

    state: State
    """The cell's, (layers,B,H) each"""
    fed: Tensor | None = None
    """With input feeding: the attentional vector (B,1,H), or without attentional layer the context (B,1,H or 2 H)"""
    weights: Tensor | None = None
    """The attention weights (B,1,S) of the step; None before the first, and without attention"""


class Decoder(nn.Module):
    """embedding -> cell and attention, in the configured order -> features -> logits."""

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        super().__init__()
        size = config.hidden_size
        context_size = config.value_size if config.score else 0
        self.attends_first = config.query == "previous"
        self.fed_size = (size if config.attentional_layer else context_size) if config.input_feeding else 0
        self.embedding = nn.Embedding(vocabulary, config.embedding_size)
        joined = (context_size if self.attends_first else 0) + self.fed_size
        self.cell = config.make_cell(config.embedding_size + joined, layers=config.layers)
        self.score: Score | None = None
        self.phi: nn.Linear | None = None
        self.psi: nn.Linear | None = None
        if config.score:
            self.score = SCORES[config.score](size, size if config.mlp else context_size, size)
            if config.compile and isinstance(self.score, AdditiveScore):
                self.score.formula = compiled_energies()
        if config.mlp:
            self.phi, self.psi = nn.Linear(size, size), nn.Linear(context_size, size)
        self.attentional = nn.Linear(context_size + size, size, bias=False) if config.attentional_layer else None
        self.state_alone = config.readout == "state"
        narrow = config.attentional_layer or self.state_alone
        self.output = nn.Linear(size if narrow else size + context_size, vocabulary)

    @property
    def stepwise(self) -> bool:
        """Whether a step needs what the one before came to, so that a known target cannot be decoded at once."""
        return self.attends_first or self.fed_size > 0 or isinstance(self.score, UsesPreviousAlignment)

    def precompute_memory(self, values: Tensor, mask: Tensor) -> Memory | None:
        """values (B,S,H), mask (B,S) -> what `advance` attends to, or None without a score."""
        if self.score is None:
            return None
        compared = torch.tanh(self.psi(values)) if self.psi else values
        return Memory(self.score.project_keys(compared), values, mask)

    def start(self, state: State) -> Carry:
        """What the first step is handed: the encoder's state, and where inputs are fed, zeros."""
        hidden = state[0]
        return Carry(state, hidden.new_zeros(hidden.size(1), 1, self.fed_size) if self.fed_size else None)

    def forward(self, tokens: Tensor, carry: Carry, memory: Memory | None, lengths: Tensor | None = None) -> Tensor:
        """tokens (B,T), all known beforehand (teacher forcing) -> logits (B,T,V), by the fastest way that is exact.

        Past the lengths (B,) on the CPU, where they are given, logits mean nothing, and may not have been computed.
        """
        if isinstance(self.cell, nn.GRU) and tokens.device.type == "cpu":
            embedded = TokenEmbeddings(tokens, self.embedding.weight)
            schedule = PackedLayout.of(embedded.shape, lengths)
            features = self._scheduled(self.cell, embedded, carry, memory, schedule)
            if features is not None:
                return schedule.padded(self.output(features).unsqueeze(0))
        decode = self.unroll if self.stepwise else self.advance
        features, _, _ = decode(self.embedding(tokens), carry, memory)
        logits: Tensor = self.output(features)
        return logits

    def _scheduled(
        self, cell: nn.GRU, embedded: TokenEmbeddings, carry: Carry, memory: Memory | None, schedule: PackedLayout
    ) -> Tensor | None:
        """What `advance` and `unroll` come to, (N,F) in the schedule's order; None for a wiring without a loop of our
        own."""
        if self.stepwise:
            if self.fed_size or self.phi or cell.num_layers > 1:
                return None
            if memory is None or not isinstance(self.score, DotProductScore | AdditiveScore):
                return None
            outputs, context = attend_first(cell, self.score, embedded, carry.state[0][0], memory, schedule)
            return self._features(outputs, context)
        padded, _ = run_gru(cell, embedded, schedule, carry.state[0])
        outputs = schedule.taken(padded)[0]
        if self.score is None or memory is None:
            return outputs
        context, _ = self._look(self.score, padded, memory, carry)
        return self._features(outputs, schedule.taken(context)[0])

    def unroll(self, embedded: Tensor, carry: Carry, memory: Memory | None) -> tuple[Tensor, Tensor | None, Carry]:
        """`advance` over embedded (B,T,E), one position at a time."""
        features, weights = [], []
        for step in torch.split(embedded, 1, dim=1):
            feature, weight, carry = self.advance(step, carry, memory)
            features.append(feature)
            weights.append(weight)
        seen = [weight for weight in weights if weight is not None]
        return torch.cat(features, dim=1), torch.cat(seen, dim=1) if seen else None, carry

    def feeder(self) -> Callable[[Tensor], Tensor | TokenGates]:
        """Tokens (B,1) -> what `advance` takes of them where no gradient is wanted."""
        weight = self.embedding.weight
        if isinstance(self.cell, nn.GRU) and self.cell.num_layers == 1 and weight.device.type == "cpu":
            return token_gates(self.cell, weight)
        return self.embedding

    def advance(
        self, embedded: Tensor | TokenGates, carry: Carry, memory: Memory | None
    ) -> tuple[Tensor, Tensor | None, Carry]:
        """embedded (B,T,E) -> features (B,T,F), attention weights (B,T,S) or None, and what the next step is handed.

        T is 1 in a decoder that is `stepwise`. Features are the attentional vector, the state, or [state; context].
        """
        if self.score is None or memory is None:
            outputs, state = self._run(embedded, [], carry.state)
            return outputs, None, Carry(state)
        fed = [] if carry.fed is None else [carry.fed]
        if self.attends_first:
            top = carry.state[0][-1].unsqueeze(1)  # the top layer's h, (B,1,H)
            context, weights = self._look(self.score, top, memory, carry)
            outputs, state = self._run(embedded, [context, *fed], carry.state)
        else:
            outputs, state = self._run(embedded, fed, carry.state)
            context, weights = self._look(self.score, outputs, memory, carry)
        features = self._features(outputs, context)
        handed = (features if self.attentional else context) if self.fed_size else None
        return features, weights, Carry(state, handed, weights[:, -1:])

    def _run(self, embedded: Tensor | TokenGates, joined: list[Tensor], state: State) -> tuple[Tensor, State]:
        """The cell, fed embeddings (B,T,E) and what joins them (B,T,C) each -> its outputs (B,T,H), its last state."""
        if isinstance(embedded, TokenGates):
            assert isinstance(self.cell, nn.GRU)  # `feeder` gives gates to no other
            new = step_gru(self.cell, embedded, joined, state[0][0])
            return new.unsqueeze(1), (new.unsqueeze(0),)
        return run_cell(self.cell, torch.cat([embedded, *joined], dim=-1), state)

    def _features(self, outputs: Tensor, context: Tensor) -> Tensor:
        """The cell's outputs (...,H), the context (...,H or 2 H) -> what logits are made of."""
        if self.attentional:
            return torch.tanh(self.attentional(torch.cat([context, outputs], dim=-1)))
        return outputs if self.state_alone else torch.cat([outputs, context], dim=-1)

    def _look(self, score: Score, query: Tensor, memory: Memory, carry: Carry) -> tuple[Tensor, Tensor]:
        return attend(score, torch.tanh(self.phi(query)) if self.phi else query, memory, carry.weights)
