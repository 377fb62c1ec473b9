"""The losses, by name: the negative log-likelihood of the true tokens, in nats."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional

from seq2seq_core.tokens import PAD

Loss = Callable[[Tensor, Tensor], Tensor]
"""logits (B,T,V), target (B,T) -> the loss of a batch; EOS counts, padding does not."""


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """logits (B,T,V), target (B,T) -> the mean over the tokens of all targets."""
    return functional.cross_entropy(logits.mT, target, ignore_index=PAD)


def sequence_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """logits (B,T,V), target (B,T) -> the sum over the tokens of a target, its mean over targets. A batch of long
    targets weighs more than one of short ones."""
    return functional.cross_entropy(logits.mT, target, ignore_index=PAD, reduction="sum") / len(target)


LOSSES: dict[str, Loss] = {"cross_entropy": cross_entropy, "sequence_cross_entropy": sequence_cross_entropy}
