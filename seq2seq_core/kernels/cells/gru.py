"""The GRU of torch and cuDNN: the layout of its pre-activations, its update, and its derivatives.

For an input x (C,), a state h (H,), weights W (3 H,C), U (3 H,H) and biases b, c (3 H,), in the order r, z, n:

    r  = sigmoid(W_r x + b_r + U_r h + c_r)                        reset gate
    z  = sigmoid(W_z x + b_z + U_z h + c_z)                        update gate
    n  = tanh(W_n x + b_n + r * (U_n h + c_n))                     candidate state
    h' = (1 - z) * n + z * h                                       new state

In the sigmoid domain, on g = (h + 1) / 2 and m = (n + 1) / 2:

    m  = sigmoid(2 (W_n x + b_n) + r * 2 (U_n h + c_n))
    g' = (1 - z) * m + z * g

The state contributes to the first three of four blocks, the input to the last three:

    block 0     2 (U_n h + c_n)                         stays
    block 1     pre-activation of r                     becomes r
    block 2     pre-activation of z                     becomes z
    block 3     2 (W_n x + b_n)                         becomes m

Backward, from dL/dh', for the four terms a that the blocks held (without the factor 2), element by element:

    dL/da = dL/dh' * dh'/da                             see `gate_derivatives`
    dL/dh = dL/dh' * z + dL/da[blocks 0 to 2] U         the loop adds the product
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq_core.kernels.cells.base import BackwardRows, SigmoidDomain


class GRUKernel(SigmoidDomain):
    """The equations above."""

    gates, blocks, tanh_gate = 3, 4, 2

    def to_block_order(self, rows: Tensor, dim: int) -> Tensor:
        return rows.roll(rows.size(dim) // 3, dims=dim)  # r, z, n -> n, r, z

    def from_block_order(self, rows: Tensor, dim: int) -> Tensor:
        return rows.roll(-(rows.size(dim) // 3), dims=dim)

    def init_preactivations(self, projected: Tensor, state_bias: Tensor) -> Tensor:
        size, state_bias = projected.size(-1) // 3, state_bias.unsqueeze(-2)
        preactivations = torch.cat([state_bias[..., :size].expand_as(projected[..., :size]), projected], dim=-1)
        preactivations[..., size : 3 * size] += state_bias[..., size:]
        preactivations[..., 3 * size :].mul_(2)
        return preactivations

    def update_views(self, preactivations: Tensor) -> tuple[Tensor, ...]:
        size = preactivations.size(-1) // 4
        return preactivations[..., size : 3 * size], *preactivations.chunk(4, dim=-1)

    def update_(self, views: Sequence[Tensor], state: Sequence[Tensor], out: Sequence[Tensor]) -> None:
        reset_and_update, candidate_from_state, reset, update, candidate = views
        reset_and_update.sigmoid_()
        candidate.addcmul_(reset, candidate_from_state).sigmoid_()  # m = sigmoid(block 3 + r * block 0)
        torch.lerp(candidate, state[0], update, out=out[0])  # m + z (g - m)

    def backward_rows(
        self, preactivations: Tensor, states: Sequence[Tensor], previous: Sequence[Tensor], grads: Sequence[Tensor]
    ) -> tuple[Tensor, BackwardRows]:
        derivatives = gate_derivatives(preactivations, previous[0])  # (...,N,4,H), becomes dL/da
        update = preactivations.chunk(4, dim=-1)[2]
        return derivatives.flatten(-2), (derivatives, grads[0], grads[0].unsqueeze(-2), update)

    def backward_(self, rows: Sequence[Tensor], target: Sequence[Tensor]) -> None:
        derivative, after, after_blocks, update = rows
        derivative.mul_(after_blocks)  # (...,n,4,H)
        target[0].addcmul_(after, update)


def gate_derivatives(preactivations: Tensor, previous: Tensor) -> Tensor:
    """The blocks after all steps (...,N,4 H), the states h before each (...,N,H) -> dh'/da (...,N,4,H), element by
    element, for the four terms a that the blocks held before their step:

        a = W_n x + b_n  (block 3)    (1 - z) (1 - n^2) = 4 (1 - z) (m - m^2)
        a = U_n h + c_n  (block 0)    the same times r
        a = pre-activation of r       the same times (U_n h + c_n) r (1 - r)
        a = pre-activation of z       (h - n) z (1 - z), with n = 2 m - 1
    """
    candidate_from_state, reset, update, candidate = preactivations.chunk(4, dim=-1)
    keep = 1 - update
    out = preactivations.new_empty(*previous.shape[:-1], 4, previous.size(-1))
    by_state, by_reset, by_update, by_input = out.unbind(dim=-2)
    torch.addcmul(candidate, candidate, candidate, value=-1, out=by_input).mul_(keep).mul_(4)
    torch.mul(by_input, reset, out=by_state)
    torch.mul(by_state, candidate_from_state, out=by_reset).mul_(1 - reset).div_(2)  # block 0 holds twice the term
    torch.sub(previous, candidate, alpha=2, out=by_update).add_(1).mul_(update).mul_(keep)
    return out
