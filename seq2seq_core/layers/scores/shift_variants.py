"""`shift` with one of its parts taken away, for a study of what the parts do."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from seq2seq_core.layers.scores.moves import Shift


class ShiftUnsharpened(Shift, name="shift_unsharpened"):
    """`shift` with g = 1: e = log(w' + least), so that the weights are w' itself."""

    sizes = (3,)

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.query = nn.Linear(query_size, 3)

    @staticmethod
    def rows(parts: Sequence[Tensor], out: Sequence[Tensor] | None = None) -> Sequence[Tensor]:
        (move,) = parts
        if out is None:
            return torch.softmax(move, dim=-1), torch.ones_like(move[..., :1])
        return torch.softmax(move, dim=-1, out=out[0]), out[1]


class ShiftUniformStart(Shift, name="shift_uniform_start"):
    """`shift` with the same weight on all positions before the first step."""

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        del self.last

    def first_alignment(self, keys: Tensor, mask: Tensor) -> Tensor:
        return (mask.to(keys.dtype) / mask.sum(dim=1, keepdim=True)).unsqueeze(1)


class ShiftFixed(Shift, name="shift_fixed"):
    """`shift` with one distribution for all queries: r = softmax(c), c learnt."""

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.query = nn.Linear(query_size, 1)  # u and d
        self.move = nn.Parameter(torch.zeros(1, 3))  # c, random before a training, as a matrix is

    def query_projection(self) -> tuple[Tensor, Tensor]:
        sharpness = self.query.weight
        weight = torch.cat([sharpness.new_zeros(3, sharpness.size(1)), sharpness])
        return weight, torch.cat([self.move[0], self.query.bias])
