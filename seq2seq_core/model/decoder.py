"""The decoder: from target tokens to features, in parallel or step by step, and from features to logits.

With query = "current" the cell runs first and its new state is the query. The states do not depend on the contexts, so
a known target is decoded in one parallel pass. With query = "previous" the attention runs first and its context joins
the cell's input, so the steps run one after another. They also do so with input feeding. With a score that uses the
previous alignment only the alignments are computed one after another, by `attend`, for known queries. In every case the
keys are projected once, and the logits are computed once, after all steps.

`advance` and `unroll` define the computation for any cell, score and wiring. `forward` returns the same logits, by a
kernel where `fast_path` has one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from seq2seq_core.config import ModelConfig
from seq2seq_core.layers import fast_path
from seq2seq_core.layers.cells import RunCell, State
from seq2seq_core.layers.linear import Linear
from seq2seq_core.layers.scores import SCORES, AdditiveScore, Score, UsesPreviousAlignment
from seq2seq_core.model.attention import Memory, attend
from seq2seq_core.model.pre_layers import table_of


@dataclass(frozen=True)
class Carry:
    """What a step passes to the next."""

    state: State
    """The cell's state, (layers,B,H) each"""
    fed: Tensor | None = None
    """With input feeding: the attentional vector (B,1,H), or without attentional layer the context (B,1,C)"""
    weights: Tensor | None = None
    """The attention weights (B,1,S) of the step; None before the first step, and without attention"""


Advanced = tuple[Tensor, Tensor | None, Carry]
"""Features (B,T,F), attention weights (B,T,S) or None, and the carry for the next step. F is H, or H + C for [state;
context]."""

Step = Callable[[Tensor], tuple[Tensor, Tensor | None]]
"""Of greedy decoding: tokens (B,1) -> logits (B,1,V), attention weights (B,1,S) or None, which the next step may
overwrite. It keeps its carry."""


class Decoder(nn.Module):
    """embedding -> cell and attention, in the configured order -> features -> logits."""

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        super().__init__()
        size = config.hidden_size
        context_size = config.value_size if config.score else 0
        self.attention_first = config.query == "previous"
        self.fed_size = (size if config.attentional_layer else context_size) if config.input_feeding else 0
        self.embedding = nn.Embedding(vocabulary, config.embedding_size)
        joined_size = (context_size if self.attention_first else 0) + self.fed_size
        self.cell = config.make_cell(config.embedding_size + joined_size, layers=config.layers)
        self.score: Score | None = None
        self.phi: nn.Linear | None = None
        self.psi: nn.Linear | None = None
        if config.score:
            self.score = SCORES[config.score](size, config.compared_size, size)
            if isinstance(self.score, AdditiveScore):
                self.score.compiled = config.compile
        if config.mlp:
            self.phi, self.psi = Linear(size, size), Linear(context_size, size)
        self.attentional = Linear(context_size + size, size, bias=False) if config.attentional_layer else None
        self.state_only = config.readout == "state"
        reads_one = config.attentional_layer or self.state_only
        self.output = Linear(size if reads_one else size + context_size, vocabulary)

    @property
    def stepwise(self) -> bool:
        """Whether a known target is decoded step by step: where the cell needs a result of the previous step, and
        without kernels also where the score does."""
        if self.attention_first or self.fed_size > 0:
            return True
        return isinstance(self.score, UsesPreviousAlignment) and not fast_path.enabled()

    @property
    def _is_plain(self) -> bool:
        """Whether a step is that of this class, which kernels replace, and not that of a recipe."""
        methods = ("advance", "unroll", "_attend", "_features")
        return all(getattr(type(self), name) is getattr(Decoder, name) for name in methods)

    def precompute_memory(self, values: Tensor, mask: Tensor) -> Memory | None:
        """values (B,S,C), mask (B,S) -> what `advance` attends to, or None without a score."""
        if self.score is None:
            return None
        compared = torch.tanh(self.psi(values)) if self.psi else values
        return Memory(self.score.project_keys(compared), values, mask)

    def start(self, state: State) -> Carry:
        """The carry of the first step: the encoder's state, and with input feeding zeros."""
        hidden = state[0]
        return Carry(state, hidden.new_zeros(hidden.size(1), 1, self.fed_size) if self.fed_size else None)

    def forward(self, tokens: Tensor, carry: Carry, memory: Memory | None, lengths: Tensor | None = None) -> Tensor:
        """tokens (B,T), all known beforehand (teacher forcing) -> logits (B,T,V).

        lengths (B,) on the CPU: logits past them are arbitrary, and need not be computed. None for T.
        """
        logits = self._fast_logits(tokens, carry, memory, lengths)
        if logits is None:
            decode = self.unroll if self.stepwise else self.advance
            features, _, _ = decode(self.embedding(tokens), carry, memory)
            logits = self.output(features)
        return logits

    def _fast_logits(
        self, tokens: Tensor, carry: Carry, memory: Memory | None, lengths: Tensor | None
    ) -> Tensor | None:
        """`forward` by a kernel, or None where `fast_path` has none."""
        table = table_of(self.embedding)
        if table is None or not self._is_plain:
            return None
        known = (self.cell, tokens, table, carry.state, lengths)
        if not self.stepwise:
            attend = None if memory is None else lambda outputs: self._attend(outputs, memory, carry, lengths)[0]
            return fast_path.decode(*known, attend, self._logits)
        if not self.attention_first or self.fed_size or self.phi or self.score is None or memory is None:
            return None
        attended = (memory.keys, memory.values, memory.mask)
        return fast_path.attend_first(*known, self.score.energy_terms(), attended, self._logits)

    def unroll(self, embedded: Tensor, carry: Carry, memory: Memory | None) -> Advanced:
        """`advance` over embedded (B,T,E), one position at a time."""
        features, weights = [], []
        for step in torch.split(embedded, 1, dim=1):
            feature, weight, carry = self.advance(step, carry, memory)
            features.append(feature)
            if weight is not None:
                weights.append(weight)
        return torch.cat(features, dim=1), torch.cat(weights, dim=1) if weights else None, carry

    def token_step(self, memory: Memory | None, carry: Carry) -> Step:
        """`advance` of tokens (B,1) and its logits, without gradients, prepared once for all steps of a decoding."""
        table = table_of(self.embedding)
        if memory is not None and isinstance(self.score, UsesPreviousAlignment):
            terms = self.score.alignment_terms(memory.keys)
            if table is not None and self._projects_values():
                first = self.score.first_alignment(memory.keys, memory.mask)
                attended = (first, memory.values, memory.mask)
                size = self.cell.hidden_size
                readout = self.output.weight[:, :size], self.output.weight[:, size:], self.output.bias
                known = (self.cell, table, carry.state)
                fast = fast_path.align_token_step(*known, terms, attended, readout)
                if fast is not None:
                    return fast
            memory = replace(memory, align_step=fast_path.align_step(terms, memory.mask, memory.values.dtype))
        elif memory is not None and self.score is not None:
            energies = fast_path.energies_step(self.score.energy_terms(), memory.keys, memory.mask)
            memory = replace(memory, energies_step=energies)
        run = None if table is None else fast_path.token_step(self.cell, table)

        def step(tokens: Tensor) -> tuple[Tensor, Tensor | None]:
            nonlocal carry
            features, weights, carry = self.advance(tokens if run else self.embedding(tokens), carry, memory, run)
            return self.output(features), weights

        return step

    def _projects_values(self) -> bool:
        """Whether the context c only enters the logits, as W c, and W h is smaller than a value h."""
        if self.stepwise or self.attentional or self.state_only or self.phi or not self._is_plain:
            return False
        if type(self.output).forward not in (Linear.forward, nn.Linear.forward) or self.output.bias is None:
            return False
        return self.output.out_features < self.output.in_features - self.cell.hidden_size

    def advance(self, inputs: Tensor, carry: Carry, memory: Memory | None, run: RunCell | None = None) -> Advanced:
        """inputs (B,T,E), embedded tokens -> features, attention weights and the next carry; T is 1 if `stepwise`.

        run: replaces the plain run of the cell; the inputs are then what it takes.
        """
        run = run or self._run_cell
        if memory is None:
            outputs, state = run(inputs, [], carry.state)
            return outputs, None, Carry(state)
        fed = [] if carry.fed is None else [carry.fed]
        if self.attention_first:
            top = carry.state[0][-1].unsqueeze(1)  # the top layer's h, (B,1,H)
            context, weights = self._attend(top, memory, carry)
            outputs, state = run(inputs, [context, *fed], carry.state)
        else:
            outputs, state = run(inputs, fed, carry.state)
            context, weights = self._attend(outputs, memory, carry)
        features = self._features(outputs, context)
        next_fed = (features if self.attentional else context) if self.fed_size else None
        return features, weights, Carry(state, next_fed, weights[:, -1:])

    def _run_cell(self, embedded: Tensor, others: list[Tensor], state: State) -> tuple[Tensor, State]:
        """embedded (B,T,E) and the other inputs (B,T,...), side by side -> outputs (B,T,H), the last state."""
        return self.cell.run(torch.cat([embedded, *others], dim=-1), state)

    def _attend(
        self, query: Tensor, memory: Memory, carry: Carry, lengths: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """query (B,T,H), lengths (B,) of the targets or None for T -> context (B,T,C) and attention weights (B,T,S)."""
        assert self.score is not None  # there is a memory
        return attend(self.score, torch.tanh(self.phi(query)) if self.phi else query, memory, carry.weights, lengths)

    def _features(self, outputs: Tensor, context: Tensor) -> Tensor:
        """The cell's outputs (...,H), the context (...,C) -> features (...,F)."""
        if self.attentional:
            return torch.tanh(self.attentional(torch.cat([context, outputs], dim=-1)))
        return outputs if self.state_only else torch.cat([outputs, context], dim=-1)

    def _logits(self, outputs: Tensor, context: Tensor | None) -> Tensor:
        """The cell's outputs (...,H), the context (...,C) or None -> logits (...,V)."""
        logits: Tensor = self.output(outputs if context is None else self._features(outputs, context))
        return logits
