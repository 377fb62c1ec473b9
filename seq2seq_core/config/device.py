"""Which devices there are."""

from __future__ import annotations

import torch

from seq2seq_core.config import ConfigError

DEVICES = ("cpu", "cuda")


def check_device(name: str) -> torch.device:
    """The device of that name; ConfigError if there is no such name, or no such device in this machine."""
    if name not in DEVICES:
        raise ConfigError(f"device: {name!r} is refused; expected one of {', '.join(DEVICES)}")
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device: 'cuda' is refused: torch finds no CUDA device here; use cpu")
    return torch.device(name)
