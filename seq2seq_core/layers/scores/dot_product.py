"""Scores that are a dot product of query and key."""

from __future__ import annotations

import math

from torch import Tensor

from seq2seq_core.layers.linear import Linear
from seq2seq_core.layers.scores.base import DotProductScore


class Dot(DotProductScore, name="dot"):
    """e = q . h (Luong et al. 2015, equation 8, "dot")."""

    same_size = True

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)

    def project_keys(self, values: Tensor) -> Tensor:
        return values


class ScaledDot(DotProductScore, name="scaled_dot"):
    """e = q . h / sqrt(H) (Vaswani et al. 2017, equation 1)."""

    same_size = True

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)

    def project_keys(self, values: Tensor) -> Tensor:
        return values / math.sqrt(values.size(-1))


class General(DotProductScore, name="general"):
    """e = q . W h (Luong et al. 2015, equation 8, "general")."""

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.key = Linear(value_size, query_size, bias=False)

    def project_keys(self, values: Tensor) -> Tensor:
        keys: Tensor = self.key(values)
        return keys
