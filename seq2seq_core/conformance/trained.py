"""Small models with a part: they train, and decode step by step what they compute for a known target."""

from __future__ import annotations

from typing import Any

import torch

from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.conformance.requirements import require_equal, require_gradients
from seq2seq_core.examples import Examples
from seq2seq_core.layers import fast_path
from seq2seq_core.training import build_model

TASK = TaskConfig(letters=3, min_length=1, max_length=5)
CPU = torch.device("cpu")


def check_decoding(**settings: Any) -> None:
    """A model of these settings, in float64: every parameter has a finite gradient, the logits of a known target are
    those of greedy decoding, and both are the same without kernels and with more padding."""
    config = ModelConfig.from_dict({"hidden_size": 6, "embedding_size": 4, **settings})
    network = build_model(config, TASK, 0, CPU).double()
    batch = Examples(TASK, 0, "conformance", CPU).draw(6)
    limit = TASK.max_length + 2
    tokens = network.greedy(batch.source, batch.source_lengths, limit, until_end=False).tokens
    logits = network(batch.source, batch.source_lengths, tokens)
    require_equal("tokens of greedy decoding and the most likely ones of the same target", logits.argmax(-1), tokens, 0)
    padded = torch.nn.functional.pad(batch.source, (0, 3))
    require_equal("logits with more padding", network(padded, batch.source_lengths, tokens), logits)
    with fast_path.disabled():
        plain = network(batch.source, batch.source_lengths, tokens)
        steps = network.greedy(batch.source, batch.source_lengths, limit, until_end=False).tokens
    require_equal("logits with and without kernels", logits, plain)
    require_equal("tokens of greedy decoding with and without kernels", tokens, steps, 0)
    torch.autograd.backward(plain.square().sum())
    require_gradients("logits", dict(network.named_parameters()))
