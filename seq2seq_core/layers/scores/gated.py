"""A score that reads the values and moves the previous alignment, in proportions that it learns."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from seq2seq_core.layers.fast_path import AlignmentTerms
from seq2seq_core.layers.scores.additive import tanh_energies
from seq2seq_core.layers.scores.moves import Shift
from seq2seq_core.padding import masked_softmax


class ShiftAdditive(Shift, name="shift_additive"):
    """`shift` of a mixture w_g = i w_c + (1 - i) w of the previous alignment w and the weights w_c of `additive`:
    e = g log(w_g' + least), with w_g' moved and g as in `shift`.

    The gate i = sigmoid(p . q + o) is a number for each query; w_c = softmax(v . tanh(W q + b + U h)). Graves et al.
    2014, "Neural Turing Machines", equations 5 and 7 to 9. The paper compares query and memory by the cosine.
    """

    compares_values = True

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.sizes = (3, 1, 1, key_size)
        self.query = nn.Linear(query_size, sum(self.sizes))  # R and c, below them u and d, p and o, W and b
        self.key = nn.Linear(value_size, key_size, bias=False)
        self.energy = nn.Linear(key_size, 1, bias=False)

    def project_keys(self, values: Tensor) -> Tensor:
        keys: Tensor = self.key(values)
        return keys

    @classmethod
    def rows(cls, parts: Sequence[Tensor], out: Sequence[Tensor] | None = None) -> Sequence[Tensor]:
        """The parts (...,3), (...,1), (...,1) and (...,K) of a projected query -> r, g, i (...,1) and the query of the
        energies (...,K), which is its part; the others in `out` or in new tensors."""
        move, sharpness, gate, query = parts
        moves_out, gate_out = (out[:2], out[2]) if out else (None, None)
        return *super().rows((move, sharpness), moves_out), torch.sigmoid(gate, out=gate_out), query

    def energies_from_previous(self, query: Tensor, keys: Tensor, previous: Tensor, mask: Tensor) -> Tensor:
        move, sharpness, gate, compared = self.rows(self.query(query).split_with_sizes(self.sizes, -1))
        content = masked_softmax(tanh_energies(compared, keys, self.energy.weight[0]), mask)
        return self.moved_energies(move, sharpness, torch.lerp(previous, content, gate))

    def alignment_terms(self, keys: Tensor) -> AlignmentTerms:
        return AlignmentTerms(
            kernel="gated_shift",
            query=self.query_projection(),
            sizes=self.sizes,
            rows=self.rows,
            memory=(keys,),
            parameters=(self.energy.weight[0], keys.new_tensor(self.least)),
        )
