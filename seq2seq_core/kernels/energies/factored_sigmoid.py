"""sigmoid(2 q + 2 k) for every pair of a query q and a key k, from one exponential a query and one a key.

Additive energies need tanh(q + k) = 2 sigmoid(2 q + 2 k) - 1. On a CPU torch's sigmoid takes a sixth of the time of
its tanh. The exponential of a sum is a product, so the exponentials of pairs are not needed either:

    sigmoid(-2 q - 2 k) = 1 / (1 + exp(2 q) exp(2 k))

A pair then takes one multiply-add and one reciprocal. Where exp(2 q) or exp(2 k) would leave the range of floating
point, the sum is taken first and its sigmoid after it.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


class FactoredSigmoid:
    """sigmoid(2 s (q + k)) with the sign s = `sign`, so that tanh(q + k) = s (2 sigmoid(2 s (q + k)) - 1).

    s is -1 where the exponentials are factored, else 1. keys (...,K); no element of a query exceeds `query_bound` in
    absolute value.
    """

    def __init__(self, keys: Tensor, query_bound: float) -> None:
        # On a GPU, reading the largest key would block, and memory is the limit there, not exponentials.
        self._factored = keys.device.type == "cpu" and max(query_bound, float(keys.abs().max())) < _limit(keys.dtype)
        self.sign = -1 if self._factored else 1
        self.keys = self.prepare_(2 * keys)
        """The keys in the form that `fill` takes: exp(2 k), or 2 k"""
        self._one = keys.new_ones(())

    def prepare_(self, doubled: Tensor) -> Tensor:
        """2 q (...,K) -> the form of the queries that `fill` takes, in place: exp(2 q), or 2 q."""
        return doubled.exp_() if self._factored else doubled

    def fill(self, queries: Tensor, keys: Tensor, out: Tensor) -> Tensor:
        """Prepared queries and keys that broadcast to the shape of `out` -> their sigmoids, written into `out`."""
        if self._factored:
            return torch.addcmul(self._one, queries, keys, out=out).reciprocal_()
        return torch.add(queries, keys, out=out).sigmoid_()


def _limit(dtype: torch.dtype) -> float:
    """The largest |x| for which exp(2 x) and exp(-2 x) are normal numbers.

    A product of two of them may still be 0 or infinite; its sigmoid is then 1 or 0, which is the correct limit.
    """
    return -math.log(torch.finfo(dtype).tiny) / 2
