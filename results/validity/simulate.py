"""The rule for a real difference, tried where the truth is known: how often it is wrong, and what it finds.

Every study is drawn at random (`results/validity/scenarios.py`) and judged by the code that judges real ones.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from results.analysis.comparisons import declared_in, judge_family, primary_of
from results.analysis.run_metrics import outcomes_by_levels
from results.tables import provenance
from results.tables.column import plural
from results.tables.csv_io import write_table
from results.validity.scenarios import SCENARIOS, Scenario, draw_runs, no_effect, settings_of

SEEDS = (7, 10, 20)
"""Of a study; seven are the fewest with which the rule can say yes of three comparisons."""
Cell = tuple[int, float, int]
"""Which scenario, effect, seeds."""


def cells() -> list[Cell]:
    """Everything that is tried: each scenario without an effect and with each of its own, at each number of seeds."""
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


def measure(directory: Path, draws: int) -> None:
    """Writes validity.csv and its provenance, on as many processes as there are cores. InputError where the folder
    cannot be written."""
    provenance.prepare(directory)
    started = datetime.now(UTC)
    todo = cells()
    with ProcessPoolExecutor(initializer=_leave_interrupts_to_the_parent) as pool:
        waiting = [pool.submit(measure_cell, cell, draws) for cell in todo]
        try:
            rows = [one.result() for one in tqdm(waiting, unit="cell", file=sys.stderr, disable=None)]
        except KeyboardInterrupt:  # or the pool would first do everything that it was given
            for process in multiprocessing.active_children():
                process.terminate()
            raise
    write_table(directory, "validity", rows)
    provenance.record(
        directory,
        "validity",
        command=["python", "-m", "results", "validity", "--draws", str(draws)],
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
    """Whether an equal was called different, how many intervals of equals exclude no difference, and whether the
    change was called what it is."""
    settings = settings_of(scenario, seeds)
    ((_, outcomes),) = outcomes_by_levels({"runs": draw_runs(scenario, effect, seeds, generator)}, settings)
    judged = judge_family([outcomes], declared_in(settings), primary_of(settings))
    none = no_effect(scenario)
    equals = judged if effect == none else judged[1:]
    return (
        any(one.verdict in ("higher", "lower") for one in equals),
        sum(one.difference.interval.excludes(one.difference.null) for one in equals),
        judged[0].verdict == ("higher" if effect > none else "lower"),
    )
