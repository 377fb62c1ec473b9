"""A run trained twice, one right after the other: by the engine as a worker does it, and by `train` alone.

A time is believed only beside another. The pair of one round is the observation, so who goes first is drawn, and the
two must come to the same figures.
"""

from __future__ import annotations

import gc
import os
import random
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from tqdm import tqdm

from results.tables.atomic_write import InputError
from seq2seq_core.training import Result, train
from studies.engine.attempt import attempt
from studies.engine.checkpoints import Checkpoints
from studies.engine.queue import Queue, Worker
from studies.engine.scheduler import enqueue
from studies.engine.train_run import row_of
from studies.planning.plan import Plan
from studies.planning.run import Run
from studies.planning.run_rows import Rows, status_of
from studies.recipes.registry import recipe_of

T = TypeVar("T")

ENGINE_FIRST, BARE_FIRST = "engine_first", "bare_first"


def time_rounds(queue: Queue, plan: Plan, checkpoints: Checkpoints) -> Iterator[dict[str, Any]]:
    """A row for each of the plan's runs but the first: in that, both sides set up what they set up only once.

    InputError if a run is not done in the end.
    """
    places = enqueue(queue, plan).places
    rounds = list(zip(plan.runs, [ENGINE_FIRST, *shuffled_orders(len(plan.runs) - 1)], strict=True))
    with tqdm(rounds, desc="overhead", unit="round", mininterval=0.5 if sys.stderr.isatty() else 15) as bar:
        for number, (run, order) in enumerate(bar):
            engine = partial(by_engine, queue, run, places, checkpoints)
            recipe = recipe_of(run.recipe, run.slips, run.model.score)
            alone = partial(train, run.model, run.task, run.training, run.seed, run.device, recipe=recipe)
            bare = partial(_timed, alone)
            if order == ENGINE_FIRST:
                (rows, engine_seconds), (result, bare_seconds) = engine(), bare()
            else:
                (result, bare_seconds), (rows, engine_seconds) = bare(), engine()
            check_same(rows, result)
            if number:
                yield {
                    "arm": run.arm,
                    "seed": run.seed,
                    "round": number,
                    "order": order,
                    "epochs": run.training.epochs,
                    "bare_seconds": bare_seconds,
                    "engine_seconds": engine_seconds,
                }


def shuffled_orders(rounds: int) -> list[str]:
    """Which side goes first in each round: both equally often (an odd round out is drawn), shuffled."""
    coin = random.Random(0)
    both = [ENGINE_FIRST, BARE_FIRST]
    orders = both * (rounds // 2) + coin.sample(both, rounds % 2)
    coin.shuffle(orders)
    return orders


def by_engine(queue: Queue, run: Run, places: Mapping[str, int], checkpoints: Checkpoints) -> tuple[Rows, float]:
    """Does the run, the first in place of those that wait, as a worker does -> what is stored of it, and seconds."""

    def work() -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        claim = queue.claim(places, Worker("overhead", socket.gethostname(), os.getpid(), now))
        assert claim  # a run waits for each round
        attempt(queue, claim, checkpoints, None)

    _, seconds = _timed(work)
    rows = queue.settled()[run.run_id]
    if status_of(rows) != "done":
        reason = rows["runs"][0]["reason"]
        raise InputError(f"seed {run.seed}: the run {status_of(rows)}: {reason}; expected settings that end well")
    return rows, seconds


def check_same(rows: Rows, result: Result) -> None:
    """RuntimeError if the engine's rows are not what the bare training came to: then the times compare nothing."""
    engine = rows["convergence"], rows["by_length"]
    by_length = [{"length": length, **asdict(accuracy)} for length, accuracy in result.by_length.items()]
    bare = [row_of(point) for point in result.epochs], by_length
    if engine != bare:
        raise RuntimeError(f"the engine and the bare training of the same run came to other figures: {engine}, {bare}")


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """What it returns, and wall-clock seconds; the garbage of whatever was before is not on its account."""
    gc.collect()
    start = time.perf_counter()
    return work(), time.perf_counter() - start
