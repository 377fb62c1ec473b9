"""The option `compile`: the formula of additive energies as one loop that `torch.compile` writes."""

from __future__ import annotations

import functools
import os
import shutil
import warnings

import torch
from torch import Tensor

from seq2seq_core.config import ConfigError, ModelConfig
from seq2seq_core.kernels.tiled_energies import Formula, plain_energies


@functools.cache
def compiled_energies() -> Formula:
    """What `plain_energies` gives, for any sizes; a process compiles at its first calls, which takes seconds."""
    compiled: list[Formula] = []

    def energies(query: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's compiler warns of what it does itself
            if not compiled:
                compiled.append(torch.compile(plain_energies, dynamic=True))
            return compiled[0](query, keys, vector)

    return energies


def check_compiler(config: ModelConfig, device: str) -> None:
    """ConfigError where a configuration is to be compiled on a CPU, and there is no compiler of C++."""
    compiler = os.environ.get("CXX", "g++")
    if config.compile and device == "cpu" and shutil.which(compiler) is None:
        raise ConfigError(
            f"ModelConfig.compile: True is refused: there is no compiler {compiler!r}; install one (CXX names it) or "
            "use False"
        )
