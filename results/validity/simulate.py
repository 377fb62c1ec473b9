"""Measures the false alarms and the power of the rule for verdicts on simulated studies.

Studies are drawn by `results/validity/scenarios.py` and tested by the code that tests real studies.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from results.analysis.study.comparisons import declared_comparisons, judge_family, primary_of
from results.analysis.study.run_metrics import metrics_by_levels
from results.statistics import combine_ratios, median_ratio
from results.tables import provenance
from results.tables.csv_io import write_table
from results.text import plural
from results.validity.scenarios import (
    SCENARIOS,
    STEP_RATIO,
    Scenario,
    draw_runs,
    draw_step_times,
    no_effect,
    settings_of,
)

SEEDS = (7, 10, 20)
"""Seeds per study. A family of three comparisons needs at least seven for a verdict of higher or lower."""
Cell = tuple[int, float, int]
"""(index of the scenario, effect, seeds)."""


def cells() -> list[Cell]:
    """Each scenario without an effect and with each of its effects, at each number of seeds."""
    return [
        (place, effect, seeds)
        for place, scenario in enumerate(SCENARIOS)
        for effect in (no_effect(scenario), *scenario.effects)
        for seeds in SEEDS
    ]


def measure_cell(cell: Cell, draws: int) -> dict[str, Any]:
    """A row of validity.csv."""
    place, effect, seeds = cell
    scenario = SCENARIOS[place]
    generator = np.random.default_rng([place, seeds, round(1000 * abs(effect)), effect < 0])
    outcomes = [_judge_study(scenario, effect, seeds, generator) for _ in range(draws)]
    return {
        "scenario": scenario.name,
        "primary": scenario.primary,
        "effect": effect,
        "seeds": seeds,
        "draws": draws,
        "false_alarms": sum(alarm for alarm, _, _ in outcomes),
        "intervals_missed": sum(missed for _, missed, _ in outcomes),
        "found": None if effect == no_effect(scenario) else sum(found for _, _, found in outcomes),
    }


def measure(directory: Path, draws: int, command: Sequence[str]) -> None:
    """Writes validity.csv and its provenance with the command, using one process per core.

    Raises InputError for a folder that cannot be written.
    """
    provenance.prepare(directory)
    started = datetime.now(UTC)
    todo = cells()
    with ProcessPoolExecutor(initializer=_leave_interrupts_to_the_parent) as pool:
        try:
            waiting = [pool.submit(measure_cell, cell, draws) for cell in todo]
            rows = [one.result() for one in tqdm(waiting, unit="cell", file=sys.stderr, disable=None)]
        except KeyboardInterrupt:  # otherwise the pool would first finish every submitted task
            for process in multiprocessing.active_children():
                process.terminate()
            raise
    write_table(directory, "validity", rows)
    provenance.record(
        directory,
        "validity",
        command=command,
        profile=f"{plural(draws, 'study')} of a kind",
        threads=1,
        gpu=None,
        started=started,
        settings={"seeds": list(SEEDS), "kinds": len(todo)},
    )


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _judge_study(
    scenario: Scenario, effect: float, seeds: int, generator: np.random.Generator
) -> tuple[bool, int, bool]:
    """Simulates and tests one study.

    Returns whether an equal arm has a verdict of higher or lower, how many intervals of equal arms at the first level
    exclude the true difference, and whether the arm with the effect has the right verdict.
    """
    settings = settings_of(scenario, seeds)
    by_levels = metrics_by_levels({"runs": draw_runs(scenario, effect, seeds, generator)}, settings)
    family = declared_comparisons(settings)
    judged = judge_family([metrics for _, metrics in by_levels], family, primary_of(settings))
    intervals = [(one.difference.interval, one.difference.null) for one in judged[: len(family)]]
    if scenario.rounds:
        baseline, *others = draw_step_times(scenario, generator).tolist()
        intervals = [
            (combine_ratios(steps, median_ratio(own, baseline)), null * STEP_RATIO)
            for (steps, null), own in zip(intervals, others, strict=True)
        ]
    none = no_effect(scenario)
    changed = 0 if effect == none else 1
    return (
        any(one.shown for one in judged[changed:]),
        sum(interval.excludes(true) for interval, true in intervals[changed:]),
        judged[0].verdict == ("higher" if effect > none else "lower"),
    )
