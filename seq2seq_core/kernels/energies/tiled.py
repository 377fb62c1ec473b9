"""Additive energies of many queries, v . tanh(q + k), without the tensor (B,T,S,K) that the formula spells out.

The tensor is computed in tiles that fit a processor's cache, and computed again in the backward pass, as
FlashAttention does for dot products (Dao et al. 2022). A tile holds x = sigmoid(2 s (q + k)) with the sign s of
`seq2seq_core.kernels.energies.factored_sigmoid`:

    tanh(q + k) = s (2 x - 1)        tanh'(q + k) = 4 x (1 - x)

    forward     e = s (x . 2 v - sum(v))                                  (b,t,S,K) . (K,) -> (b,t,S)
    backward    dL/dv = s (2 sum_{b,t,S} dL/de x - sum(dL/de))            (K,)
                dL/dq = 4 v * sum_S dL/de x (1 - x)                       (b,t,K)
                dL/dk = 4 v * sum_t dL/de x (1 - x)                       (b,S,K)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seq2seq_core.kernels.energies.factored_sigmoid import FactoredSigmoid

TILE = {"cpu": 1 << 20, "cuda": 1 << 24}
"""Elements of (B,T,S,K) that exist at once, by device. On a CPU that is 4 MB of float32; smaller tiles need more calls,
larger ones are no faster."""
MIN_ELEMENTS = {"cpu": 1 << 18, "cuda": 1 << 24}
"""Tiles save time only where (B,T,S,K) has more elements than this."""


class TiledAdditiveEnergies(torch.autograd.Function):
    """query (B,T,K), keys (B,S,K), vector (K,) -> energies (B,T,S). The backward pass keeps no tile."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
        ctx.save_for_backward(query, keys, vector)
        energies = query.new_empty(query.size(0), query.size(1), keys.size(1))
        sigmoids = _sigmoids(query, keys)
        for rows, steps, tile in _tiles(sigmoids, query):
            energies[rows, steps] = tile @ (2 * vector)  # (b,t,S,K) @ (K,) -> (b,t,S)
        return energies.sub_(vector.sum()).mul_(sigmoids.sign)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        query, keys, vector = ctx.saved_tensors
        query_grad, keys_grad, vector_grad = torch.empty_like(query), torch.zeros_like(keys), torch.zeros_like(vector)
        sigmoids = _sigmoids(query, keys)
        grad = grad.contiguous()  # the gradient of a sum is one number, expanded
        for rows, steps, tile in _tiles(sigmoids, query):
            energy_grad = grad[rows, steps]  # (b,t,S)
            vector_grad.addmv_(tile.flatten(0, 2).t(), energy_grad.flatten())
            derivatives = tile.addcmul_(tile, tile, value=-1)  # x (1 - x), (b,t,S,K)
            query_grad[rows, steps] = (energy_grad.unsqueeze(2) @ derivatives).squeeze(2)  # sum over S
            keys_grad[rows] += derivatives.mul_(energy_grad.unsqueeze(3)).sum(dim=1)  # sum over t
        scale = 4 * vector
        vector_grad.mul_(2).sub_(grad.sum()).mul_(sigmoids.sign)
        return query_grad.mul_(scale), keys_grad.mul_(scale), vector_grad


def _sigmoids(query: Tensor, keys: Tensor) -> FactoredSigmoid:
    """The sigmoids of query (B,T,K) and keys (B,S,K)."""
    # On a GPU no exponentials are factored, and reading the largest query would block.
    return FactoredSigmoid(keys, float(query.abs().max()) if query.device.type == "cpu" else math.inf)


def _tiles(sigmoids: FactoredSigmoid, query: Tensor) -> Iterator[tuple[slice, slice, Tensor]]:
    """query (B,T,K) -> slices of B and of T, and the tile of their sigmoids (b,t,S,K); the next one overwrites it."""
    keys, queries = sigmoids.keys, sigmoids.prepare_(2 * query)
    (batch, steps, size), positions = query.shape, keys.size(1)
    limit = TILE[query.device.type]
    tile_rows = min(batch, max(1, limit // (steps * positions * size)))
    tile_steps = steps if tile_rows > 1 else min(steps, max(1, limit // (positions * size)))
    buffer = query.new_empty(tile_rows * tile_steps * positions * size)
    for row in range(0, batch, tile_rows):
        rows = slice(row, min(row + tile_rows, batch))
        for step in range(0, steps, tile_steps):
            span = slice(step, min(step + tile_steps, steps))
            shape = (rows.stop - rows.start, span.stop - span.start, positions, size)
            tile = buffer[: shape[0] * shape[1] * positions * size].view(shape)
            yield rows, span, sigmoids.fill(queries[rows, span].unsqueeze(2), keys[rows].unsqueeze(1), out=tile)
