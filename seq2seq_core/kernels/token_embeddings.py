"""Tokens and the table that embeds them: what is linear in an embedding is computed once a token of the vocabulary."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class TokenEmbeddings:
    """Embeddings that are not looked up yet."""

    tokens: Tensor
    """(B,T), or any other shape"""
    table: Tensor
    """(V,E)"""

    @property
    def shape(self) -> torch.Size:
        """Of what `dense` gives."""
        return torch.Size([*self.tokens.shape, self.table.size(1)])

    @property
    def device(self) -> torch.device:
        return self.table.device

    def dense(self) -> Tensor:
        """(B,T,E)"""
        return functional.embedding(self.tokens, self.table)


def dense(inputs: TokenEmbeddings | Tensor) -> Tensor:
    """The inputs (B,T,C) as a tensor."""
    return inputs.dense() if isinstance(inputs, TokenEmbeddings) else inputs
