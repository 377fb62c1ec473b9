"""Arms that `torch.compile` works on have a name of their own, and need a compiler."""

from __future__ import annotations

import pytest
import torch

from seq2seq_core.config import ConfigError, ModelConfig
from seq2seq_core.config.device import check_compiler

ADDITIVE_COMPILED = "additive_compiled"


def skip_without_compiler(config: ModelConfig, device: torch.device) -> None:
    """Skips the test, with the reason, where the configuration is to be compiled and there is no compiler."""
    try:
        check_compiler(config, device.type)
    except ConfigError as error:
        pytest.skip(str(error))
