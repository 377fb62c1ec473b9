"""The energies of one step's queries with all keys, and their gradients, for a loop that does without autograd.

A product q . k, or with a vector v . tanh(q + k), the latter in tiles that stay in a processor's cache (see
`seq2seq_core.scores.summed`). Rows are sequences of the batch; those of a step are its first n.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from seq2seq_core.scores.summed import TILE


class Pairs:
    """keys (B,S,K), the score's vector (K,) or None for a product, mask (B,S).

    With a vector, queries are to be given doubled: tanh(q + k) = 2 sigmoid(2 q + 2 k) - 1.
    """

    def __init__(self, keys: Tensor, vector: Tensor | None, mask: Tensor) -> None:
        self.scale = 1 if vector is None else 2
        self._keys = keys * self.scale
        self._vector = None if vector is None else vector * 2
        self._shift = torch.zeros_like(mask, dtype=keys.dtype).masked_fill_(~mask, float("-inf"))
        self._of_keys = torch.zeros_like(keys)
        self._of_vector = None if vector is None else torch.zeros_like(vector)
        self._rows = min(len(keys), max(1, TILE[keys.device.type] // keys[0].numel()))
        self._room = keys.new_empty(self._rows, *keys.shape[1:])

    def energies(self, query: Tensor) -> Tensor:
        """query (n,K) -> (n,S), minus infinity at padding; less a constant, to which a softmax is blind."""
        shift = self._shift[: len(query)]
        if self._vector is None:
            return torch.baddbmm(shift.unsqueeze(2), self._keys[: len(query)], query.unsqueeze(2)).squeeze(2)
        energies = torch.empty_like(shift)
        for rows, sigmoids in self._tiles(query):
            torch.mv(sigmoids.flatten(0, 1), self._vector, out=energies[rows].view(-1))
        return energies.add_(shift)

    def backward(self, grad: Tensor, query: Tensor, out: Tensor) -> None:
        """The energies' gradient (n,S) -> the query's in `out` (n,K); those of keys and vector add up."""
        keys, of_keys = self._keys[: len(query)], self._of_keys[: len(query)]
        if self._vector is None:
            torch.bmm(grad.unsqueeze(1), keys, out=out.unsqueeze(1))
            of_keys.baddbmm_(grad.unsqueeze(2), query.unsqueeze(1))
            return
        assert self._of_vector is not None
        for rows, sigmoids in self._tiles(query):
            part = grad[rows]
            self._of_vector.addmv_(sigmoids.flatten(0, 1).t(), part.view(-1))
            slopes = sigmoids.addcmul_(sigmoids, sigmoids, value=-1)
            torch.bmm(part.unsqueeze(1), slopes, out=out[rows].unsqueeze(1))
            of_keys[rows].addcmul_(part.unsqueeze(2), slopes)
        out.mul_(self._vector)

    def gradients(self) -> tuple[Tensor, Tensor | None]:
        """Of keys (B,S,K) and vector (K,), once every step has gone backward."""
        if self._vector is None or self._of_vector is None:
            return self._of_keys, None
        # The energies' constant, - sum(vector), is left out: a softmax gives it no gradient.
        return self._of_keys.mul_(2 * self._vector), self._of_vector.mul_(2)

    def _tiles(self, query: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """The doubled query (n,K) -> rows with their sigmoids (m,S,K), until the next ones."""
        for first in range(0, len(query), self._rows):
            rows = slice(first, min(first + self._rows, len(query)))
            tile = self._room[: rows.stop - rows.start]
            yield rows, torch.add(query[rows].unsqueeze(1), self._keys[rows], out=tile).sigmoid_()
