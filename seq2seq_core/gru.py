"""A GRU on the CPU, in a loop of our own: torch's has no fused kernel there, and its autograd multiplies two matrices
for the weights at every step.

    r = sigmoid(x W_r + h U_r)        n = tanh(x W_n + r * (h U_n))
    z = sigmoid(x W_z + h U_z)        the new h = (1 - z) * n + z * h

in the variant of torch and cuDNN (biases left out here). What does not depend on the state is computed outside of the
loop: inputs are projected once a token of the vocabulary where they are embeddings, all weight gradients are one
product each, and of the backward pass only the chain from state to state is left inside.
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
from seq2seq_core.schedule import Schedule


def run_gru(cell: nn.GRU, inputs: Embedded | Tensor, schedule: Schedule, start: Tensor | None) -> tuple[Tensor, Tensor]:
    """inputs (B,T,C), start (layers x directions,B,H) or None (zeros) -> outputs (B,T,H x directions), zero at padding,
    and the state (layers x directions,B,H) where each sequence ends. What `packed` gives, and its gradients."""
    ends: list[Tensor] = []
    tails = ["", "_reverse"] if cell.bidirectional else [""]
    for layer in range(cell.num_layers):
        if layer:
            assert isinstance(inputs, Tensor)
            inputs = functional.dropout(inputs, cell.dropout, cell.training)
        outputs = []
        for tail in tails:
            places = schedule.mirrored if tail else schedule.places
            weight, recurrent, bias, recurrent_bias = weights_of(cell, f"l{layer}{tail}")
            gates = project(inputs, schedule, places, weight, bias)
            first = gates.new_zeros(schedule.lengths.numel(), cell.hidden_size) if start is None else start[len(ends)]
            states = GRULoop.apply(  # type: ignore[no-untyped-call]
                gates, recurrent, recurrent_bias, first.index_select(0, schedule.order), schedule.sizes
            )
            ends.append(states.index_select(0, schedule.ends))
            outputs.append(schedule.padded(states, places))
        inputs = torch.cat(outputs, dim=-1) if len(outputs) > 1 else outputs[0]
    assert isinstance(inputs, Tensor)
    return inputs, torch.stack(ends)


@dataclass(frozen=True)
class TokenGates:
    """What a token each gives to the gates of a GRU of one layer: all that `step_gru` wants to know of it."""

    gates: Tensor
    """(B,3 H)"""


def token_gates(cell: nn.GRU, embeddings: Tensor) -> Callable[[Tensor], TokenGates]:
    """Embeddings (V,E) -> tokens (B,1) -> their gates, of which there are but V."""
    weight, _, bias, _ = weights_of(cell, "l0")
    table = functional.linear(embeddings, weight[:, : embeddings.size(1)], bias)
    return lambda tokens: TokenGates(functional.embedding(tokens.squeeze(1), table))


def step_gru(cell: nn.GRU, token: TokenGates, joined: list[Tensor], state: Tensor) -> Tensor:
    """One step without gradients: the token's gates, what else joins the input (B,1,C) each, the state (B,H) -> the new
    state (B,H)."""
    weight, recurrent, _, bias = weights_of(cell, "l0")
    of_input = token.gates
    if joined:
        rest = torch.cat(joined, dim=-1).squeeze(1)
        of_input = torch.addmm(of_input, rest, weight[:, -rest.size(1) :].t())
    of_state = torch.addmm(bias, state, recurrent.t())
    gates, out = torch.empty_like(of_state), torch.empty_like(state)
    (given,), (kept,), (new,) = (split_gates(tensor, [len(state)]) for tensor in (of_input, of_state, gates))
    advance_(given, kept, new, state, out)
    return out


def project(inputs: Embedded | Tensor, schedule: Schedule, places: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """What the inputs (B,T,C) give to the gates, (N,3 H)."""
    if isinstance(inputs, Embedded):
        return functional.embedding(
            schedule.taken(inputs.tokens, places), functional.linear(inputs.table, weight, bias)
        )
    return functional.linear(schedule.taken(inputs, places), weight, bias)


def split_gates(gates: Tensor, sizes: list[int]) -> Iterator[tuple[Tensor, ...]]:
    """gates (N,3 H) -> step by step what of them is of r and z together (n,2 H), of r, of z and of n, (n,H) each.

    All views of all steps are made in four calls: in a loop of operations that take a microsecond, slices would tell.
    """
    size = gates.size(1) // 3
    parts = (gates[:, : 2 * size], *gates.chunk(3, dim=1))
    return zip(*(torch.split(part, sizes) for part in parts), strict=True)


def advance_(
    of_input: tuple[Tensor, ...], of_state: tuple[Tensor, ...], gates: tuple[Tensor, ...], state: Tensor, out: Tensor
) -> None:
    """One step, after `split_gates` of what the input gives, of what the state gives, and of where r, z and n go: the
    state (n,H) -> the new state in `out` (n,H)."""
    both, reset, update, new = gates
    torch.add(of_input[0], of_state[0], out=both).sigmoid_()
    # tanh(x) = 2 sigmoid(2 x) - 1: on a CPU torch's sigmoid takes a fraction of the time of its tanh.
    torch.addcmul(of_input[3], reset, of_state[3], out=new).mul_(2).sigmoid_().mul_(2).sub_(1)
    torch.lerp(new, state, update, out=out)


class GRULoop(torch.autograd.Function):
    """What the inputs give to the gates (N,3 H), U (3 H,H), its bias (3 H,), the first state (B,H) longest row first,
    the rows of each step -> the states (N,H)."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor, start: Tensor, sizes: list[int]) -> Tensor:
        states = inputs.new_empty(inputs.size(0), weight.size(1))
        gates, of_states = torch.empty_like(inputs), torch.empty_like(inputs)
        turned, state = weight.t(), start
        wholes = torch.split(of_states, sizes), torch.split(states, sizes)
        parts = (split_gates(tensor, sizes) for tensor in (inputs, of_states, gates))
        for whole, out, of_input, of_state, gate in zip(*wholes, *parts, strict=True):
            state = state[: len(out)]
            torch.addmm(bias, state, turned, out=whole)
            advance_(of_input, of_state, gate, state, out)
            state = out
        ctx.sizes = sizes
        ctx.save_for_backward(gates, of_states, weight, start, states)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        gates, of_states, weight, start, states = ctx.saved_tensors
        sizes, size = ctx.sizes, states.size(1)
        before = torch.cat([start, *(rows[:n] for rows, n in zip(torch.split(states, sizes), sizes[1:], strict=False))])
        factors, of_new = slopes(gates, of_states[:, 2 * size :], before)
        grad = grad.clone(memory_format=torch.contiguous_format)  # of a state, and of all that follows it
        first, slope = torch.zeros_like(start), torch.empty_like(factors)
        flat = slope.flatten(1)
        every = (grad, grad.unsqueeze(1), factors, slope, flat, gates[:, size : 2 * size])
        steps = [*zip(*(torch.split(rows, sizes) for rows in every), strict=True)]
        earlier = [first, *torch.split(grad, sizes)[:-1]]
        for step, into in zip(steps[::-1], earlier[::-1], strict=True):
            of_state, spread, factor, out, row, update = step
            torch.mul(spread, factor, out=out)
            into[: len(out)].addcmul_(of_state, update).addmm_(row, weight)
        of_inputs = torch.cat([flat[:, : 2 * size], grad * of_new], dim=1)
        return of_inputs, flat.t() @ before, flat.sum(dim=0), first, None


def slopes(gates: Tensor, new_of_state: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
    """The derivatives of a state, element by element: (N,3,H) by what the state before gives to r, z and n, and (N,H)
    by what the input gives to n.

    r, z and n (N,3 H), what the state gives to n (N,H), the states before (N,H).
    """
    reset, update, new = gates.chunk(3, dim=1)
    keep = 1 - update
    of_new = keep * torch.addcmul(keep.new_ones(()), new, new, value=-1)
    out = gates.new_empty(len(gates), 3, gates.size(1) // 3)
    torch.mul(of_new, reset, out=out[:, 2])
    torch.mul(before - new, update, out=out[:, 1]).mul_(keep)
    torch.mul(out[:, 2], new_of_state, out=out[:, 0]).mul_(1 - reset)
    return out, of_new
