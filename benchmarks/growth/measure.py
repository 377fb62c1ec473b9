"""The rounds of `retrograde scaling-steps`, and their rows.

In a round, all sizes of a line are timed once, in a shuffled order, in this process and on one thread. A round thus
gives a slope of its own, on which a slow drift of the machine has no effect.
"""

from __future__ import annotations

import math
import random
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from benchmarks.growth.lines import BASE, PROFILES, Line, Profile, lines
from benchmarks.roofline import work
from benchmarks.roofline.peaks import measure_peak, peak_sizes
from benchmarks.suites.bench_training import training_workload
from benchmarks.suites.shared import PADDING_RATIO, padded_batch
from benchmarks.timing.interleaved import Workload
from results.load import LoadMeter
from results.tables.scaling_rows import ScalingRows
from results.terminal.process import say
from seq2seq_core.config import TaskConfig
from seq2seq_core.interleaving import no_garbage_collection, seconds

DEVICE = torch.device("cpu")
TASK = TaskConfig()


@dataclass(frozen=True)
class Timed:
    """A training step at one size of a line."""

    size: int
    sizes: Mapping[str, int]
    workload: Workload
    calls: int
    work_seconds: float


def measure(folder: Path, profile: str, command: Sequence[str]) -> None:
    """Times the lines of the profile that the folder does not hold yet; writes scaling.csv and its provenance.

    Raises InputError, before any measurement, for a folder with rows of another profile.
    """
    chosen = PROFILES[profile]
    torch.set_num_threads(1)
    table = ScalingRows(
        folder, "scaling_steps", command=command, profile=profile, settings={"base": BASE, "rounds_each": chosen.rounds}
    )
    table.check_replaced([line.names for line in lines(chosen)])
    if table.changed:
        say(f"measured again, as other conditions hold than for the rows in {folder}: {', '.join(table.changed)}")
    if "peaks" not in table.settings:
        table.settings["peaks"] = peaks()
    todo = [line for line in lines(chosen) if not table.has(line.names)]
    for line in tqdm(todo, desc="lines", unit="line", mininterval=0.5 if sys.stderr.isatty() else 15):
        load = LoadMeter()
        rows = [*measure_line(line, chosen, table.settings["peaks"])]
        table.add(rows, load.read())


def peaks() -> dict[str, float]:
    """The peak rate per second of each operation, at the size of `BASE` on one thread."""
    sizes = peak_sizes(work.memory_traffic(0), BASE["hidden_size"], DEVICE)
    return {operation: measure_peak(DEVICE, operation, size)["per_second"] for operation, size in sizes.items()}


def measure_line(line: Line, profile: Profile, rates: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    """The rows of a line."""
    with no_garbage_collection():
        sizes = [prepare(line, size, profile, rates) for size in line.sizes]
        order = random.Random(0)
        for number in range(1, profile.rounds + 1):
            for timed in order.sample(sizes, len(sizes)):
                yield {
                    **line.names,
                    **timed.sizes,
                    "size": timed.size,
                    "round": number,
                    "calls": timed.calls,
                    "seconds": statistics.median(seconds(timed.workload) for _ in range(timed.calls)),
                    "work_seconds": timed.work_seconds,
                }


def prepare(line: Line, size: int, profile: Profile, rates: Mapping[str, float]) -> Timed:
    """Builds the model and its batch, and warms the step up."""
    sizes = line.sizes_at(size)
    model = line.model_at(size)
    batch = padded_batch(TASK, sizes["length"], PADDING_RATIO, sizes["batch"], DEVICE)
    needed = work.with_gradients(work.model(model, TASK.vocabulary, **work.counts(batch)))
    workload = training_workload(model, TASK, batch)
    workload()  # the first call pays for lazy initialisation
    calls = max(1, math.ceil(profile.burst_seconds / seconds(workload)))
    return Timed(size, sizes, workload, calls, needed.seconds_at(rates))
