"""The losses, by name: the mean negative log-likelihood of the true tokens, in nats per token."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional

from seq2seq_core.tokens import PAD

Loss = Callable[[Tensor, Tensor], Tensor]
"""logits (B,T,V), target (B,T) -> the mean over target tokens; EOS counts, padding does not."""


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """logits (B,T,V), target (B,T) -> the cross-entropy, with log and softmax in one call."""
    return functional.cross_entropy(logits.mT, target, ignore_index=PAD)


def nll(logits: Tensor, target: Tensor) -> Tensor:
    """logits (B,T,V), target (B,T) -> the negative log-likelihood of log-probabilities: equal up to rounding."""
    return functional.nll_loss(logits.log_softmax(dim=-1).mT, target, ignore_index=PAD)


LOSSES: dict[str, Loss] = {"cross_entropy": cross_entropy, "nll": nll}
