"""A recurrent cell, and a study that compares it with a GRU.

retrograde check-parts FILE             # is the cell correct in every way that can be checked?
retrograde run FILE --profile smoke
retrograde run FILE
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.layers.cells import Cell, State
from seq2seq_core.layers.packing import padded_exact
from studies.design.comparisons import Decision
from studies.design.study import Arm, Profile, Study


# The name in the class line is what a configuration names. B: batch, T: steps, H: channels of the state.
class Minimal(Cell, name="minimal"):
    """A gated unit with one gate (Zhou et al. 2016, "Minimal gated unit for recurrent neural networks").

    f = sigmoid(W x + U h + b), n = tanh(V x + R (f h) + c), h' = (1 - f) h + f n
    """

    gates, activations = 2, 2  # matrix rows, and sigmoids and tanhs of a step, in multiples of H

    def __init__(self, input_size: int, hidden_size: int, num_layers: int, dropout: float, bidirectional: bool) -> None:
        super().__init__()
        self.hidden_size, self.num_layers = hidden_size, num_layers
        self.dropout, self.bidirectional = dropout, bidirectional
        # A part is one layer in one direction: l0, l0_reverse, l1, ...
        tails = ["", "_reverse"] if bidirectional else [""]
        sizes = {
            f"l{layer}{tail}": hidden_size * len(tails) if layer else input_size
            for layer in range(num_layers)
            for tail in tails
        }
        self.inputs = nn.ModuleDict({part: nn.Linear(size, 2 * hidden_size) for part, size in sizes.items()})
        self.gate = nn.ModuleDict({part: nn.Linear(hidden_size, hidden_size, bias=False) for part in sizes})
        self.candidate = nn.ModuleDict({part: nn.Linear(hidden_size, hidden_size, bias=False) for part in sizes})
        # Before a training, matrices become random and biases zero. Other first values: define the method
        # initial_values(self, generator), which sets them in place, such as nn.init.ones_(self.inputs["l0"].bias).

    def step(self, part: str, x: Tensor, h: Tensor) -> Tensor:
        """x (B,C), h (B,H) -> the next h. To make another cell, change this function and the modules above."""
        for_gate, for_candidate = self.inputs[part](x).chunk(2, dim=-1)
        f = torch.sigmoid(for_gate + self.gate[part](h))
        n = torch.tanh(for_candidate + self.candidate[part](f * h))
        return (1 - f) * h + f * n

    # Nothing below depends on the equations above.

    def run(self, inputs: Any, state: State | None = None) -> tuple[Any, State]:
        """inputs (B,T,C), or packed sequences; the first state, or None for zeros -> outputs (B,T,H x directions) and
        the last state (layers x directions,B,H)."""
        if isinstance(inputs, PackedSequence):
            padded, lengths = pad_packed_sequence(inputs, batch_first=True)
            values, last = padded_exact(self, padded, lengths)
            return pack_padded_sequence(values, lengths, batch_first=True, enforce_sorted=False), last
        if self.bidirectional:
            return padded_exact(self, inputs, torch.full((len(inputs),), inputs.size(1)))
        first = inputs.new_zeros(self.num_layers, len(inputs), self.hidden_size) if state is None else state[0]
        ends = []
        for layer, h in enumerate(first):
            if layer:
                inputs = nn.functional.dropout(inputs, self.dropout, self.training)
            outputs = []
            for x in inputs.unbind(1):
                h = self.step(f"l{layer}", x, h)
                outputs.append(h)
            inputs = torch.stack(outputs, dim=1)
            ends.append(h)
        return inputs, (torch.stack(ends),)

    def run_direction(self, part: str, inputs: Tensor, lengths: Tensor, mask: Tensor) -> tuple[Tensor, State]:
        """inputs (B,T,C), mask (B,T), false at padding -> outputs (B,T,H), and the state (B,H) at the end of each
        sequence: padding does not change it."""
        h = inputs.new_zeros(len(inputs), self.hidden_size)
        outputs = []
        for x, real in zip(inputs.unbind(1), mask.unsqueeze(2).unbind(1), strict=True):
            h = torch.where(real, self.step(part, x, h), h)
            outputs.append(h)
        return torch.stack(outputs, dim=1), (h,)


STUDY = Study(
    question="Does a minimal gated unit learn to reverse a string in fewer steps than a GRU?",
    base=ModelConfig(hidden_size=64, score="general"),
    task=TaskConfig(letters=4, min_length=5, max_length=14),
    training=TrainConfig(epochs=14, steps_per_epoch=50, batch_size=30, learning_rate=3e-3),
    baseline="gru",
    arms={"gru": Arm(cell="gru"), "minimal": Arm(cell="minimal")},
    primary="steps_to_99",
    decision=Decision(comparisons=("minimal against gru",), yes="lower"),
    profiles={
        "smoke": Profile(
            seeds=1, training={"epochs": 2, "steps_per_epoch": 10, "evaluation_size": 60, "test_size": 60}
        ),
        "quick": Profile(seeds=10),
        "full": Profile(seeds=30),
    },
)
