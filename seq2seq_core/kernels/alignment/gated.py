"""The energies of the score `shift_additive`, for `kernels.alignment.recurrence`.

With gates i (N,1) and queries q (N,K) beside the rows of `moves.ShiftKernel`, keys k (B,S,K) and v (K,):

    c = softmax(v . tanh(q + k))            by `energies.step`                 (n,S)
    m = w + i (c - w)                       of the previous alignment w        (n,S)
    e = the energies of ShiftKernel of m

    dL/dm is what ShiftKernel adds for its previous alignment
    dL/dw = (1 - i) dL/dm        dL/dc = i dL/dm        dL/di = sum_S dL/dm (c - w)
    dL/d(energies of c) = c * (dL/dc - sum_S c dL/dc)
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq_core.kernels.alignment.moves import ShiftKernel
from seq2seq_core.kernels.energies.step import TWO, StepEnergies, StepEnergyGradients
from seq2seq_core.kernels.recurrence import first_rows


class GatedShiftKernel(ShiftKernel):
    """Rows r (N,3), g (N,1), i (N,1) and q (N,K); keys (B,S,K), v (K,) and `least`."""

    def __init__(self, mask: Tensor, dtype: torch.dtype, others: Sequence[Tensor]) -> None:
        keys, vector, least = others
        super().__init__(mask, dtype, (least,))
        self._energies = StepEnergies(keys, vector, mask, float("inf"))  # no bound of the queries is known
        self._doubled = torch.empty_like(keys[:, :1])  # (B,1,K), the queries of the current step

    def step_rows(self, rows: Sequence[Tensor], kept: Tensor) -> tuple[Tensor, ...]:
        *moves, gate, query = rows
        self._content, self._mixed = torch.empty_like(kept), torch.empty_like(kept)
        return self._content, gate, query, *self.views(self._mixed), *super().step_rows(moves, kept)

    def energies(self, step: Sequence[Tensor], previous: Sequence[Tensor], out: Tensor) -> Tensor:
        content, gate, query, mixed, *moves = step
        torch.softmax(self._energies.energies(self._prepared(query)), dim=1, out=content)
        torch.lerp(previous[0], content, gate, out=mixed)
        return super().energies(moves[2:], (mixed, *moves[:2]), out)

    def _prepared(self, query: Tensor) -> Tensor:
        """Queries (n,K) -> the form that `StepEnergies` takes, (n,1,K), until the next call."""
        (doubled,) = first_rows((self._doubled,), len(query), 0)
        torch.mul(query.unsqueeze(1), TWO, out=doubled)
        return self._energies.prepare_(doubled)

    def backward_rows(self, rows: Sequence[Tensor], kept: Tensor, previous: Tensor) -> tuple[Tensor, ...]:
        *moves, gate, query = rows
        self._gradients = StepEnergyGradients(self._energies)
        self._query_grad, self._mixed_grad = torch.empty_like(query), torch.zeros_like(kept)
        own = (self._content, gate, 1 - gate, query, self._query_grad)
        return *own, *self.views(self._mixed_grad), *super().backward_rows(moves, kept, previous)

    def backward_(self, step: Sequence[Tensor], energy_grad: Tensor, target: Sequence[Tensor]) -> None:
        content, gate, rest, query, query_grad, *others = step
        super().backward_(others[3:], energy_grad, others[:3])
        mixed_grad = others[0]
        target[0].addcmul_(mixed_grad, rest)
        content_grad = torch._softmax_backward_data(mixed_grad * gate, content, 1, content.dtype)
        self._gradients.backward(content_grad, self._prepared(query), out=query_grad.unsqueeze(1))

    def gradients(
        self, rows: Sequence[Tensor], kept: Tensor, previous: Tensor, energy_grad: Tensor
    ) -> tuple[Tensor | None, ...]:
        move_grad, sharpness_grad, _ = super().gradients(rows[:2], kept, self._mixed, energy_grad)
        gate_grad = (self._mixed_grad * (self._content - previous)).sum(dim=1, keepdim=True)
        keys_grad, vector_grad = self._gradients.total()
        assert self._energies.gradient_scale is not None
        query_grad = self._query_grad * (2 * self._energies.gradient_scale)
        return move_grad, sharpness_grad, gate_grad, query_grad, keys_grad, vector_grad, None
