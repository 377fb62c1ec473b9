"""The cases of a session with the user's own pairs (`--data`): their lengths and vocabulary in place of the profile's.

A batch has the training pairs at equal steps of the order by source length, so it has the lengths of the data. Each
suite has one case of that batch for each of its other factors, such as cells and directions.
"""

from __future__ import annotations

import dataclasses

import pytest
import torch

from benchmarks.session.own_data import task_of
from benchmarks.session.profiles import EncoderPlane, Profile, ScorePlane, profile_of
from seq2seq_core.config import TaskConfig
from seq2seq_core.examples import Batch
from seq2seq_core.pair_examples import PairExamples

CPU = torch.device("cpu")
BATCH = 32
SCORE_BATCH = 16
PAIR_CHANNELS = 2**27
"""The most numbers of the tensor (B,T,S,2 H) that the score concat makes: 512 MiB in float32"""


def own_batch(task: TaskConfig, size: int, device: torch.device) -> Batch:
    """A batch with the lengths of the training pairs."""
    return PairExamples(task, 0, "train", device).spread(size)


def suite_profile(config: pytest.Config) -> Profile:
    """The profile of the session, with the lengths of the user's own pairs if there are any."""
    profile, task = profile_of(config), task_of(config)
    return own_profile(profile, task) if task.definition.from_files else profile


def own_profile(profile: Profile, task: TaskConfig) -> Profile:
    """Lengths are those of a batch: the longest pairs are in it only if they are no outliers."""
    batch, score_batch = (own_batch(task, size, CPU) for size in (BATCH, SCORE_BATCH))
    longest = batch.source.size(1)
    padding = round(1 - int(batch.source_lengths.sum()) / batch.source.numel(), 2)
    score_source, hidden_size = score_batch.source.size(1), profile.score[0].hidden_size
    most = max(1, PAIR_CHANNELS // (SCORE_BATCH * score_source * 2 * hidden_size))
    targets = dict.fromkeys([1, min(score_batch.target.size(1) - 1, most)])
    score = ScorePlane(
        target_lengths=tuple(filter(None, targets)),
        source_lengths=(score_source,),
        compiled=profile.score[0].compiled,
    )
    return dataclasses.replace(
        profile,
        encoder=(
            EncoderPlane(lengths=(longest,), padding_ratios=(padding,), cells=profile.encoder[0].cells, batch=BATCH),
        ),
        score=(score,),
        decoder_lengths=(longest,),
        greedy_batches=(BATCH,),
        greedy_lengths=(longest,),
        training_lengths=((task.min_length, task.max_length),),
        metric_lengths=(task.max_length,),
        metric_pairs=min(profile.metric_pairs, len(task.pairs.sets["test"])),
    )
