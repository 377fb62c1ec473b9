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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pytest_benchmark.fixture import BenchmarkFixture
from torch.utils.benchmark.utils.timer import timer

from benchmarks.timing.round_count import Limits
from results.statistics import Interval, median_ratio

TIMER = timer
"""The clock of every suite, in seconds: it waits for an accelerator to be done before it is read."""

Work = Callable[[], object]
"""One call of what is timed; what it returns is dropped."""
Rounds = Callable[[Work, Work, Work, int], list[float]]
"""(candidate, before, after, rounds) -> the candidate's seconds: each round runs before, then candidate, then after."""

CANDIDATE_FIRST = "candidate_first"
BASELINE_FIRST = "baseline_first"


@dataclass(frozen=True)
class Pairs:
    """Every timed round of one case, in the order they ran (the three lists are equally long), and what they say."""

    candidate_seconds: list[float]
    baseline_seconds: list[float]
    orders: list[str]
    ratio: Interval
    """Candidate over baseline."""
    stopped: str
    """`width` if the ratio's interval is as narrow as was wanted, else `limit`."""


def measure(
    benchmark: BenchmarkFixture, candidate: Work, baseline: Work, limits: Limits, *, seed: int = 0
) -> Pairs | None:
    """`time_pairs` in rounds of pytest-benchmark; None where it is switched off and the candidate runs once.

    The benchmark must be timed with `TIMER`.
    """
    if not benchmark.enabled:
        benchmark.pedantic(candidate)  # type: ignore[no-untyped-call]
        return None

    def pedantic(candidate: Work, before: Work, after: Work, rounds: int) -> list[float]:
        benchmark.pedantic(candidate, setup=before, teardown=after, rounds=rounds)  # type: ignore[no-untyped-call]
        assert benchmark.stats is not None  # it is there once the rounds have run
        return list(benchmark.stats.stats.data)

    return time_pairs(pedantic, candidate, baseline, limits, seed=seed)


def time_pairs(run: Rounds, candidate: Work, baseline: Work, limits: Limits, *, seed: int) -> Pairs:
    """Times candidate and baseline in pairs, as many as `limits` asks for after a pilot, which warms both up too.

    Half of the rounds, to within one, run the baseline first; the seed decides which. No garbage is collected in any.
    """
    with _no_collection():
        rounds = _pilot(candidate, baseline, limits)
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

        candidate_seconds = run(candidate, before, after, rounds)
    ratio = median_ratio(candidate_seconds, baseline_seconds)
    narrow = ratio.high - ratio.low <= limits.width * ratio.estimate  # False where there is no interval
    return Pairs(candidate_seconds, baseline_seconds, orders, ratio, "width" if narrow else "limit")


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


def _pilot(candidate: Work, baseline: Work, limits: Limits) -> int:
    """Runs both, in turn first, until they are warm and their spread is known; returns the number of rounds to take."""
    candidate()  # the first call pays for lazy set-up
    baseline()
    ratios: list[float] = []
    spent = 0.0
    while limits.pilot_goes_on(len(ratios), spent):
        if len(ratios) % 2:
            ours, other = seconds(candidate), seconds(baseline)
        else:
            other, ours = seconds(baseline), seconds(candidate)
        ratios.append(ours / other)
        spent += ours + other
    return limits.rounds(ratios, spent / len(ratios))


@contextmanager
def _no_collection() -> Iterator[None]:
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
