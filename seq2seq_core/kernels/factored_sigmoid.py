"""sigmoid(2 q + 2 k) for every query and key: what tanh(q + k) = 2 sigmoid(2 q + 2 k) - 1 is made of on a CPU, where
torch's sigmoid takes a fraction of the time of its tanh.

There even the sigmoid can be spared, as the exponential of a sum is a product:

    sigmoid(-2 q - 2 k) = 1 / (1 + exp(2 q) exp(2 k))

One exponential a query and one a key, in place of one a pair; what is left of a pair is a product and a reciprocal.
Numbers so large that a factor would leave the range of floating point are added up before the exponential, as usual.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


class FactoredSigmoid:
    """sigmoid(2 s (q + k)) with s = `sign`, so that tanh(q + k) = s (2 sigmoid(2 s (q + k)) - 1).

    keys (...,K); `reach`: no query is further from 0.
    """

    def __init__(self, keys: Tensor, reach: float) -> None:
        # Looking at the numbers would make a GPU wait, and it has exponentials for nothing: memory is its limit.
        self._apart = keys.device.type == "cpu" and max(reach, float(keys.abs().max())) < _reach(keys.dtype)
        self.sign = -1 if self._apart else 1
        self.keys = self.of_doubled(2 * keys)
        """What `into` takes of the keys"""
        self._one = keys.new_ones(())

    def of_doubled(self, queries: Tensor) -> Tensor:
        """What `into` takes of queries (...,K), given doubled."""
        return queries.exp() if self._apart else queries

    def into(self, queries: Tensor, keys: Tensor, out: Tensor) -> Tensor:
        """Parts of `of_doubled` and of `keys` that are broadcast over each other -> their sigmoids, in `out`."""
        if self._apart:
            return torch.addcmul(self._one, queries, keys, out=out).reciprocal_()
        return torch.add(queries, keys, out=out).sigmoid_()


def _reach(dtype: torch.dtype) -> float:
    """How far from 0 an x may be for exp(2 x) and its inverse to be normal numbers; their products may be 0 or
    infinite, which gives the sigmoids 1 and 0 that are meant."""
    return -math.log(torch.finfo(dtype).tiny) / 2
