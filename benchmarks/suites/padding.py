"""The lengths of a batch of which a given part is padding."""

from __future__ import annotations

import torch
from torch import Tensor

from results.tables.column import plural


def spread_lengths(longest: int, padding_ratio: float, batch: int) -> Tensor:
    """Lengths (batch,) on the CPU, rising to `longest`, of which `padding_ratio` of the padded batch is padding.

    Below a half they rise evenly, from 1 - 2 p of the longest. From a half on they follow a power, from 1: many short
    ones and a few long, of which the mean is again 1 - p of the longest. The total is exact, rounded to whole tokens;
    so that it can be, the lengths between the shortest and the longest give way by up to a few per cent.

    Raises ValueError where even rows of one token would hold less padding.
    """
    total = round(longest * batch * (1 - padding_ratio))
    beyond = total - batch - (longest - 1)  # tokens to share out: each row has one, and the last is the longest
    if beyond < 0:
        raise ValueError(
            f"padding ratio {padding_ratio} is refused for {plural(batch, 'row')} of up to {plural(longest, 'token')}"
        )
    if padding_ratio < 0.5:
        rise = torch.linspace(1 - 2 * padding_ratio, 1, batch, dtype=torch.float64)
    else:
        rise = torch.linspace(0, 1, batch, dtype=torch.float64) ** (padding_ratio / (1 - padding_ratio))
    shares = rise[:-1] / rise[:-1].sum()
    ends = torch.floor((1 + beyond * shares).cumsum(0) + 0.5)  # rounding the running total keeps it exact
    return torch.cat([ends.diff(prepend=ends.new_zeros(1)), ends.new_tensor([longest])]).long()
