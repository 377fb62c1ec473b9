"""The path of a decoder without a kernel for its score: in each step the layers of the cell, then those of the score.

The encoder has its kernel, and in greedy decoding the cell has its own, as with any other score.
"""

from __future__ import annotations

import torch

from benchmarks.peers.shared import CPU, peer_training_step, tokens_of
from benchmarks.timing.interleaved import Workload
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Batch
from seq2seq_core.layers import fast_path
from seq2seq_core.layers.losses import cross_entropy
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.tokens import SOS
from seq2seq_core.training import build_model


def stepwise_logits(model: Seq2Seq, batch: Batch) -> torch.Tensor:
    """The logits (B,T,V) of the target tokens, teacher-forced."""
    memory, state = model.encode(batch.source, batch.source_lengths)
    _, inputs, _ = tokens_of(batch)
    with fast_path.disabled():
        features, _, _ = model.decoder.unroll(model.decoder.embedding(inputs), model.decoder.start(state), memory)
    logits: torch.Tensor = model.decoder.output(features)
    return logits


def stepwise_training_step(config: ModelConfig, task: TaskConfig, batch: Batch) -> Workload:
    """A training step."""
    model = build_model(config, task, seed=0, device=CPU)
    return peer_training_step(model, lambda: cross_entropy(stepwise_logits(model, batch), batch.target))


@torch.inference_mode()
def stepwise_greedy(model: Seq2Seq, batch: Batch, steps: int) -> torch.Tensor:
    """The tokens (B,T) of greedy decoding for exactly `steps` steps, including the encoder."""
    memory, state = model.encode(batch.source, batch.source_lengths)
    decoder, carry = model.decoder, model.decoder.start(state)
    run = fast_path.token_step(decoder.cell, decoder.embedding.weight)
    token = torch.full_like(batch.source[:, :1], SOS)
    tokens = []
    with fast_path.disabled():
        for _ in range(steps):
            features, _, carry = decoder.advance(token, carry, memory, run)
            token = decoder.output(features).argmax(dim=-1)
            tokens.append(token)
    return torch.cat(tokens, dim=1)
