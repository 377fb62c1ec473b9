"""Decoding a given target: all steps in parallel against step by step. Forward and backward pass, with equal weights.

If the cell runs before the attention, the states for a given target do not depend on the contexts. `parallel` computes
all of them in one call, `stepwise` in one call per token. A candidate is named by its score and its mode. The gradient
is that of the sum of the features. Targets have one token more than their sources, the end of the sequence; a quarter
of the source positions is padding.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.roofline import work
from benchmarks.session.compare import Compare
from benchmarks.suites.own_pairs import suite_profile
from benchmarks.suites.shared import PADDING_RATIO, batch_case, padded_batch
from benchmarks.timing.interleaved import Workload
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Batch
from seq2seq_core.model.decoder import Decoder
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.seeding import generator, initialise

BATCH = 32
MODES = ("stepwise", "parallel")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = suite_profile(metafunc.config)
    metafunc.parametrize("size", profile.hidden_sizes, ids="hidden-{}".format)
    metafunc.parametrize("length", profile.decoder_lengths, ids="source-{}".format)
    metafunc.parametrize("score", ["general", "additive"])
    metafunc.parametrize("mode", MODES)


def bench_decoder(
    compare: Compare, device: torch.device, task: TaskConfig, size: int, length: int, score: str, mode: str
) -> None:
    config = ModelConfig(score=score, embedding_size=size, hidden_size=size)
    batch = padded_batch(task, length, PADDING_RATIO, BATCH, device)
    counts = work.counts(batch)
    case = batch_case(
        "decoder",
        f"{device} hidden {size} source {length}",
        config,
        batch,
        directions=None,
        target_length=batch.target.size(1),
        tokens="target",
        token_count=counts["tokens"],
        least_work=work.with_gradients(work.decoder(config, task.vocabulary, **counts)),
    )
    modes = {f"{score}_{each}": each for each in MODES}
    compare(
        case, f"{score}_{mode}", f"{score}_stepwise", lambda name: decoder_workload(config, task, modes[name], batch)
    )


def decoder_workload(config: ModelConfig, task: TaskConfig, mode: str, batch: Batch) -> Workload:
    """A forward and backward pass over the targets of the batch, up to the features (B,T,F) before the logits."""
    device = batch.source.device
    decoder = Decoder(config, task.vocabulary)
    initialise(decoder, seed=0)
    decoder.to(device)
    decode_target = decoder.unroll if mode == "stepwise" else decoder.advance
    rows, positions = batch.source.shape
    stream = generator(0, "benchmark", device)
    values = torch.randn(rows, positions, config.hidden_size, generator=stream, device=device, requires_grad=True)
    hidden = torch.randn(1, rows, config.hidden_size, generator=stream, device=device, requires_grad=True)
    mask = mask_from_lengths(batch.source_lengths, positions, device)
    inputs = [
        values,
        hidden,
        *(weight for name, weight in decoder.named_parameters() if not name.startswith("output.")),
    ]

    def run() -> None:
        memory = decoder.precompute_memory(values, mask)
        features, _, _ = decode_target(decoder.embedding(batch.target), decoder.start((hidden,)), memory)
        torch.autograd.grad(features.sum(), inputs)

    return run
