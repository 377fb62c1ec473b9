"""The energies of the score `location`, for `kernels.alignment.recurrence`.

With a query q (N,K), keys k (B,S,K), a weight F (K,W) of the window of W positions around each position of the previous
alignment w, and v (K,):

    e(s) = v . tanh(q + k(s) + sum_j F_j w(s + j - W // 2)) + constant

It is the additive form of `energies.step`, with one product more for each tile: the windows, and a 1 beside each, times
F and q. A tile holds x = sigmoid(2 (...)):

    tile        [window; 1] (m,S,W + 1) @ 2 [F; q] (m,W + 1,K), added to 2 k (m,S,K)
    backward    [dL/dF; dL/dq] = 4 v * ([window; 1] dL/de)^T x (1 - x)        (m,W + 1,S) @ (m,S,K)
                dL/dwindow = dL/de * x (1 - x) . 4 v F                        (m,S,K) @ (K,W)
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq_core.kernels.alignment.recurrence import AlignmentKernel
from seq2seq_core.kernels.energies.step import TWO, StepEnergies, StepEnergyGradients, Tile
from seq2seq_core.kernels.recurrence import first_rows


class LocationKernel(AlignmentKernel):
    """Rows q (N,K); keys (B,S,K), F (K,W) and v (K,)."""

    def __init__(self, mask: Tensor, dtype: torch.dtype, others: Sequence[Tensor]) -> None:
        super().__init__(mask, dtype, others)
        keys, window_weight, vector = others
        self._window_weight = window_weight
        self._energies = WindowEnergies(keys, vector, mask, window_weight.size(1))
        # 2 [F; q] of each row, the queries of the current step below F
        self._weights = torch.cat([2 * window_weight.t(), torch.zeros_like(vector).unsqueeze(0)])
        self._weights = self._weights.repeat(len(keys), 1, 1)  # (B,W + 1,K)
        self._last = self._weights[:, -1]

    def step_rows(self, rows: Sequence[Tensor], kept: Tensor) -> tuple[Tensor, ...]:
        return (rows[0],)

    def energies(self, step: Sequence[Tensor], previous: Sequence[Tensor], out: Tensor) -> Tensor:
        self._energies.load_windows(previous[0])
        return self._energies.energies(self._load_queries(step[0]))

    def _load_queries(self, queries: Tensor) -> Tensor:
        """Queries (n,K) -> 2 [F; q] (n,W + 1,K)."""
        weights, last = first_rows((self._weights, self._last), len(queries), 0)
        torch.mul(queries, TWO, out=last)
        return weights

    def backward_rows(self, rows: Sequence[Tensor], kept: Tensor, previous: Tensor) -> tuple[Tensor, ...]:
        self._gradients = WindowEnergyGradients(self._energies, self._window_weight)
        self._weights_grad = torch.zeros_like(self._weights)
        self._query_grad = torch.empty_like(rows[0])
        return rows[0], self._query_grad, previous

    def backward_(self, step: Sequence[Tensor], energy_grad: Tensor, target: Sequence[Tensor]) -> None:
        queries, query_grad, previous = step
        self._energies.load_windows(previous)
        weights_grad = torch.empty_like(self._weights[: len(queries)])
        self._gradients.backward(energy_grad, self._load_queries(queries), out=weights_grad)
        query_grad.copy_(weights_grad[:, -1])
        self._weights_grad[: len(queries)] += weights_grad
        target[0].add_(self._gradients.alignment_grad(len(queries)))

    def gradients(
        self, rows: Sequence[Tensor], kept: Tensor, previous: Tensor, energy_grad: Tensor
    ) -> tuple[Tensor | None, ...]:
        keys_grad, vector_grad = self._gradients.total()
        scale = self._gradients.scale  # (K,)
        window_weight_grad = self._weights_grad[:, :-1].sum(dim=0).mul_(scale).t()
        return self._query_grad * scale, keys_grad, window_weight_grad, vector_grad


class WindowEnergies(StepEnergies):
    """Additive energies whose queries are 2 [F; q] (n,W + 1,K), once the windows of the step are loaded."""

    def __init__(self, keys: Tensor, vector: Tensor, mask: Tensor, width: int) -> None:
        super().__init__(keys, vector, mask, float("inf"))  # exponentials of the windows are not factors of few numbers
        rows, positions, _ = keys.shape
        self.padded = keys.new_zeros(rows, positions + width - 1)
        self.windows = keys.new_ones(rows, positions, width + 1)
        alignment = self.padded[:, width // 2 :][:, :positions]
        self._views = alignment, self.windows[:, :, :-1], self.padded.unfold(1, width, 1)  # (B,S), (B,S,W) twice

    def load_windows(self, previous: Tensor) -> None:
        """An alignment (n,S)."""
        alignment, windows, unfolded = first_rows(self._views, len(previous), 0)
        alignment.copy_(previous)
        windows.copy_(unfolded)

    def fill(self, query: Tensor, tile: Tile) -> None:
        torch.baddbmm(tile.keys, self.windows[tile.rows], query[tile.rows], out=tile.sigmoids).sigmoid_()


class WindowEnergyGradients(StepEnergyGradients):
    """Also the gradients of the windows; `scale` is 4 v."""

    def __init__(self, energies: WindowEnergies, window_weight: Tensor) -> None:
        super().__init__(energies)
        assert energies.gradient_scale is not None
        self._windows = energies.windows
        self.scale = 2 * energies.gradient_scale
        self._width = window_weight.size(1)
        self._to_window = self.scale.unsqueeze(1) * window_weight.flip(1)  # (K,W), from the last position of a window
        rows, positions = energies.windows.shape[:2]
        # dL/dwindow at the rows s + W // 2, so that the terms of dL/dw(s) lie on a diagonal: row s + j, column j
        self._window_grad = energies.keys.new_zeros(rows, positions + self._width - 1, self._width)
        self._centre = self._window_grad[:, self._width // 2 :][:, :positions]
        strides = (self._window_grad.stride(0), self._width, self._width + 1)
        self._diagonals = self._window_grad.as_strided((rows, positions, self._width), strides)

    def query_grad(self, tile: Tile, grad: Tensor, derivatives: Tensor, out: Tensor) -> None:
        torch.bmm((self._windows[tile.rows] * grad.unsqueeze(2)).mT, derivatives, out=out[tile.rows])
        centre = self._centre[tile.rows]
        torch.bmm(derivatives, self._to_window.expand(len(centre), -1, -1), out=centre).mul_(grad.unsqueeze(2))

    def alignment_grad(self, count: int) -> Tensor:
        """dL/dw (n,S) from the windows of the last call of `backward`."""
        return self._diagonals[:count].sum(dim=2)
