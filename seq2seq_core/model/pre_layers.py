"""The encoder's layers before the recurrence."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from seq2seq_core.config import ConfigError, ModelConfig
from seq2seq_core.tokens import FIRST_LETTER

MOST_ONE_HOT = 10_000
"""Letters of the largest alphabet that is read one-hot: the memory of its vectors grows with the square."""


def check_vocabulary(config: ModelConfig, vocabulary: int) -> None:
    """ConfigError if the alphabet is too large for the encoder's embedding."""
    if config.embedding == "one_hot" and (letters := vocabulary - FIRST_LETTER) > MOST_ONE_HOT:
        raise ConfigError(
            f"ModelConfig.embedding: 'one_hot' is refused for {letters:,} letters; expected at most "
            f"{MOST_ONE_HOT:,}, or 'learnt'"
        )


class OneHot(nn.Module):
    """One channel for each letter; special tokens, padding among them, are zeros."""

    weight: Tensor

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        table = torch.eye(vocabulary)[:, FIRST_LETTER:]
        self.register_buffer("weight", table, persistent=False)  # a buffer moves to the model's device

    def forward(self, tokens: Tensor) -> Tensor:
        """tokens (B,S) -> (B,S,letters)."""
        return functional.embedding(tokens, self.weight)


def table_of(embedding: nn.Module) -> Tensor | None:
    """The table (V,E) whose rows the tokens are replaced by; None for a module that computes something else, such as
    one of a recipe."""
    if type(embedding).forward in (nn.Embedding.forward, OneHot.forward):
        table: Tensor = embedding.weight  # type: ignore[assignment]
        return table
    return None


class PreLayers(nn.Module):
    """Dense layers, position by position, then convolutions that keep the sequence's length; each with ReLU.

    Padding is zero before every convolution and at the end, so a row does not depend on the padding of its batch.
    """

    def __init__(self, config: ModelConfig, input_size: int) -> None:
        super().__init__()
        size, width = config.hidden_size, config.conv_width
        sizes = [input_size, *[size] * (config.dense_layers + config.conv_layers)]
        self.output_size = sizes[-1]
        self.dense = nn.ModuleList(nn.Linear(channels, size) for channels in sizes[: config.dense_layers])
        self.conv = nn.ModuleList(
            nn.Conv1d(channels, size, width, padding=width // 2) for channels in sizes[config.dense_layers : -1]
        )

    def __len__(self) -> int:
        return len(self.dense) + len(self.conv)

    def forward(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """inputs (B,S,E), mask (B,S), true where a position is real -> (B,S,H)."""
        for layer in self.dense:
            inputs = functional.relu(layer(inputs))
        inputs = inputs.masked_fill(~mask.unsqueeze(-1), 0.0)
        for conv in self.conv:
            outputs = functional.relu(conv(inputs.mT)).mT
            inputs = outputs.masked_fill(~mask.unsqueeze(-1), 0.0)
        return inputs
