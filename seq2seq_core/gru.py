"""A GRU on the CPU, in a loop of our own: torch's has no fused kernel there, and its autograd multiplies two matrices
for the weights at every step.

    r = sigmoid(x W_r + h U_r)        n = tanh(x W_n + r * (h U_n))
    z = sigmoid(x W_z + h U_z)        the new h = (1 - z) * n + z * h

in the variant of torch and cuDNN (biases left out here). What does not depend on the state is computed outside of the
loop: inputs are projected once a token of the vocabulary where they are embeddings, all weight gradients are one
product each, and of the backward pass only the chain from state to state is left inside.

On a CPU torch's sigmoid takes a fraction of the time of its tanh, and tanh(x) = 2 sigmoid(2 x) - 1. So inside of the loop
h and n are raised, to g = (h + 1) / 2 and m = (n + 1) / 2:

    m = sigmoid(2 x W_n + r * (2 h U_n))                the new g = (1 - z) * m + z * g

where h = 2 g - 1 and the doubled columns are put into the weights beforehand: `raised`, `double_new_`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from seq2seq_core.cells import weights_of
from seq2seq_core.embedded import Embedded
from seq2seq_core.schedule import Schedule, interleaved


def run_gru(cell: nn.GRU, inputs: Embedded | Tensor, schedule: Schedule, start: Tensor | None) -> tuple[Tensor, Tensor]:
    """inputs (B,T,C), start (layers x directions,B,H) or None (zeros) -> outputs (B,T,H x directions), zero at padding,
    and the state (layers x directions,B,H) where each sequence ends. What `packed` gives, and its gradients."""
    ends: list[Tensor] = []
    tails = ["", "_reverse"] if cell.bidirectional else [""]
    for layer in range(cell.num_layers):
        if layer:
            assert isinstance(inputs, Tensor)
            inputs = functional.dropout(inputs, cell.dropout, cell.training)
        parts = zip(*(weights_of(cell, f"l{layer}{tail}") for tail in tails), strict=True)
        weight, recurrent, bias, recurrent_bias = map(torch.stack, parts)
        gates = project(inputs, schedule, weight, bias)
        if start is None:
            first = gates.new_zeros(len(tails), schedule.lengths.numel(), cell.hidden_size)
        else:
            first = start[layer * len(tails) :][: len(tails)].index_select(1, schedule.order)
        states = GRULoop.apply(gates, recurrent, recurrent_bias, first, schedule.sizes)  # type: ignore[no-untyped-call]
        ends.append(states.index_select(1, schedule.ends))
        inputs = schedule.padded(states)
    assert isinstance(inputs, Tensor)
    return inputs, torch.cat(ends)


@dataclass(frozen=True)
class TokenGates:
    """What a token each gives to the gates of a GRU of one layer, and its weights as its steps take them."""

    gates: Tensor
    """(B,3 H), with n doubled"""
    raised: tuple[Tensor, Tensor]


def token_gates(cell: nn.GRU, embeddings: Tensor) -> Callable[[Tensor], TokenGates]:
    """Embeddings (V,E) -> tokens (B,1) -> their gates, of which there are but V."""
    weight, recurrent, bias, recurrent_bias = weights_of(cell, "l0")
    table = double_new_(functional.linear(embeddings, weight[:, : embeddings.size(1)], bias))
    weights = raised(recurrent, recurrent_bias)
    return lambda tokens: TokenGates(functional.embedding(tokens.squeeze(1), table), weights)


def step_gru(cell: nn.GRU, token: TokenGates, joined: list[Tensor], state: Tensor) -> Tensor:
    """One step without gradients: the token's gates, what else joins the input (B,1,C) each, the state (B,H) -> the new
    state (B,H)."""
    gates, (turned, bias) = token.gates, token.raised
    if joined:
        rest = torch.cat(joined, dim=-1).squeeze(1)
        weight, *_ = weights_of(cell, "l0")
        gates += double_new_(rest @ weight[:, -rest.size(1) :].t())
    before = (state + 1) / 2
    (parts,), (kept,) = (split_gates(tensor, [len(state)]) for tensor in (gates, torch.addmm(bias, before, turned)))
    advance_(parts, kept, before, out=before)
    return 2 * before - 1


def project(inputs: Embedded | Tensor, schedule: Schedule, weight: Tensor, bias: Tensor) -> Tensor:
    """What the inputs (B,T,C) give to the gates, (D,N,3 H), by weight (D,3 H,C) and bias (D,3 H)."""
    directions = len(weight)
    if isinstance(inputs, Embedded):
        table = functional.linear(inputs.table, weight.flatten(0, 1), bias.flatten())
        tokens = schedule.taken(inputs.tokens, directions)
        return functional.embedding(interleaved(tokens), table.view(-1, weight.size(1)))
    return torch.baddbmm(bias.unsqueeze(1), schedule.taken(inputs, directions), weight.mT)


def split_gates(gates: Tensor, sizes: list[int]) -> Iterator[tuple[Tensor, ...]]:
    """gates (...,N,3 H) -> step by step what of them is of r and z together (...,n,2 H), of r, of z and of n, (...,n,H)
    each.

    All views of all steps are made in four calls: in a loop of operations that take a microsecond, slices would tell.
    """
    size = gates.size(-1) // 3
    parts = (gates[..., : 2 * size], *gates.chunk(3, dim=-1))
    return zip(*(torch.split(part, sizes, dim=-2) for part in parts), strict=True)


def double_new_(gates: Tensor) -> Tensor:
    """What is of n in (...,3 H), doubled in place."""
    gates.chunk(3, dim=-1)[2].mul_(2)
    return gates


def raised(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """What multiplies the state, (...,3 H + K,H), for the gates and perhaps more, and a bias (...,3 H + K) -> (...,H,
    3 H + K) and (...,3 H + K) that come to the same of g, but for n doubled: W h + b = 2 W g + b - W 1."""
    size = weight.size(-1)
    doubled, shift = 2 * weight, bias - weight.sum(dim=-1)
    doubled[..., 2 * size : 3 * size, :].mul_(2)
    shift[..., 2 * size : 3 * size].mul_(2)
    return doubled.mT, shift


def advance_(gates: tuple[Tensor, ...], of_state: tuple[Tensor, ...], state: Tensor, out: Tensor) -> None:
    """One step, after `split_gates` of what the input gives, which becomes r, z and m, and of what the state gives: g
    (n,H) -> the new g in `out` (n,H)."""
    both, reset, update, new = gates
    both.add_(of_state[0]).sigmoid_()
    new.addcmul_(reset, of_state[3]).sigmoid_()
    torch.lerp(new, state, update, out=out)


class GRULoop(torch.autograd.Function):
    """What the inputs give to the gates (D,N,3 H), U (D,3 H,H), its bias (D,3 H), the first state (D,B,H) longest row
    first, the rows of each step -> the states (D,N,H). Both directions take a step together."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor, start: Tensor, sizes: list[int]) -> Tensor:
        gates = double_new_(inputs.clone())
        turned, shift = raised(weight, bias)
        of_states = shift.unsqueeze(1).repeat(1, inputs.size(1), 1)
        states, state = inputs.new_empty(*inputs.shape[:2], weight.size(2)), (start + 1) / 2
        wholes = torch.split(of_states, sizes, dim=1), torch.split(states, sizes, dim=1)
        parts = (split_gates(tensor, sizes) for tensor in (of_states, gates))
        for size, whole, out, of_state, gate in zip(sizes, *wholes, *parts, strict=True):
            state = state[:, :size]
            whole.baddbmm_(state, turned)
            advance_(gate, of_state, state, out)
            state = out
        states.mul_(2).sub_(1)
        ctx.sizes = sizes
        ctx.save_for_backward(gates, of_states, weight, start, states)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        gates, of_states, weight, start, states = ctx.saved_tensors
        sizes, size = ctx.sizes, states.size(2)
        before = states_before(start, states, sizes)
        factors, by_new = slopes(gates, of_states[..., 2 * size :], before)
        grad = grad.clone(memory_format=torch.contiguous_format)  # of a state, and of all that follows it
        first, flat = torch.zeros_like(start), factors.flatten(2)
        every = (grad, grad.unsqueeze(2), factors, flat, gates[..., size : 2 * size])
        steps = [*zip(*(torch.split(rows, sizes, dim=1) for rows in every), strict=True)]
        earlier = [first, *torch.split(grad, sizes, dim=1)[:-1]]
        for step, into, rows in zip(steps[::-1], earlier[::-1], sizes[::-1], strict=True):
            of_state, spread, slope, row, update = step
            slope.mul_(spread)
            into[:, :rows].addcmul_(of_state, update).baddbmm_(row, weight)
        of_inputs = torch.cat([flat[..., : 2 * size], grad * by_new], dim=-1)
        return of_inputs, flat.mT @ before, flat.sum(dim=1), first, None


def states_before(start: Tensor, states: Tensor, sizes: list[int]) -> Tensor:
    """The first state (...,B,H), those of all steps (...,N,H) -> those of the step before each (...,N,H)."""
    shorter = zip(torch.split(states, sizes, dim=-2), sizes[1:], strict=False)
    return torch.cat([start, *(rows[..., :size, :] for rows, size in shorter)], dim=-2)


def slopes(gates: Tensor, of_new: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
    """The derivatives of a state, element by element: (...,N,3,H) by what the state before gives to r, z and n, and
    (...,N,H) by what the input gives to n.

    r, z and m (...,N,3 H), what the state gives to n, doubled (...,N,H), the states before (...,N,H).
    """
    reset, update, new = gates.chunk(3, dim=-1)
    keep = 1 - update
    by_new = torch.addcmul(new, new, new, value=-1).mul_(keep).mul_(4)  # 1 - n^2 = 4 (m - m^2)
    out = gates.new_empty(*before.shape[:-1], 3, before.size(-1))
    of_reset, of_update, by_state = out.unbind(dim=-2)
    torch.mul(by_new, reset, out=by_state)
    torch.sub(before, new, alpha=2, out=of_update).add_(1).mul_(update).mul_(keep)
    torch.mul(by_state, of_new, out=of_reset).mul_(1 - reset).div_(2)
    return out, by_new
