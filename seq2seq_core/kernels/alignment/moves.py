"""The energies of the scores that move the previous alignment, for `kernels.alignment.recurrence`.

ShiftKernel, with moves r (N,3) for one back, stay and one on, and the sharpness g (N,1):

    u(s) = least + r(0) w(s) + r(1) w(s - 1) + r(-1) w(s + 1)      e = g log u
    dL/du = dL/de g / u
    dL/dw(s) = r(0) dL/du(s) + r(1) dL/du(s + 1) + r(-1) dL/du(s - 1)
    dL/dr = sum_S dL/du w, moved as r moves it                    dL/dg = sum_S dL/de log u

OneStepKernel, with steps p (N,1) and factors f (N,1), for positions s:

    m = p + sum_S s w(s)        d = s - m                         e = f d^2
    dL/dm = sum_S dL/de (-2 f d)
    dL/dw(s) = s dL/dm          dL/dp = dL/dm                     dL/df = sum_S dL/de d^2
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq_core.kernels.alignment.recurrence import AlignmentKernel


class ShiftKernel(AlignmentKernel):
    """Rows r (N,3) and g (N,1); `least`, a number. The buffer holds u."""

    def __init__(self, mask: Tensor, dtype: torch.dtype, others: Sequence[Tensor]) -> None:
        super().__init__(mask, dtype, others)
        self._least = others[0].expand(mask.size(1)).contiguous()  # a row takes less time than a number

    def views(self, alignments: Tensor) -> tuple[Tensor, ...]:
        return alignments, alignments[:, :-1], alignments[:, 1:]

    def step_rows(self, rows: Sequence[Tensor], kept: Tensor) -> tuple[Tensor, ...]:
        return self._move_rows(rows, kept)

    def _move_rows(self, rows: Sequence[Tensor], buffer: Tensor) -> tuple[Tensor, ...]:
        move, sharpness = rows
        return *self.views(buffer), *move.split_with_sizes([1, 1, 1], 1), sharpness

    def energies(self, step: Sequence[Tensor], previous: Sequence[Tensor], out: Tensor) -> Tensor:
        moved, all_but_last, all_but_first, back, stay, on, sharpness = step
        torch.addcmul(self._least, previous[0], stay, out=moved)
        all_but_first.addcmul_(previous[1], on)
        all_but_last.addcmul_(previous[2], back)
        return torch.addcmul(self.bias(moved.size(0)), torch.log(moved, out=out), sharpness, out=out)

    def backward_rows(self, rows: Sequence[Tensor], kept: Tensor, previous: Tensor) -> tuple[Tensor, ...]:
        self._moved_grad = torch.empty_like(kept)
        return rows[1] / kept, *self._move_rows(rows, self._moved_grad)

    def backward_(self, step: Sequence[Tensor], energy_grad: Tensor, target: Sequence[Tensor]) -> None:
        scale, moved_grad, all_but_last, all_but_first, back, stay, on, _ = step
        torch.mul(energy_grad, scale, out=moved_grad)
        target[0].addcmul_(moved_grad, stay)
        target[1].addcmul_(all_but_first, on)
        target[2].addcmul_(all_but_last, back)

    def gradients(
        self, rows: Sequence[Tensor], kept: Tensor, previous: Tensor, energy_grad: Tensor
    ) -> tuple[Tensor | None, ...]:
        moved_grad, grad_but_last, grad_but_first = self.views(self._moved_grad)
        stayed, all_but_last, all_but_first = self.views(previous)
        pairs = (grad_but_last, all_but_first), (moved_grad, stayed), (grad_but_first, all_but_last)
        move_grad = torch.stack([(grad * weight).sum(dim=1) for grad, weight in pairs], dim=1)
        return move_grad, (energy_grad * kept.log()).sum(dim=1, keepdim=True), None


class OneStepKernel(AlignmentKernel):
    """Rows p (N,1) and f (N,1). The buffer holds d."""

    def __init__(self, mask: Tensor, dtype: torch.dtype, others: Sequence[Tensor]) -> None:
        super().__init__(mask, dtype, others)
        self._positions = torch.arange(mask.size(1), dtype=dtype)
        self._column = self._positions.unsqueeze(1)

    def step_rows(self, rows: Sequence[Tensor], kept: Tensor) -> tuple[Tensor, ...]:
        return kept, *rows

    def energies(self, step: Sequence[Tensor], previous: Sequence[Tensor], out: Tensor) -> Tensor:
        distance, move, factor = step
        mean = torch.addmm(move, previous[0], self._column)  # (n,S) @ (S,1)
        torch.sub(self._positions, mean, out=distance)
        return torch.addcmul(self.bias(distance.size(0)), torch.mul(distance, distance, out=out), factor, out=out)

    def backward_rows(self, rows: Sequence[Tensor], kept: Tensor, previous: Tensor) -> tuple[Tensor, ...]:
        self._mean_grad = torch.empty_like(rows[0])
        return kept * (-2 * rows[1]), self._mean_grad

    def backward_(self, step: Sequence[Tensor], energy_grad: Tensor, target: Sequence[Tensor]) -> None:
        slope, mean_grad = step
        torch.sum(energy_grad * slope, dim=1, keepdim=True, out=mean_grad)
        target[0].addcmul_(mean_grad, self._positions)

    def gradients(
        self, rows: Sequence[Tensor], kept: Tensor, previous: Tensor, energy_grad: Tensor
    ) -> tuple[Tensor | None, ...]:
        return self._mean_grad, (energy_grad * kept.square()).sum(dim=1, keepdim=True)
