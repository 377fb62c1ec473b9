"""Checks that a device, or the compiler that a configuration needs, is available; the name of a GPU."""

from __future__ import annotations

import os
import shutil

import torch

from seq2seq_core.config import ConfigError, ModelConfig

DEVICES = ("cpu", "cuda")


def check_device(name: str) -> torch.device:
    """The device of that name. Raises ConfigError if the name is unknown or this machine has no such device."""
    if name not in DEVICES:
        raise ConfigError(f"device: {name!r} is refused; expected one of {', '.join(DEVICES)}")
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device: 'cuda' is refused: torch finds no CUDA device; use cpu")
    return torch.device(name)


def gpu_name(device: str) -> str:
    """The name of this machine's GPU, if the device is one; empty on the CPU."""
    return torch.cuda.get_device_name() if device == "cuda" else ""


def check_compiler(config: ModelConfig, device: str) -> None:
    """Raises ConfigError if a model is to be compiled on a CPU and there is no C++ compiler."""
    compiler = os.environ.get("CXX", "g++")
    if config.compile and device == "cpu" and shutil.which(compiler) is None:
        raise ConfigError(
            f"ModelConfig.compile: True is refused: there is no compiler {compiler!r}; install one (CXX names it) or "
            "use False"
        )
