"""The arms of a study, `--of DIR`: a training step, and greedy decoding of the same sources.

A case is a combination of levels on a device and a number of threads: one, as in the runs of a study, and all cores on
a CPU. Its batch has the size of a training batch, from the stream of examples that a run with seed 0 is trained on. The
candidates are the arms, and each arm whose packing is `padded_exact` once more with `packed`. Greedy decoding takes as
many steps as the longest target has tokens, with its end, whatever is predicted.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.roofline import work
from benchmarks.session.compare import Compare
from benchmarks.session.rows import Case
from benchmarks.session.study import STUDY, AtLevels, Configuration
from benchmarks.suites.bench_greedy import greedy_workload
from benchmarks.suites.bench_training import training_workload
from benchmarks.suites.shared import batch_case, skip_without_compiler
from benchmarks.timing.interleaved import Workload
from results.cores import usable_cores
from results.tables.timing_schema import case_name
from results.text import format_setting
from seq2seq_core.examples import Batch
from seq2seq_core.recipe import PLAIN

DRAWS = 51
"""Batches that are drawn; the one of median size is timed."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    timed = [
        pytest.param(at, threads, candidate, id="-".join([*_words(at), f"threads-{threads}", candidate]))
        for at in metafunc.config.stash[STUDY].cases
        for threads in sorted({1, min(torch.get_num_threads(), usable_cores())})
        for candidate in at.candidates
    ]
    metafunc.parametrize(("at", "threads", "candidate"), timed)


def bench_study_training(compare: Compare, device: torch.device, at: AtLevels, threads: int, candidate: str) -> None:
    def workload(name: str) -> Workload:
        one = at.candidates[name]
        return training_workload(one.model, one.task, median_batch(one, device), one.training)

    case = study_case("study_training", device, at, threads, candidate)
    compare(case, candidate, at.candidates[candidate].baseline, workload, compiled=_compiled(at, candidate, device))


def bench_study_greedy(compare: Compare, device: torch.device, at: AtLevels, threads: int, candidate: str) -> None:
    def workload(name: str) -> Workload:
        one = at.candidates[name]
        batch = median_batch(one, device)
        return greedy_workload(one.model, one.task, batch, batch.target.size(1))

    case = study_case("study_greedy", device, at, threads, candidate)
    compare(case, candidate, at.candidates[candidate].baseline, workload, compiled=_compiled(at, candidate, device))


def study_case(suite: str, device: torch.device, at: AtLevels, threads: int, candidate: str) -> Case:
    """The case, with the sizes of the candidate's model and batch."""
    one = at.candidates[candidate]
    batch = median_batch(one, device)
    counts = work.counts(batch)
    least_work = None
    if work.counts_model(one.model):
        least_work = work.model(one.model, one.task.vocabulary, **counts)
        least_work = work.with_gradients(least_work) if suite == "study_training" else least_work
    return batch_case(
        suite,
        case_name(device.type, threads, at.levels),
        one.model,
        batch,
        directions=one.model.directions,
        target_length=batch.target.size(1),
        tokens="target",
        token_count=counts["tokens"],
        least_work=least_work,
        threads=threads,
    )


def median_batch(one: Configuration, device: torch.device) -> Batch:
    """Of several training batches the one of median size, by its longest source and then by its letters."""
    examples = PLAIN.examples(one.task, one.training, 0, "train", device)
    batches = [examples.draw(one.training.batch_size) for _ in range(DRAWS)]
    return sorted(batches, key=lambda batch: (batch.source.size(1), int(batch.source_lengths.sum())))[DRAWS // 2]


def _compiled(at: AtLevels, candidate: str, device: torch.device) -> bool:
    """Whether the candidate is compiled. Skips the test, with the reason, where it cannot be."""
    model = at.candidates[candidate].model
    skip_without_compiler(model, device)
    return model.compile


def _words(at: AtLevels) -> list[str]:
    """The levels in the id of a test."""
    return [f"{factor}={format_setting(level)}" for factor, level in at.levels.items()]
