"""The recurrent cell of encoder and decoder: torch's modules behind one signature, their state always a tuple.

A state is (h,) for GRU and RNN and (h, c) for LSTM; each tensor is (layers x directions, B, H).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

State = tuple[Tensor, ...]

CELLS: dict[str, Callable[..., nn.RNNBase]] = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}


def weights_of(cell: nn.RNNBase, part: str) -> list[Tensor]:
    """Of one layer and direction, such as "l0" or "l1_reverse": what the input and the state are multiplied by, (gates
    x H, C) and (gates x H, H), and a bias (gates x H,) to each."""
    return [getattr(cell, f"{kind}_{part}") for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]


def run_cell(cell: nn.RNNBase, inputs: Any, state: State | None = None) -> tuple[Any, State]:
    """inputs (B,T,C), or the same packed; state or None (zeros) -> outputs (B,T,H x directions), last state."""
    if state is None or isinstance(cell, nn.LSTM):
        outputs, last = cell(inputs, state)
    else:
        outputs, last = cell(inputs, state[0])
    return outputs, last if isinstance(last, tuple) else (last,)
