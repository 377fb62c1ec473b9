"""v . tanh(q + k) for every query and key, without the tensor (B,T,S,K) that the formula spells out.

It is computed in tiles that stay in a processor's cache, and computed again in the backward pass, as FlashAttention
does for products (Dao et al. 2022). A tile holds sigmoids (see `seq2seq_core.kernels.factored_sigmoid`):

    tanh(x) = 2 sigmoid(2 x) - 1        tanh'(x) = 4 sigmoid(2 x) (1 - sigmoid(2 x))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seq2seq_core.kernels.factored_sigmoid import FactoredSigmoid

TILE = {"cpu": 1 << 20, "cuda": 1 << 24}
"""Elements of the tensor (B,T,S,K) that are there at once: on a CPU four megabytes of float32. Less would fit a nearer
cache, and take as many more calls; more takes no less time."""
AS_WRITTEN = {"cpu": 1 << 18, "cuda": 1 << 24}
"""So many elements or fewer take no longer as the formula is written."""


Formula = Callable[[Tensor, Tensor, Tensor], Tensor]
"""query (B,T,K), keys (B,S,K), vector (K,) -> energies (B,T,S)"""


def additive_energies(query: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
    """The `Formula`: in tiles, or as it is written where there is but one step, or little to hold."""
    if query.size(1) == 1 or query.numel() * keys.size(1) <= AS_WRITTEN[query.device.type]:
        return plain_energies(query, keys, vector)
    energies: Tensor = TiledAdditiveEnergies.apply(query, keys, vector)  # type: ignore[no-untyped-call]
    return energies


def plain_energies(query: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
    """The `Formula` as it is written; what `torch.compile` makes one loop of."""
    return torch.tanh(query.unsqueeze(2) + keys.unsqueeze(1)) @ vector


class TiledAdditiveEnergies(torch.autograd.Function):
    """The `Formula` in tiles, with a backward pass that keeps nothing of one."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
        ctx.save_for_backward(query, keys, vector)
        energies = query.new_empty(query.size(0), query.size(1), keys.size(1))
        sigmoids = FactoredSigmoid(keys, float(query.detach().abs().max()))
        for rows, steps, tile in _tiles(sigmoids, query):
            energies[rows, steps] = tile @ (2 * vector)
        return energies.sub_(vector.sum()).mul_(sigmoids.sign)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        query, keys, vector = ctx.saved_tensors
        of_query, of_keys, of_vector = torch.empty_like(query), torch.zeros_like(keys), torch.zeros_like(vector)
        sigmoids, grad = (
            FactoredSigmoid(keys, float(query.abs().max())),
            grad.contiguous(),
        )  # a sum's is one number, expanded
        for rows, steps, tile in _tiles(sigmoids, query):
            part = grad[rows, steps]  # (b,t,S)
            of_vector.addmv_(tile.flatten(0, 2).t(), part.flatten())
            slopes = tile.addcmul_(tile, tile, value=-1)
            of_query[rows, steps] = (part.unsqueeze(2) @ slopes).squeeze(2)
            of_keys[rows] += slopes.mul_(part.unsqueeze(3)).sum(dim=1)
        slope = 4 * vector
        return of_query.mul_(slope), of_keys.mul_(slope), of_vector.mul_(2).sub_(grad.sum()).mul_(sigmoids.sign)


def _tiles(sigmoids: FactoredSigmoid, query: Tensor) -> Iterator[tuple[slice, slice, Tensor]]:
    """query (B,T,K), keys (B,S,K) -> slices of B and T with the sigmoids of them (b,t,S,K), until the next one."""
    keys, queries = sigmoids.keys, sigmoids.of_doubled(2 * query)
    (batch, steps, size), positions = query.shape, keys.size(1)
    most = TILE[query.device.type]
    some_rows = min(batch, max(1, most // (steps * positions * size)))
    some_steps = steps if some_rows > 1 else min(steps, max(1, most // (positions * size)))
    room = query.new_empty(some_rows * some_steps * positions * size)
    for row in range(0, batch, some_rows):
        rows = slice(row, min(row + some_rows, batch))
        for step in range(0, steps, some_steps):
            span = slice(step, min(step + some_steps, steps))
            shape = (rows.stop - rows.start, span.stop - span.start, positions, size)
            tile = room[: shape[0] * shape[1] * positions * size].view(shape)
            yield rows, span, sigmoids.into(queries[rows, span].unsqueeze(2), keys[rows].unsqueeze(1), out=tile)
