"""Two directions made one: what an encoder that reads both ways hands on."""

from __future__ import annotations

from torch import Tensor

from seq2seq_core.config import ModelConfig


def merged(values: Tensor, config: ModelConfig) -> Tensor:
    """values (B,S,H x directions) -> (B,S,2 H) side by side, or (B,S,H) summed, as configured."""
    if config.merge == "concat":
        return values
    return values[..., : config.hidden_size] + values[..., config.hidden_size :]
