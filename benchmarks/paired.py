"""Two candidates in interleaved rounds: a time is believed only beside another.

Figures of tests that ran one after the other are no comparison: a machine drifts by more than most differences that are
worth knowing. So each round of a candidate also times the baseline, right before or right after it, in random order, by
the same clock, in the same process. The pair is the observation; what is reported of it is the ratio.

pytest-benchmark does the candidate's rounds, so its table, JSON and options keep working. The baseline's are timed in
the setup and the teardown that it runs around each round, outside the candidate's time.
"""

from __future__ import annotations

import gc
import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass

from pytest_benchmark.fixture import BenchmarkFixture
from torch.utils.benchmark.utils.timer import timer

TIMER = timer
"""The clock of every suite, in seconds: it waits for an accelerator to be done before it is read."""

Work = Callable[[], None]

CANDIDATE_FIRST = "candidate_first"
BASELINE_FIRST = "baseline_first"


@dataclass(frozen=True)
class Limits:
    """How many rounds a case gets: as many as fit its budget of seconds, within `least` and `most`."""

    budget_seconds: float
    least: int
    most: int

    def rounds(self, pair_seconds: float) -> int:
        """The number of rounds, when candidate and baseline together take `pair_seconds`."""
        return max(self.least, min(self.most, int(self.budget_seconds / pair_seconds)))


@dataclass(frozen=True)
class Pairs:
    """Every timed round of one case, in the order they ran; the three lists are equally long."""

    candidate_seconds: list[float]
    baseline_seconds: list[float]
    orders: list[str]


def measure(
    benchmark: BenchmarkFixture, candidate: Work, baseline: Work, limits: Limits, *, seed: int = 0
) -> Pairs | None:
    """Times candidate and baseline in pairs; None where pytest-benchmark is switched off and the candidate runs once.

    Half of the rounds, to within one, run the baseline first; the seed decides which. No garbage is collected in the
    rounds of either. The benchmark must be timed with `TIMER`.
    """
    if not benchmark.enabled:
        benchmark.pedantic(candidate)  # type: ignore[no-untyped-call]
        return None
    rounds = limits.rounds(_warm_up(candidate, baseline, limits.budget_seconds / 10))
    orders = shuffled_orders(rounds, seed)
    upcoming = iter(orders)
    order = None
    baseline_seconds = []

    def before() -> None:
        nonlocal order
        order = next(upcoming, None)  # None: a run after the last round, as --benchmark-cprofile makes
        if order == BASELINE_FIRST:
            baseline_seconds.append(seconds(baseline))

    def after() -> None:
        if order == CANDIDATE_FIRST:
            baseline_seconds.append(seconds(baseline))

    collecting = gc.isenabled()
    gc.disable()
    try:
        benchmark.pedantic(candidate, setup=before, teardown=after, rounds=rounds)  # type: ignore[no-untyped-call]
    finally:
        if collecting:
            gc.enable()
    assert benchmark.stats is not None  # it is there once the rounds have run
    return Pairs(list(benchmark.stats.stats.data), baseline_seconds, orders)


def seconds(work: Work) -> float:
    """The wall-clock seconds of one call; on an accelerator until its work is done."""
    start = TIMER()
    work()
    return TIMER() - start


def shuffled_orders(rounds: int, seed: int) -> list[str]:
    """Which of the two goes first in each round: both equally often (an odd round out is drawn), shuffled."""
    coin = random.Random(seed)
    orders = [CANDIDATE_FIRST, BASELINE_FIRST] * (rounds // 2)
    if rounds % 2:
        orders.append(coin.choice([CANDIDATE_FIRST, BASELINE_FIRST]))
    coin.shuffle(orders)
    return orders


def _warm_up(candidate: Work, baseline: Work, at_least_seconds: float) -> float:
    """Runs both until they are warm; returns what a pair takes, without the first one, which pays for lazy set-up."""
    candidate()
    baseline()
    pairs: list[float] = []
    while not pairs or sum(pairs) < at_least_seconds:
        pairs.append(seconds(candidate) + seconds(baseline))
    return statistics.median(pairs)
