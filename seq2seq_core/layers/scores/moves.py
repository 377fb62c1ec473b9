"""Scores that move the alignment of the step before, and do not read the values.

Both start from a learnt mixture of the first and the last real position, so that a model can learn to copy or to
reverse. Positions at padding have no part in it, and the mask keeps all weight from them: of an alignment that would
leave the sequence, `shift` scales up the rest, and `one_step` stays at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from seq2seq_core.layers.fast_path import AlignmentTerms
from seq2seq_core.layers.scores.base import UsesPreviousAlignment

ONE, MINUS_HALF = torch.tensor(1.0), torch.tensor(-0.5)
"""As tensors, which take half the time of a number in an operation with few elements"""


class MovesPreviousAlignment(UsesPreviousAlignment):
    """The first alignment is (1 - m) [s is the first position] + m [s is the last], m = sigmoid(gain a), a learnt.

    There are no keys: K is 0.
    """

    compares_values = False
    gain: ClassVar[Tensor] = torch.tensor(5.0)
    """How much faster m is learnt than a. Ray Chowdhury and Caragea (2023) scale their choice of a direction by it. A
    tensor, as `ONE` is."""

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.last = nn.Parameter(torch.zeros(1))

    def project_keys(self, values: Tensor) -> Tensor:
        return values[..., :0]

    def first_alignment(self, keys: Tensor, mask: Tensor) -> Tensor:
        positions = torch.arange(mask.size(1), device=mask.device)
        ends = mask.sum(dim=1, keepdim=True) - 1
        mixture = torch.sigmoid(self.gain * self.last)
        return ((1 - mixture) * (positions == 0) + mixture * (positions == ends)).unsqueeze(1)


class Shift(MovesPreviousAlignment, name="shift"):
    """e = g log(w' + least) with w'(s) = r(1) w(s - 1) + r(0) w(s) + r(-1) w(s + 1), of the previous alignment w.

    The weights are then w'(s)^g / sum w'^g: Graves et al. 2014, "Neural Turing Machines", equations 8 and 9. The
    distribution r = softmax(R q + c) is over one back, stay and one on; g = 1 + softplus(u . q + d) sharpens. `least`
    keeps the logarithm finite where there is no weight.

    The paper's tape is a ring. Here weight that would leave the sequence is lost, and the sum restores the rest.
    """

    sizes: tuple[int, ...] = (3, 1)
    least: ClassVar[float] = 1e-30
    """Far below the rounding of weights that sum to 1, so that it changes no alignment"""

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.query = nn.Linear(query_size, 4)  # R and c, below them u and d

    def query_projection(self) -> tuple[Tensor, Tensor]:
        """The weight (M,Q) and the bias (M,) that project a query to the parts that `rows` takes."""
        return self.query.weight, self.query.bias

    @staticmethod
    def rows(parts: Sequence[Tensor], out: Sequence[Tensor] | None = None) -> Sequence[Tensor]:
        """The parts (...,3) and (...,1) of a projected query -> r (...,3) for one back, stay and one on, and g (...,1),
        in `out` or in new tensors."""
        move, sharpness = parts
        move_out, sharpness_out = out or (None, None)
        sharpness = functional.softplus(sharpness)
        return torch.softmax(move, dim=-1, out=move_out), torch.add(sharpness, ONE, out=sharpness_out)

    def energies_from_previous(self, query: Tensor, keys: Tensor, previous: Tensor, mask: Tensor) -> Tensor:
        parts = functional.linear(query, *self.query_projection()).split_with_sizes(self.sizes, -1)
        move, sharpness = self.rows(parts)
        return self.moved_energies(move, sharpness, previous)

    def moved_energies(self, move: Tensor, sharpness: Tensor, previous: Tensor) -> Tensor:
        """r (B,1,3), g (B,1,1) and w (B,1,S) -> energies (B,1,S)."""
        below, same, above = functional.pad(previous, (1, 1)).unfold(-1, previous.size(-1), 1).unbind(2)  # (B,1,S) each
        back, stay, on = move.unsqueeze(-2).unbind(-1)  # (B,1,1) each
        moved = on * below + stay * same + back * above
        return sharpness * torch.log(moved + self.least)

    def alignment_terms(self, keys: Tensor) -> AlignmentTerms:
        least, query = keys.new_tensor(self.least), self.query_projection()
        return AlignmentTerms(kernel="shift", query=query, sizes=self.sizes, rows=self.rows, parameters=(least,))


class OneStep(MovesPreviousAlignment, name="one_step"):
    """e = -(s - m)^2 / (2 d^2): a Gaussian around the mean m = sum_s s w(s) + tanh(gain (u . q + c)) of the previous
    alignment w, moved by less than one position, of the width d = 0.27 + softplus(p . q + b).

    Ray Chowdhury and Caragea 2023, "Monotonic Location Attention for Length Generalization", the attention OneStep. In
    the paper the step is a sigmoid, on values that a gate has put in the order of reading; here it has a sign instead.
    There the width has a ReLU, whose gradient may be zero for all queries. A small width pulls the mean of the next
    step to a whole position, so that errors of the steps do not add up.
    """

    sizes: ClassVar[tuple[int, ...]] = (1, 1)
    least_width: ClassVar[float] = 0.27
    """In positions"""

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.query = nn.Linear(query_size, 2)  # u and c, below them p and b

    @classmethod
    def rows(cls, parts: Sequence[Tensor], out: Sequence[Tensor] | None = None) -> Sequence[Tensor]:
        """The parts (...,1) and (...,1) of a projected query -> the step (...,1) and the factor of the squares
        -1 / (2 d^2) (...,1), in `out` or in new tensors."""
        step, width = parts
        step_out, factor_out = out or (None, None)
        precision = (functional.softplus(width) + cls.least_width).square().reciprocal()
        return torch.tanh(cls.gain * step, out=step_out), torch.mul(precision, MINUS_HALF, out=factor_out)

    def energies_from_previous(self, query: Tensor, keys: Tensor, previous: Tensor, mask: Tensor) -> Tensor:
        step, factor = self.rows(self.query(query).split_with_sizes(self.sizes, -1))
        positions = torch.arange(previous.size(-1), device=previous.device, dtype=previous.dtype)
        mean = (previous @ positions).unsqueeze(-1) + step  # (B,1,1)
        return factor * (positions - mean).square()

    def alignment_terms(self, keys: Tensor) -> AlignmentTerms:
        query = self.query.weight, self.query.bias
        return AlignmentTerms(kernel="one_step", query=query, sizes=self.sizes, rows=self.rows)
