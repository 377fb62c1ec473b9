"""Matrix products in float32 by oneDNN where they are large, and by torch's own product elsewhere.

torch calls MKL for a product of matrices in float32. On a processor that is not Intel's, MKL uses half of the width of
the vector units. oneDNN, which torch contains for convolutions, uses all of it: 250 GFLOP/s on one core of an AMD EPYC
against 110. A call takes about 8 us more, so small products stay with MKL.

`_linear_pointwise` is the operator that torch.compile uses for a linear layer. It multiplies by the transpose of its
second argument, which has to be contiguous or the transpose of a contiguous matrix: for other strides oneDNN has only a
reference implementation, a thousand times slower.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

MIN_WORK = 1 << 22
"""Multiply-adds from which on oneDNN takes less time than MKL"""
MIN_WORK_ONCE = 1 << 24
"""The same where another order of a matrix, or a node of autograd, costs time as well"""
MIN_STEPS = 48
"""Steps of a loop from which on its weights are brought into the order of oneDNN before it. The products have the same
bits, and take less time; about 35 steps save the time that the new order takes."""


def takes_onednn(tensor: Tensor, work: int, *, once: bool = False) -> bool:
    """Whether a product of this tensor with `work` multiply-adds is left to oneDNN."""
    least = MIN_WORK_ONCE if once else MIN_WORK
    return work >= least and tensor.dtype == torch.float32 and tensor.device.type == "cpu" and onednn_available()


def product(left: Tensor, right: Tensor) -> Tensor:
    """left (N,K) @ right (K,M), without gradients."""
    return _onednn(left, right) if takes_onednn(left, left.numel() * right.size(1)) else left @ right


def transposed_product(left: Tensor, right: Tensor) -> Tensor:
    """left^T (...,M,N) @ right (...,N,K), the form of a gradient of weights, without gradients; "..." is the directions
    D or nothing."""
    if not takes_onednn(left, left.size(-2) * left.size(-1) * right.size(-1), once=True):
        return left.mT @ right
    if left.ndim == 3:
        return torch.stack([transposed_product(*pair) for pair in zip(left, right, strict=True)])
    return _onednn(right.t(), left).t()


AddProduct = Callable[[Tensor, Tensor, Tensor], object]
"""target (...,n,M), rows (...,n,K), weight (...,K,M): target += rows @ weight"""


def product_adder(weight: Tensor, rows: int, steps: int = 0) -> AddProduct:
    """For a loop over steps of at most `rows` rows: the faster way to add their products with a weight (...,K,M).
    steps: their number, where it is known."""
    if not takes_onednn(weight, rows * weight.size(-2) * weight.size(-1)):
        return Tensor.baddbmm_ if weight.ndim == 3 else Tensor.addmm_
    if steps < MIN_STEPS:
        return _add_onednn_
    ordered = [_order(each, rows) for each in (weight.unbind() if weight.ndim == 3 else [weight])]
    return lambda target, rows, _: _add_ordered_(target, rows, ordered)


def _add_onednn_(target: Tensor, rows: Tensor, weight: Tensor) -> None:
    if target.ndim == 2:
        target.add_(_onednn(rows, weight))
        return
    for each in zip(target.unbind(), rows.unbind(), weight.unbind(), strict=True):
        _add_onednn_(*each)


def _order(weight: Tensor, rows: int) -> Tensor:
    """weight (K,M) -> its transpose in the order that oneDNN takes for `rows` rows, which only oneDNN can read."""
    ordered: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight.t().contiguous(), rows)
    return ordered


def _add_ordered_(target: Tensor, rows: Tensor, weights: Sequence[Tensor]) -> None:
    """target (...,n,M), rows (...,n,K), the weights of `_order` for each direction: target += rows @ weight"""
    if target.ndim == 2:
        target.add_(_linear(rows, weights[0], None))
        return
    for each_target, each_rows, weight in zip(target.unbind(), rows.unbind(), weights, strict=True):
        each_target.add_(_linear(each_rows, weight, None))


class Linear(torch.autograd.Function):
    """x (N,K), W (M,K), b (M,) or None -> x W^T + b (N,M)."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(inputs, weight)
        return _onednn(inputs, weight.t(), bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        inputs, weight = ctx.saved_tensors
        grad = grad.contiguous()
        needs_inputs, _, needs_bias = ctx.needs_input_grad
        return (
            product(grad, weight) if needs_inputs else None,
            transposed_product(grad, inputs),
            grad.sum(dim=0) if needs_bias else None,
        )


def _onednn(left: Tensor, right: Tensor, bias: Tensor | None = None) -> Tensor:
    """left (N,K) @ right (K,M) + bias (M,)"""
    if not (right.is_contiguous() or right.t().is_contiguous()):
        right = right.contiguous()
    return _linear(left, right.t(), bias)


def _linear(left: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """left (N,K), weight (M,K) as the operator takes it, bias (M,) or None -> left @ weight^T + bias (N,M)"""
    outcome: Tensor = torch.ops.mkldnn._linear_pointwise(left, weight, bias, "none", [], "")
    return outcome


@cache
def onednn_available() -> bool:
    """Whether this torch has oneDNN."""
    return bool(torch.backends.mkldnn.is_available()) and hasattr(torch.ops.mkldnn, "_linear_pointwise")  # type: ignore[no-untyped-call]
