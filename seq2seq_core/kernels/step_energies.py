"""The energies of one step's queries with all keys, and their gradients, for a loop that does without autograd.

A product q . k, or with a vector v . tanh(q + k), the latter in tiles that stay in a processor's cache (see
`seq2seq_core.kernels.tiled_energies`). Rows are sequences of the batch; those of a step are its first n.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_core.kernels.factored_sigmoid import FactoredSigmoid
from seq2seq_core.kernels.tiled_energies import TILE


class StepEnergies:
    """keys (B,S,K), the score's vector (K,) or None for a product, mask (B,S); `reach`: no query is further from 0.

    With a vector, queries are to be given doubled (`scale`), and gradients by them come without the factor `slope`.
    """

    def __init__(self, keys: Tensor, vector: Tensor | None, mask: Tensor, reach: float) -> None:
        self._shift = torch.zeros_like(mask, dtype=keys.dtype).masked_fill_(~mask, float("-inf"))
        self.scale, self.slope, self.vector, self.sign = 1, None, None, 1
        self.keys = keys
        if vector is not None:
            self.scale, self.slope = 2, 2 * vector
            self._sigmoids = FactoredSigmoid(keys, reach)
            self.keys, self.sign = self._sigmoids.keys, self._sigmoids.sign
            self.vector = 2 * self.sign * vector
        self._rows = min(len(keys), max(1, TILE[keys.device.type] // keys[0].numel()))
        self._room = keys.new_empty(self._rows, *keys.shape[1:])
        self._parts: dict[int, list[Tile]] = {}

    def ready(self, query: Tensor) -> Tensor:
        """What `energies` and `backward` take of queries (n,K), of one step or of all."""
        return query if self.vector is None else self._sigmoids.of_doubled(query)

    def energies(self, query: Tensor) -> Tensor:
        """The ready query (n,K) -> (n,S), minus infinity at padding; less a constant, to which a softmax is blind."""
        if self.vector is None:
            shift, keys = self._shift[: len(query)], self.keys[: len(query)]
            return torch.baddbmm(shift.unsqueeze(1), query.unsqueeze(1), keys.mT).squeeze(1)
        energies = query.new_empty(len(query), self._shift.size(1))
        for part in self.tiles(query):
            torch.addmv(part.shift, part.flat, self.vector, out=energies[part.rows].view(-1))
        return energies

    def tiles(self, query: Tensor) -> Iterator[Tile]:
        """The ready query (n,K) -> parts of the rows, the tile of each filled with their sigmoids until the next."""
        if len(query) not in self._parts:
            self._parts[len(query)] = [*self._cut(len(query))]
        for part in self._parts[len(query)]:
            self._sigmoids.into(query[part.rows].unsqueeze(1), part.keys, out=part.tile)
            yield part

    def _cut(self, rows: int) -> Iterator[Tile]:
        for first in range(0, rows, self._rows):
            part = slice(first, min(first + self._rows, rows))
            tile = self._room[: part.stop - first]
            yield Tile(part, self.keys[part], self._shift[part].view(-1), tile, tile.flatten(0, 1))


@dataclass(frozen=True)
class Tile:
    """Rows whose pairs fit into one tile. Views are made once a number of rows: loops would tell their time."""

    rows: slice
    keys: Tensor
    """(m,S,K)"""
    shift: Tensor
    """(m x S,)"""
    tile: Tensor
    """(m,S,K)"""
    flat: Tensor
    """The tile as (m x S,K)"""


class StepEnergyGradients:
    """Of pairs' keys and vector, once every step has gone `backward`."""

    def __init__(self, pairs: StepEnergies) -> None:
        self._pairs = pairs
        self._of_keys = torch.zeros_like(pairs.keys)
        self._of_vector = None if pairs.vector is None else torch.zeros_like(pairs.vector)

    def backward(self, grad: Tensor, query: Tensor, out: Tensor) -> None:
        """The energies' gradient (n,S), the ready query (n,K) -> the query's gradient in `out` (n,K)."""
        if self._of_vector is None:
            torch.bmm(grad.unsqueeze(1), self._pairs.keys[: len(query)], out=out.unsqueeze(1))
            self._of_keys[: len(query)].addcmul_(grad.unsqueeze(2), query.unsqueeze(1))
            return
        for part in self._pairs.tiles(query):
            given = grad[part.rows]
            self._of_vector.addmv_(part.flat.t(), given.view(-1))
            slopes = part.tile.addcmul_(part.tile, part.tile, value=-1)
            torch.bmm(given.unsqueeze(1), slopes, out=out[part.rows].unsqueeze(1))
            self._of_keys[part.rows].addcmul_(given.unsqueeze(2), slopes)

    def total(self) -> tuple[Tensor, Tensor | None]:
        """Of keys (B,S,K) and vector (K,)."""
        pairs = self._pairs
        if pairs.slope is None or self._of_vector is None:
            return self._of_keys, None
        # The energies' constant, - sum(vector), is left out: a softmax gives it no gradient.
        return self._of_keys.mul_(2 * pairs.slope), self._of_vector.mul_(2 * pairs.sign)
