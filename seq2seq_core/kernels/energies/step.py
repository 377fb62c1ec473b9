"""The energies of one step's queries with all keys, and their gradients, for a loop that does not use autograd.

Either a dot product or the additive form. The additive form is computed in tiles of sigmoids
(`seq2seq_core.kernels.energies.tiled`):

    e = q . k                                                   forward, dot product
    dL/dq = sum_S dL/de k        dL/dk = dL/de q                backward

    e = v . tanh(q + k) + constant = 2 s v . x                  forward, x = sigmoid(2 s (q + k)), a tile
    dL/dv = 2 s sum_{B,S} dL/de x                               backward
    dL/dq = 4 v * sum_S dL/de x (1 - x)        dL/dk = 4 v * dL/de x (1 - x)

The constant -s sum(v) is left out: softmax ignores it, and gives it no gradient. A step has the first n of the B rows
(sorted, see `PackedLayout`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_core.kernels.energies.factored_sigmoid import FactoredSigmoid
from seq2seq_core.kernels.energies.tiled import TILE

TWO = torch.tensor(2.0)
"""The factor of additive queries, as a tensor: it takes half the time of a number in a product with few elements"""


class StepEnergies:
    """keys (B,S,K), v (K,) or None for a dot product, mask (B,S); no element of a query exceeds `query_bound` in
    absolute value.

    For the additive form queries are given doubled (`query_scale`), and `StepEnergyGradients` leaves the factor
    `gradient_scale` of dL/dq to its caller, who multiplies all steps at once.
    """

    def __init__(self, keys: Tensor, vector: Tensor | None, mask: Tensor, query_bound: float) -> None:
        self._mask_bias = torch.zeros_like(mask, dtype=keys.dtype).masked_fill_(~mask, float("-inf"))
        self.query_scale, self.gradient_scale, self.vector, self.sign = 1, None, None, 1
        self.keys = keys
        if vector is not None:
            self.query_scale, self.gradient_scale = 2, 2 * vector
            self._sigmoids = FactoredSigmoid(keys, query_bound)
            self.keys, self.sign = self._sigmoids.keys, self._sigmoids.sign
            self.vector = 2 * self.sign * vector
        self._tile_rows = min(len(keys), max(1, TILE[keys.device.type] // keys[0].numel()))
        self._buffer = keys.new_empty(self._tile_rows, *keys.shape[1:])
        self._tiles: dict[int, list[Tile]] = {}

    def prepare_(self, query: Tensor) -> Tensor:
        """Queries (n,1,K) times `query_scale` -> the form that `energies` and `backward` take, in place."""
        return query if self.vector is None else self._sigmoids.prepare_(query)

    def energies(self, query: Tensor) -> Tensor:
        """Prepared queries (n,1,K) -> energies (n,S), minus infinity at padding."""
        if self.vector is None:
            mask_bias, keys = self._mask_bias[: query.size(0)], self.keys[: query.size(0)]
            return torch.baddbmm(mask_bias.unsqueeze(1), query, keys.mT).squeeze(1)
        energies = query.new_empty(query.size(0), self._mask_bias.size(1))
        for tile in self.tiles(query):
            torch.addmv(tile.mask_bias, tile.flat, self.vector, out=energies[tile.rows].view(-1))
        return energies

    def tiles(self, query: Tensor) -> Iterator[Tile]:
        """Prepared queries (n,1,K) -> tiles that cover the n rows, each filled with its sigmoids until the next one."""
        count = query.size(0)
        if count not in self._tiles:
            self._tiles[count] = [*self._cut(count)]
        for tile in self._tiles[count]:
            self.fill(query, tile)
            yield tile

    def fill(self, query: Tensor, tile: Tile) -> None:
        """Prepared queries (n,1,K) -> the sigmoids of a tile."""
        self._sigmoids.fill(query[tile.rows], tile.keys, out=tile.sigmoids)

    def _cut(self, count: int) -> Iterator[Tile]:
        for first in range(0, count, self._tile_rows):
            rows = slice(first, min(first + self._tile_rows, count))
            sigmoids = self._buffer[: rows.stop - first]
            yield Tile(rows, self.keys[rows], self._mask_bias[rows].view(-1), sigmoids, sigmoids.flatten(0, 1))


@dataclass(frozen=True)
class Tile:
    """The views of m rows whose sigmoids fit one buffer. They are made once for a number of rows, outside the loop."""

    rows: slice
    keys: Tensor
    """(m,S,K), prepared"""
    mask_bias: Tensor
    """(m x S,), 0 or minus infinity"""
    sigmoids: Tensor
    """(m,S,K)"""
    flat: Tensor
    """The sigmoids as (m x S,K)"""


class StepEnergyGradients:
    """The gradients of keys and v, summed over the calls of `backward`, one for each step."""

    def __init__(self, energies: StepEnergies) -> None:
        self._energies = energies
        self._keys_grad = torch.zeros_like(energies.keys)
        self._vector_grad = None if energies.vector is None else torch.zeros_like(energies.vector)

    def backward(self, grad: Tensor, query: Tensor, out: Tensor) -> None:
        """dL/de (n,S), prepared queries (n,1,K) -> dL/dq (n,1,K) in `out`, without the factor `gradient_scale`."""
        if self._vector_grad is None:
            torch.bmm(grad.unsqueeze(1), self._energies.keys[: query.size(0)], out=out)
            self._keys_grad[: query.size(0)].addcmul_(grad.unsqueeze(2), query)
            return
        for tile in self._energies.tiles(query):
            tile_grad = grad[tile.rows]  # (m,S)
            self._vector_grad.addmv_(tile.flat.t(), tile_grad.view(-1))
            derivatives = tile.sigmoids.addcmul_(tile.sigmoids, tile.sigmoids, value=-1)  # x (1 - x), (m,S,K)
            self.query_grad(tile, tile_grad, derivatives, out)
            self._keys_grad[tile.rows].addcmul_(tile_grad.unsqueeze(2), derivatives)

    def query_grad(self, tile: Tile, grad: Tensor, derivatives: Tensor, out: Tensor) -> None:
        """dL/de (m,S) and x (1 - x) (m,S,K) of a tile -> its rows of dL/dq in `out`."""
        torch.bmm(grad.unsqueeze(1), derivatives, out=out[tile.rows])

    def total(self) -> tuple[Tensor, Tensor | None]:
        """dL/dk (B,S,K), and dL/dv (K,) or None for a dot product."""
        energies = self._energies
        if energies.gradient_scale is None or self._vector_grad is None:
            return self._keys_grad, None
        return self._keys_grad.mul_(2 * energies.gradient_scale), self._vector_grad.mul_(2 * energies.sign)
