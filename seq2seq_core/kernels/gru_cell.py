"""One step of a GRU of one layer on the CPU, without gradients, for greedy decoding.

The token that is fed is one of V, so its pre-activations are one of V rows, computed once a decoding: W e + b for each
embedding e, in the four blocks of `seq2seq_core.kernels.gru`. A step looks a row up, adds the product with the state,
and with the other inputs (a context, an input feed) where the cell has some.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from seq2seq_core.kernels.gru import init_preactivations, step_views, to_sigmoid_domain, update_state_


def gru_step(weights: Sequence[Tensor], table: Tensor) -> Callable[[Tensor, Sequence[Tensor], Tensor], Tensor]:
    """W (3 H,E + C), U (3 H,H), b, c (3 H,) and the embeddings (V,E) -> a function: tokens (B,1), the other inputs
    (B,1,C) in all, and the state (B,H) -> the new state (B,H)."""
    weight, recurrent, bias, recurrent_bias = weights
    state_weight, state_bias = to_sigmoid_domain(recurrent, recurrent_bias)
    projected = functional.linear(table, weight[:, : table.size(1)], bias)  # (V,3 H)
    rows = init_preactivations(projected, state_bias)  # (V,4 H)

    def step(tokens: Tensor, others: Sequence[Tensor], state: Tensor) -> Tensor:
        preactivations, size = functional.embedding(tokens.squeeze(1), rows), state.size(1)  # (B,4 H), a copy
        if others:
            other = torch.cat([*others], dim=-1).squeeze(1)  # (B,C)
            from_other = other @ weight[:, -other.size(1) :].t()  # (B,3 H): r, z, n
            preactivations[:, size:] += from_other
            preactivations[:, 3 * size :] += from_other[:, 2 * size :]  # block 3 holds twice the term of n
        before = (state + 1) / 2  # g
        preactivations[:, : 3 * size].addmm_(before, state_weight)
        ((_, *gates),) = step_views(preactivations, [len(state)])
        update_state_(gates, before, out=before)
        return 2 * before - 1  # h = 2 g - 1

    return step
