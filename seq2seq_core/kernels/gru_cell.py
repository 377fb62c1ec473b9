"""One step of a GRU on the CPU without gradients, as greedy decoding takes it: by the columns of `seq2seq_core.kernels.gru`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from seq2seq_core.kernels.gru import advance_, each_step, init_preactivations, to_sigmoid_domain
from seq2seq_core.layers.cells import weights_of


@dataclass(frozen=True)
class TokenGates:
    """The columns of a GRU of one layer before a step, of a token each, and what multiplies g."""

    columns: Tensor
    """(B,4 H)"""
    turned: Tensor
    """(H,3 H)"""


def token_gates(cell: nn.GRU, embeddings: Tensor) -> Callable[[Tensor], TokenGates]:
    """Embeddings (V,E) -> tokens (B,1) -> their columns, of which there are but V."""
    weight, recurrent, bias, recurrent_bias = weights_of(cell, "l0")
    turned, shift = to_sigmoid_domain(recurrent, recurrent_bias)
    table = init_preactivations(functional.linear(embeddings, weight[:, : embeddings.size(1)], bias), shift)
    return lambda tokens: TokenGates(functional.embedding(tokens.squeeze(1), table), turned)


def step_gru(cell: nn.GRU, token: TokenGates, joined: list[Tensor], state: Tensor) -> Tensor:
    """One step without gradients: the token's columns, what else joins the input (B,1,C) each, the state (B,H) -> the
    new state (B,H)."""
    columns, size = token.columns, state.size(1)
    if joined:
        rest = torch.cat(joined, dim=-1).squeeze(1)
        weight, *_ = weights_of(cell, "l0")
        of_rest = rest @ weight[:, -rest.size(1) :].t()
        columns[:, size:] += of_rest
        columns[:, 3 * size :] += of_rest[:, 2 * size :]
    before = (state + 1) / 2
    columns[:, : 3 * size].addmm_(before, token.turned)
    ((_, *gates),) = each_step(columns, [len(state)])
    advance_(gates, before, out=before)
    return 2 * before - 1
