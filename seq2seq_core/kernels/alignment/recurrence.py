"""The alignments of known queries with a score that uses the alignment of the step before, forward and backward.

In a decoder whose cell runs before the attention, the queries do not depend on the alignments, so all of them are known
and only the alignments are computed one after another. With the alignment w (n,S) of the step before, a step is

    e = energies of w and the step's terms                      (n,S), see `AlignmentKernel`
    w' = softmax(e)                                             (n,S), zero at padding

Backward, from dL/dw' of the context and of the next step:

    dL/de = w' * (dL/dw' - sum_S w' dL/dw')                     (n,S)
    dL/dw += what the score makes of dL/de                      (n,S)

Terms are projected from the queries outside the loop, and contexts are computed from all weights. Their gradients are
one operation each over all steps.

Shapes: N packed positions of the targets (see `PackedLayout`), n rows of a step, W positions of a window.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seq2seq_core.kernels.packed_layout import PackedLayout
from seq2seq_core.kernels.recurrence import by_step, first_rows, previous_states


class AlignmentKernel(ABC):
    """The energies of one score over the steps of a batch. A score is one subclass, in `moves`, `gated` or
    `location`.

    Its terms are rows for each step, (N,...) each, and others for all steps. Of these, those for each row of the batch,
    (B,...), and mask (B,S) come in the order of the layout.
    """

    def __init__(self, mask: Tensor, dtype: torch.dtype, others: Sequence[Tensor]) -> None:
        self.mask_bias = torch.zeros_like(mask, dtype=dtype).masked_fill_(~mask, float("-inf"))  # (B,S)

    def bias(self, count: int) -> Tensor:
        """The first `count` rows of `mask_bias`. If these are all rows it makes no slice, which takes as long as an
        operation of a step."""
        return self.mask_bias if count == self.mask_bias.size(0) else self.mask_bias[:count]

    def views(self, alignments: Tensor) -> tuple[Tensor, ...]:
        """Alignments or their gradients (...,S) -> themselves, and further views of them that a step takes."""
        return (alignments,)

    @abstractmethod
    def step_rows(self, rows: Sequence[Tensor], kept: Tensor) -> tuple[Tensor, ...]:
        """The rows, a buffer (N,S) that lasts until the backward pass -> what `energies` takes, views (N,...) each."""

    @abstractmethod
    def energies(self, step: Sequence[Tensor], previous: Sequence[Tensor], out: Tensor) -> Tensor:
        """`step_rows` of a step, `views` of the alignment before it -> energies (n,S), minus infinity at padding, in
        `out` or in a new tensor. `out` may be the alignment before it."""

    @abstractmethod
    def backward_rows(self, rows: Sequence[Tensor], kept: Tensor, previous: Tensor) -> tuple[Tensor, ...]:
        """Before the backward loop: the rows, the buffer after all steps, the alignments before each (N,S) -> what
        `backward_` takes, (N,...) each."""

    @abstractmethod
    def backward_(self, step: Sequence[Tensor], energy_grad: Tensor, target: Sequence[Tensor]) -> None:
        """`backward_rows` of a step and dL/de (n,S): adds to `target`, the `views` of dL/dw."""

    @abstractmethod
    def gradients(
        self, rows: Sequence[Tensor], kept: Tensor, previous: Tensor, energy_grad: Tensor
    ) -> tuple[Tensor | None, ...]:
        """After the backward loop, with dL/de of all steps (N,S): the gradients of the rows, then of the others."""


def run_alignment_recurrence(
    kernel: type[AlignmentKernel],
    rows: Sequence[Tensor],
    memory: Sequence[Tensor],
    parameters: Sequence[Tensor],
    first: Tensor,
    mask: Tensor,
    layout: PackedLayout,
) -> Tensor:
    """The terms of the score for each step, (N,...) each in the order of the layout, for each row of the batch,
    (B,...) each, and for all; the alignment before the first step (B,1,S), mask (B,S) -> weights (B,T,S), zero past the
    lengths of the targets."""
    order = layout.order
    others = [*(each[order] for each in memory), *parameters]
    weights: Tensor = AlignmentRecurrence.apply(  # type: ignore[no-untyped-call]
        kernel, layout.sizes, mask[order], first.squeeze(1)[order], len(rows), *rows, *others
    )
    return layout.unpack(weights.unsqueeze(0))


class AlignmentRecurrence(torch.autograd.Function):
    """A kernel, the number of rows of each step, mask (B,S) and the first alignment (B,S), longest target first, the
    number of terms for each step, these (N,...) and the others -> weights (N,S) in the order of the layout."""

    @staticmethod
    def forward(
        ctx: Any,
        kind: type[AlignmentKernel],
        sizes: list[int],
        mask: Tensor,
        first: Tensor,
        count: int,
        *terms: Tensor,
    ) -> Tensor:
        rows, batch = terms[:count], len(first)
        kernel = kind(mask, first.dtype, terms[count:])
        weights = first.new_empty(batch + len(rows[0]), first.size(1))  # (B + N,S), the first alignment and the others
        weights[:batch] = first
        kept = torch.empty_like(weights[batch:])
        alignments = by_step(kernel.views(weights), [batch, *sizes], 0)
        steps = zip(
            sizes, alignments[:-1], alignments[1:], by_step(kernel.step_rows(rows, kept), sizes, 0), strict=True
        )
        for size, previous, (out, *_), step in steps:
            torch.softmax(kernel.energies(step, first_rows(previous, size, 0), out), dim=1, out=out)
        ctx.kernel, ctx.sizes = kernel, sizes
        ctx.save_for_backward(weights, kept, *rows)
        return weights[batch:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        every, kept, *rows = ctx.saved_tensors
        kernel: AlignmentKernel = ctx.kernel
        sizes, batch = ctx.sizes, ctx.sizes[0]
        weights = every[batch:]
        previous = previous_states(every[:batch], weights, sizes)
        energy_grad = torch.empty_like(weights)
        grads = torch.cat(
            [torch.zeros_like(every[:batch]), grad]
        )  # (B + N,S); each step adds to those of the one before
        per_step = by_step([weights, energy_grad, *kernel.backward_rows(rows, kept, previous)], sizes, 0)
        targets = by_step(kernel.views(grads), [batch, *sizes], 0)
        steps = zip(sizes, targets[:-1], targets[1:], per_step, strict=True)
        for size, target, (after, *_), (weight, out, *step) in reversed([*steps]):
            torch._softmax_backward_data(after, weight, 1, weight.dtype, grad_input=out)
            kernel.backward_(step, out, first_rows(target, size, 0))
        return None, None, None, grads[:batch], None, *kernel.gradients(rows, kept, previous, energy_grad)


def alignment_step(
    kernel: type[AlignmentKernel], rows: Sequence[Tensor], others: Sequence[Tensor], alignment: Tensor, mask: Tensor
) -> Callable[[], object]:
    """One step without gradients, for greedy decoding: a function that replaces `alignment` (B,S) by the next one.

    rows: the terms of a step, (B,...) each, which the caller replaces in place before each call. others: the terms of
    all steps. All views are made here, once.
    """
    energies = kernel(mask, alignment.dtype, others)
    step = energies.step_rows(rows, torch.empty_like(alignment))
    previous = energies.views(alignment)
    return lambda: torch.softmax(energies.energies(step, previous, alignment), dim=1, out=alignment)
