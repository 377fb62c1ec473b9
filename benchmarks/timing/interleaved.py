"""Candidate and baseline timed in interleaved rounds (see `seq2seq_core.interleaving`).

Each round times the candidate once and the baseline once, in random order, with the same clock and in the same process.
The result is the median ratio of the two times, with the interval of the sign test.

pytest-benchmark runs the rounds of the candidate, so its JSON and its options work as usual. The baseline
is timed in the setup or the teardown of a round, which pytest-benchmark does not count as part of the candidate's time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing.round_count import RoundLimits, spread_of
from results.statistics import Interval, median_ratio
from seq2seq_core.interleaving import no_garbage_collection, seconds, shuffled_orders

Workload = Callable[[], object]
"""One call of what is timed. Its return value is ignored."""
RoundRunner = Callable[[Workload, Workload, Workload, int], list[float]]
"""(candidate, setup, teardown, rounds) -> the candidate's seconds. A round calls setup, candidate and teardown."""

CANDIDATE_FIRST = "candidate_first"
BASELINE_FIRST = "baseline_first"


@dataclass(frozen=True)
class PairedTimes:
    """The timed rounds of one case in the order in which they ran, and the ratio. The three lists have equal length."""

    candidate_seconds: list[float]
    baseline_seconds: list[float]
    orders: list[str]
    ratio: Interval
    """Candidate over baseline."""
    stopped: str
    """`width` if the interval of the ratio is at most as wide as requested, else `limit`."""

    @property
    def spread(self) -> float:
        """The standard deviation of the logarithms of the rounds' ratios; see `round_count.spread_of`."""
        return spread_of([a / b for a, b in zip(self.candidate_seconds, self.baseline_seconds, strict=True)])


def measure(
    benchmark: BenchmarkFixture, candidate: Workload, baseline: Workload, limits: RoundLimits, *, seed: int
) -> PairedTimes | None:
    """`time_pairs` with pytest-benchmark as the runner of the rounds.

    Returns None if pytest-benchmark is disabled; the candidate then runs once. The benchmark must use the clock
    `seq2seq_core.interleaving.TIMER`.
    """
    if not benchmark.enabled:
        benchmark.pedantic(candidate)  # type: ignore[no-untyped-call]
        return None

    def run_rounds(candidate: Workload, setup: Workload, teardown: Workload, rounds: int) -> list[float]:
        benchmark.pedantic(candidate, setup=setup, teardown=teardown, rounds=rounds)  # type: ignore[no-untyped-call]
        assert benchmark.stats is not None  # set once the rounds have run
        return list(benchmark.stats.stats.data)

    return time_pairs(run_rounds, candidate, baseline, limits, seed=seed)


def time_pairs(
    run_rounds: RoundRunner, candidate: Workload, baseline: Workload, limits: RoundLimits, *, seed: int
) -> PairedTimes:
    """Calibrates, then times candidate and baseline in as many rounds as the calibration asks for.

    The seed determines which of the two runs first in each round; see `shuffled_orders`. The garbage collector is
    disabled throughout.
    """
    with no_garbage_collection():
        rounds = _calibrate(candidate, baseline, limits)
        orders = shuffled_orders(rounds, seed, (CANDIDATE_FIRST, BASELINE_FIRST))
        upcoming = iter(orders)
        order = None
        baseline_seconds = []

        def setup() -> None:
            nonlocal order
            order = next(upcoming, None)  # None: an extra call after the last round, as --benchmark-cprofile makes
            if order == BASELINE_FIRST:
                baseline_seconds.append(seconds(baseline))

        def teardown() -> None:
            if order == CANDIDATE_FIRST:
                baseline_seconds.append(seconds(baseline))

        candidate_seconds = run_rounds(candidate, setup, teardown, rounds)
    candidate_seconds, baseline_seconds = _of_clock(candidate_seconds), _of_clock(baseline_seconds)
    ratio = median_ratio(candidate_seconds, baseline_seconds)
    narrow = ratio.high - ratio.low <= limits.width * ratio.estimate  # False if too few rounds give no interval
    return PairedTimes(candidate_seconds, baseline_seconds, orders, ratio, "width" if narrow else "limit")


def _of_clock(timed: list[float]) -> list[float]:
    """The times in whole nanoseconds, which the clock counts. More digits are rounding errors of its floats, and double
    the size of rounds.csv.gz."""
    return [round(one, 9) for one in timed]


def _calibrate(candidate: Workload, baseline: Workload, limits: RoundLimits) -> int:
    """Runs pairs, which are not kept, until both are warm and the spread is known -> the number of rounds to time."""
    candidate()  # the first call pays for lazy initialisation
    baseline()
    ratios: list[float] = []
    elapsed = 0.0
    while limits.keep_calibrating(len(ratios), elapsed):
        if len(ratios) % 2:
            candidate_seconds, baseline_seconds = seconds(candidate), seconds(baseline)
        else:
            baseline_seconds, candidate_seconds = seconds(baseline), seconds(candidate)
        ratios.append(candidate_seconds / baseline_seconds)
        elapsed += candidate_seconds + baseline_seconds
    return limits.rounds(ratios, elapsed / len(ratios))
