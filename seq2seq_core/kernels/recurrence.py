"""A recurrence on the CPU, forward and backward, over packed sequences or teacher-forced targets.

torch has no fused GRU or RNN for the CPU, and a fused LSTM only in float32 without packing; elsewhere its autograd
computes two weight gradients at every step. Here everything that does not depend on the state is computed outside the
loop over steps: the projection of the inputs (once a token of the vocabulary where the inputs are embeddings), the
derivatives of the gates, and all weight gradients (one product each). A `CellKernel` states the cell.

Shapes: N packed positions (see `PackedLayout`), n rows of a step, D directions, which take each step together, G gates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from seq2seq_core.kernels.cells.base import CellKernel
from seq2seq_core.kernels.packed_layout import PackedLayout
from seq2seq_core.kernels.products import product_adder, transposed_product


def run_recurrence(
    kernel: CellKernel,
    weights: Sequence[Sequence[Sequence[Tensor]]],
    inputs: Tensor,
    table: Tensor | None,
    layout: PackedLayout,
    start: Sequence[Tensor] | None,
    dropout: float = 0.0,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """A cell of one or more layers, in D directions.

    weights: W, U and the two biases of each layer and direction. inputs (B,T,C), or with a table (V,C) tokens (B,T) to
    look up in it. start (layers x D,B,H) each, or None for zeros. dropout: the probability that acts between layers.

    Returns the outputs of the last layer (D,N,H) in the layout's order (see `PackedLayout.unpack`), and the state
    (layers x D,B,H) each where each sequence ends.
    """
    ends: list[tuple[Tensor, ...]] = []
    for layer, directions in enumerate(weights):
        weight, recurrent, bias, recurrent_bias = map(torch.stack, zip(*directions, strict=True))
        count, size = len(directions), recurrent.size(2)
        projected, indices = project(inputs, table, layout, weight, bias)
        if start is None:
            first = [projected.new_zeros(count, layout.lengths.numel(), size)] * kernel.state_tensors
        else:
            first = [rows[layer * count :][:count].index_select(1, layout.order) for rows in start]
        states = Recurrence.apply(  # type: ignore[no-untyped-call]
            kernel, projected, indices, recurrent, recurrent_bias, layout.sizes, *first
        )
        ends.append(tuple(rows.index_select(1, layout.ends) for rows in states))
        if layer + 1 < len(weights):
            inputs, table = functional.dropout(layout.unpack(states[0]), dropout), None
    return states[0], tuple(torch.cat(rows) for rows in zip(*ends, strict=True))


class Recurrence(torch.autograd.Function):
    """The cell, projected (D,M,G H) and indices (D,N) or None (see `project`), U (D,G H,H), its bias (D,G H), the
    number of rows of each step, the first state (D,B,H) each, longest row first -> the states (D,N,H) each."""

    @staticmethod
    def forward(
        ctx: Any,
        kernel: CellKernel,
        projected: Tensor,
        indices: Tensor | None,
        weight: Tensor,
        bias: Tensor,
        sizes: list[int],
        *start: Tensor,
    ) -> tuple[Tensor, ...]:
        state_weight, state_bias = kernel.state_product(weight, bias)
        preactivations = gather_rows(kernel.init_preactivations(projected, state_bias), indices)  # (D,N,blocks x H)
        states = [preactivations.new_empty(*preactivations.shape[:2], weight.size(2)) for _ in start]  # (D,N,H)
        state: Sequence[Tensor] = kernel.enter(start)  # (D,n,H)
        steps = zip(sizes, by_step(states, sizes, 1), kernel.step_views(preactivations, sizes), strict=True)
        add_product_ = product_adder(state_weight, sizes[0], len(sizes))
        for size, out, (from_state, *views) in steps:
            state = first_rows(state, size, 1)
            # (D,n,H) @ (D,H,G H) -> (D,n,G H), added to the first blocks
            add_product_(from_state, state[0], state_weight)
            kernel.update_(views, state, out)
            state = out
        kernel.leave_(states)
        ctx.kernel, ctx.sizes, ctx.rows = kernel, sizes, projected.size(1)
        ctx.save_for_backward(preactivations, indices, weight, *start, *states)
        return tuple(states)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        preactivations, indices, weight, *kept = ctx.saved_tensors
        kernel: CellKernel = ctx.kernel
        sizes, start, states = ctx.sizes, kept[: len(grads)], kept[len(grads) :]
        from_gates = kernel.gates * weight.size(2)
        previous = [previous_states(*pair, sizes) for pair in zip(start, states, strict=True)]  # (D,N,H)
        # Step by step from the end: dL/da of the blocks from dL/dh' (and dL/dc'), then dL/dh = dL/da U + the rest, with
        # the rows of U in the order of the first G blocks.
        grads = tuple(grad.clone(memory_format=torch.contiguous_format) for grad in grads)  # later steps are added
        block_grad, rows = kernel.backward_rows(preactivations, states, previous, grads)
        from_state_grad, block_weight = block_grad[..., :from_gates], kernel.to_block_order(weight, 1)
        steps, start_grads = by_step([from_state_grad, *rows], sizes, 1), [torch.zeros_like(first) for first in start]
        targets = [start_grads, *by_step(grads, sizes, 1)[:-1]]  # where dL/dh (and dL/dc) of each step is added
        add_product_ = product_adder(block_weight, sizes[0], len(sizes))
        for (from_state, *step), target, size in zip(steps[::-1], targets[::-1], sizes[::-1], strict=True):
            views = first_rows(target, size, 1)
            kernel.backward_(step, views)
            add_product_(views[0], from_state, block_weight)  # (D,n,G H) @ (D,G H,H)
        # dL/dU = sum over positions of dL/da h^T, that of its bias = sum of dL/da
        weight_grad = kernel.from_block_order(transposed_product(from_state_grad, previous[0]), 1)  # (D,G H,H)
        bias_grad = kernel.from_block_order(from_state_grad.sum(dim=1), 1)
        projected_grad = scatter_add_rows(block_grad, indices, ctx.rows)[..., -from_gates:]  # the input's blocks
        return None, projected_grad, None, weight_grad, bias_grad, None, *start_grads


def project(
    inputs: Tensor, table: Tensor | None, layout: PackedLayout, weight: Tensor, bias: Tensor
) -> tuple[Tensor, Tensor | None]:
    """W x + b with W (D,G H,C), b (D,G H) -> rows (D,M,G H), and the row that each packed position reads (D,N).

    For inputs (B,T,C) the rows are those of the positions, M = N, and the index is None. For tokens (B,T) and a table
    (V,C) each row of the table is projected once, M = V, and the index counts over all D x V rows.
    """
    directions, bias = len(weight), bias.unsqueeze(1)
    if table is None:
        return torch.baddbmm(bias, layout.pack(inputs, directions), weight.mT), None
    projected = torch.baddbmm(bias, table.expand(directions, -1, -1), weight.mT)
    return projected, layout.pack(inputs, directions) + torch.arange(directions).unsqueeze(1) * len(table)


def gather_rows(rows: Tensor, indices: Tensor | None) -> Tensor:
    """rows (D,M,C) and the indices (D,N) of `project` -> the row of each packed position (D,N,C)."""
    return rows if indices is None else functional.embedding(indices, rows.flatten(0, 1))


def scatter_add_rows(grad: Tensor, indices: Tensor | None, count: int) -> Tensor:
    """The backward pass of `gather_rows`: the gradient (D,N,C) -> that of the rows (D,M,C), with M = count."""
    if indices is None:
        return grad
    blank = grad.new_zeros(len(grad) * count, grad.size(2))
    return blank.index_add_(0, indices.flatten(), grad.flatten(0, 1)).view(len(grad), count, -1)


def by_step(tensors: Sequence[Tensor], sizes: list[int], dim: int) -> list[tuple[Tensor, ...]]:
    """Tensors with N rows in dimension `dim` -> for each step a view of its rows of each."""
    return [*zip(*(tensor.split_with_sizes(sizes, dim) for tensor in tensors), strict=True)]


def first_rows(tensors: Sequence[Tensor], size: int, dim: int) -> Sequence[Tensor]:
    """Tensors with `size` rows or more in dimension `dim` -> views of the first ones."""
    return tensors if tensors[0].size(dim) == size else [tensor.narrow(dim, 0, size) for tensor in tensors]


def previous_states(start: Tensor, states: Tensor, sizes: list[int]) -> Tensor:
    """The first state (...,B,H) and the states after each step (...,N,H) -> the state before each step (...,N,H)."""
    shorter = zip(torch.split(states, sizes, dim=-2), sizes[1:], strict=False)
    return torch.cat([start, *(rows[..., :size, :] for rows, size in shorter)], dim=-2)
