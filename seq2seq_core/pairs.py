"""The energies of one step's queries with all keys, and their gradients, for a loop that does without autograd.

A product q . k, or with a vector v . tanh(q + k), the latter in tiles that stay in a processor's cache (see
`seq2seq_core.scores.summed`). Rows are sequences of the batch; those of a step are its first n.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from seq2seq_core.scores.sigmoids import Sigmoids
from seq2seq_core.scores.summed import TILE


class Pairs:
    """keys (B,S,K), the score's vector (K,) or None for a product, mask (B,S); `reach`: no query is further from 0.

    With a vector, queries are to be given doubled (`scale`), and gradients by them come without the factor `slope`.
    """

    def __init__(self, keys: Tensor, vector: Tensor | None, mask: Tensor, reach: float) -> None:
        self._shift = torch.zeros_like(mask, dtype=keys.dtype).masked_fill_(~mask, float("-inf"))
        self.scale, self.slope, self.vector, self.sign = 1, None, None, 1
        self.keys = keys
        if vector is not None:
            self.scale, self.slope = 2, 2 * vector
            self._sigmoids = Sigmoids(keys, reach)
            self.keys, self.sign = self._sigmoids.keys, self._sigmoids.sign
            self.vector = 2 * self.sign * vector
        self._rows = min(len(keys), max(1, TILE[keys.device.type] // keys[0].numel()))
        self._room = keys.new_empty(self._rows, *keys.shape[1:])

    def ready(self, query: Tensor) -> Tensor:
        """What `energies` and `backward` take of queries (n,K), of one step or of all."""
        return query if self.vector is None else self._sigmoids.of_doubled(query)

    def energies(self, query: Tensor) -> Tensor:
        """The ready query (n,K) -> (n,S), minus infinity at padding; less a constant, to which a softmax is blind."""
        shift = self._shift[: len(query)]
        if self.vector is None:
            return torch.baddbmm(shift.unsqueeze(1), query.unsqueeze(1), self.keys[: len(query)].mT).squeeze(1)
        energies = torch.empty_like(shift)
        for rows, tile in self.tiles(query):
            torch.addmv(shift[rows].view(-1), tile.flatten(0, 1), self.vector, out=energies[rows].view(-1))
        return energies

    def tiles(self, query: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """The ready query (n,K) -> rows with their sigmoids (m,S,K), until the next ones."""
        for first in range(0, len(query), self._rows):
            rows = slice(first, min(first + self._rows, len(query)))
            tile = self._room[: rows.stop - rows.start]
            yield rows, self._sigmoids.into(query[rows].unsqueeze(1), self.keys[rows], out=tile)


class PairGradients:
    """Of pairs' keys and vector, once every step has gone `backward`."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs
        self._of_keys = torch.zeros_like(pairs.keys)
        self._of_vector = None if pairs.vector is None else torch.zeros_like(pairs.vector)

    def backward(self, grad: Tensor, query: Tensor, out: Tensor) -> None:
        """The energies' gradient (n,S), the ready query (n,K) -> the query's gradient in `out` (n,K)."""
        of_keys = self._of_keys[: len(query)]
        if self._of_vector is None:
            torch.bmm(grad.unsqueeze(1), self._pairs.keys[: len(query)], out=out.unsqueeze(1))
            of_keys.addcmul_(grad.unsqueeze(2), query.unsqueeze(1))
            return
        for rows, tile in self._pairs.tiles(query):
            part = grad[rows]
            self._of_vector.addmv_(tile.flatten(0, 1).t(), part.view(-1))
            slopes = tile.addcmul_(tile, tile, value=-1)
            torch.bmm(part.unsqueeze(1), slopes, out=out[rows].unsqueeze(1))
            of_keys[rows].addcmul_(part.unsqueeze(2), slopes)

    def total(self) -> tuple[Tensor, Tensor | None]:
        """Of keys (B,S,K) and vector (K,)."""
        pairs = self._pairs
        if pairs.slope is None or self._of_vector is None:
            return self._of_keys, None
        # The energies' constant, - sum(vector), is left out: a softmax gives it no gradient.
        return self._of_keys.mul_(2 * pairs.slope), self._of_vector.mul_(2 * pairs.sign)
