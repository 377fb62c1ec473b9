"""What several suites use: batches with a given fraction of padding, their cases, and the check for a compiler."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmarks.roofline.work import Work
from benchmarks.session.rows import Case
from benchmarks.suites.own_pairs import own_batch
from results.text import plural
from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig
from seq2seq_core.config.device import check_compiler
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.pair_examples import PairExamples

PADDING_RATIO = 0.25
"""The fraction of source positions that is padding, in the suites that do not vary it."""
ADDITIVE_COMPILED = "additive_compiled"
"""The candidate whose additive score is compiled by `torch.compile`."""


def examples(task: TaskConfig, device: torch.device) -> Examples:
    """The examples that a suite draws from; the same ones in every session. Of the user's own pairs, the test set."""
    return (
        PairExamples(task, 0, "test", device) if task.definition.from_files else Examples(task, 0, "benchmark", device)
    )


def padded_batch(task: TaskConfig, longest: int, padding_ratio: float, batch: int, device: torch.device) -> Batch:
    """A batch whose source lengths are `spread_lengths`; of the user's own pairs, one with their lengths."""
    if task.definition.from_files:
        return own_batch(task, batch, device)
    return examples(task, device).draw_lengths(spread_lengths(longest, padding_ratio, batch))


def batch_case(
    suite: str,
    name: str,
    config: ModelConfig,
    batch: Batch,
    *,
    directions: int | None,
    target_length: int | None,
    tokens: str,
    token_count: int,
    least_work: Work | None,
    threads: int | None = None,
) -> Case:
    """The case of a model, or a part of it, on a batch."""
    rows, source_length = batch.source.shape
    return Case(
        suite=suite,
        name=name,
        device=batch.source.device.type,
        batch=rows,
        source_length=source_length,
        target_length=target_length,
        padding_ratio=1 - int(batch.source_lengths.sum()) / batch.source.numel(),
        hidden_size=config.hidden_size,
        cell=config.cell,
        directions=directions,
        tokens=tokens,
        token_count=token_count,
        least_work=least_work,
        threads=threads,
    )


def skip_without_compiler(config: ModelConfig, device: torch.device) -> None:
    """Skips the test, with the reason, if the configuration is to be compiled and no compiler is found."""
    try:
        check_compiler(config, device.type)
    except ConfigError as error:
        pytest.skip(str(error))


def spread_lengths(longest: int, padding_ratio: float, batch: int) -> Tensor:
    """Source lengths (B,) on the CPU, in rising order up to `longest`, with a fraction `padding_ratio` p of padding.

    For p < 0.5 the lengths rise linearly from (1 - 2 p) times the longest. For p >= 0.5 they rise from 1 by a power law
    whose mean is (1 - p) times the longest: many short sequences and a few long ones. Their sum is exact, up to
    rounding to a token; for that, the lengths between the shortest and the longest may deviate by a few per cent.

    Raises ValueError if the batch would have more padding than rows of one token leave.
    """
    total = round(longest * batch * (1 - padding_ratio))
    remaining = total - batch - (longest - 1)  # to be distributed: each row has one token, the last row is the longest
    if remaining < 0:
        raise ValueError(
            f"padding ratio {padding_ratio} is not possible with {plural(batch, 'row')} of up to "
            f"{plural(longest, 'token')}"
        )
    if padding_ratio < 0.5:
        rise = torch.linspace(1 - 2 * padding_ratio, 1, batch, dtype=torch.float64)
    else:
        rise = torch.linspace(0, 1, batch, dtype=torch.float64) ** (padding_ratio / (1 - padding_ratio))
    fractions = rise[:-1] / rise[:-1].sum()
    ends = torch.floor((1 + remaining * fractions).cumsum(0) + 0.5)  # rounding the cumulative sum keeps it exact
    return torch.cat([ends.diff(prepend=ends.new_zeros(1)), ends.new_tensor([longest])]).long()
