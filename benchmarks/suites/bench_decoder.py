"""What it gains to decode a known target at once: the whole decoder, forward plus backward, of the same weights.

Where the cell runs before the attention, the states of a known target do not depend on what was looked at: `parallel`
advances over all positions in one call, `stepwise` by as many calls as there are positions. A candidate is named by its
score and its way. The gradient is that of a sum of the features. Targets are as long as their sources and one token
more, the end; a quarter of the source positions is padding.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.roofline import work
from benchmarks.session.compare import Compare
from benchmarks.session.profiles import profile_of
from benchmarks.session.rows import Case
from benchmarks.suites.padding import spread_lengths
from benchmarks.timing.interleaved import Work
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.model.decoder import Decoder
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.seeding import generator, initialise

BATCH = 32
PADDING_RATIO = 0.25
TASK = TaskConfig()
WAYS = ("stepwise", "parallel")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config)
    metafunc.parametrize("size", profile.hidden_sizes, ids="hidden-{}".format)
    metafunc.parametrize("length", profile.decoder_lengths, ids="source-{}".format)
    metafunc.parametrize("score", ["general", "additive"])
    metafunc.parametrize("way", WAYS)


def bench_decoder(compare: Compare, device: torch.device, size: int, length: int, score: str, way: str) -> None:
    config = ModelConfig(score=score, embedding_size=size, hidden_size=size)
    lengths = spread_lengths(length, PADDING_RATIO, BATCH)
    batch = Examples(TASK, 0, "benchmark", device).draw_lengths(lengths)
    tokens, positions = int(batch.target_lengths.sum()), int(lengths.sum())
    pairs = int((batch.target_lengths * lengths).sum())
    case = Case(
        suite="decoder",
        name=f"{device} hidden {size} source {length}",
        device=str(device),
        batch=BATCH,
        source_length=length,
        target_length=batch.target.size(1),
        padding_ratio=1 - positions / batch.source.numel(),
        hidden_size=size,
        cell=config.cell,
        tokens="target",
        token_count=tokens,
        needs=work.with_gradients(
            work.decoder(config, TASK.vocabulary, tokens=tokens, positions=positions, pairs=pairs)
        ),
    )
    names = {f"{score}_{each}": each for each in WAYS}
    compare(case, f"{score}_{way}", f"{score}_stepwise", lambda name: decode(config, names[name], batch, device))


def decode(config: ModelConfig, way: str, batch: Batch, device: torch.device) -> Work:
    """One forward and backward pass over the batch's targets, up to the features that logits are made of."""
    decoder = Decoder(config, TASK.vocabulary)
    initialise(decoder, seed=0)
    decoder.to(device)
    decode_target = decoder.unroll if way == "stepwise" else decoder.advance
    rows, positions = batch.source.shape
    numbers = generator(0, "benchmark", device)
    values = torch.randn(rows, positions, config.hidden_size, generator=numbers, device=device, requires_grad=True)
    hidden = torch.randn(1, rows, config.hidden_size, generator=numbers, device=device, requires_grad=True)
    mask = mask_from_lengths(batch.source_lengths, positions, device)
    inputs = [values, hidden, *(part for name, part in decoder.named_parameters() if not name.startswith("output."))]

    def work() -> None:
        memory = decoder.precompute_memory(values, mask)
        features, _, _ = decode_target(decoder.embedding(batch.target), decoder.start((hidden,)), memory)
        torch.autograd.grad(features.sum(), inputs)

    return work
