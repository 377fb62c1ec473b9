"""What differs between devices: whether it is there, and how much memory it took."""

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


def reset_peak(device: torch.device) -> None:
    """Starts the measurement that `peak_bytes` reads."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak_bytes(device: torch.device) -> int | None:
    """The most bytes that tensors held since `reset_peak`; None on a CPU, where torch keeps no such count."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
