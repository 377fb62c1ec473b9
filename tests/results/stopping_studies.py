"""Random studies in two forms: solved runs end early, or they run on with constant values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from synthetic_rows import record

from results.tables.csv_io import write_table

ARMS, SEEDS = ("none", "dot", "general"), range(3)
FATES = ("solved", "not solved", "diverged", "failed")
Rows = dict[str, list[dict[str, Any]]]
Budgets = dict[int, tuple[int, int]]
"""Level -> epochs, and steps of an epoch."""


def curves(epochs: int, end: int, fate: str, noise: np.random.Generator) -> list[float]:
    """An accuracy per epoch. A run is solved after `end` epochs, the last two of them at 99%, and is constant from
    there on. Before, single epochs may be at 99% too."""
    curve = noise.uniform(0.2, 0.985, epochs)
    peaks = np.arange(noise.integers(2, 5), epochs - 1 if fate != "solved" else end - 2, 2)
    curve[peaks[noise.random(len(peaks)) < 0.3]] = 0.995
    if fate == "solved":
        curve[end - 2 : end] = noise.choice([0.99, 0.997, 1.0], 2)
        curve[end:] = curve[end - 1]
    return [float(value) for value in (curve[:end] if fate == "diverged" else curve)]


@dataclass(frozen=True)
class Drawn:
    budgets: Budgets
    runs: list[tuple[int, str, int, str, int]]
    """Level, arm, seed, fate, and the epochs until the run is solved or diverges."""
    noise: int

    def rows(self, *, stopped: bool) -> Rows:
        """The rows of complete runs, or of runs that stop once they are solved."""
        noise = np.random.default_rng(self.noise)
        rows: Rows = {"runs": [], "convergence": [], "by_length": []}
        for level, arm, seed, fate, end in self.runs:
            epochs, every = self.budgets[level]
            run = {"run_id": f"{arm}-{level}-{seed}", "arm": arm, "max_length": level, "seed": seed}
            curve = [] if fate == "failed" else curves(epochs, end, fate, noise)
            last = end if stopped and fate == "solved" else len(curve)
            rows["runs"].append({"study": "lengths", **run, **_ends(fate, curve, last, every)})
            rows["convergence"] += [
                {**run, "step": every * epoch, "epoch": epoch, "train_loss": 2 - value, "eval_loss": 1 - value,
                 "levenshtein_accuracy": value, "exact_match": value**2, "own": value / 2}
                for epoch, value in enumerate(curve[:last], 1)
            ]  # fmt: skip
            rows["by_length"] += [
                {**run, "length": length, "n": 9, "levenshtein_accuracy": curve[-1] ** length,
                 "exact_match": curve[-1] ** (2 * length)}
                for length in (3, 4) if fate in ("solved", "not solved")
            ]  # fmt: skip
        return rows


@st.composite
def studies(draw: st.DrawFn) -> Drawn:
    """Studies of two levels with budgets of their own. At each of them, every run may be solved, or none."""
    budgets = {level: (draw(st.integers(2, 9)), draw(st.sampled_from([5, 50]))) for level in (7, 14)}
    runs = []
    for level, (epochs, _) in budgets.items():
        fates = draw(st.lists(st.sampled_from(FATES), min_size=1, unique=True))
        runs += [
            (level, arm, seed, draw(st.sampled_from(fates)), draw(st.integers(2, epochs)))
            for arm in ARMS
            for seed in SEEDS
        ]
    return Drawn(budgets, runs, draw(st.integers(0, 2**32 - 1)))


def write(folder: Path, drawn: Drawn, *, stopped: bool) -> Path:
    folder.mkdir(parents=True)
    for name, of_table in drawn.rows(stopped=stopped).items():
        write_table(folder, name, of_table)
    settings = {
        "name": "lengths", "question": "Does attention help?", "baseline": "none", "arms": {arm: {} for arm in ARMS},
        "factors": {"max_length": [*drawn.budgets]}, "seeds": [*SEEDS], "primary": "steps_to_99",
        "training": {"learning_rate": 0.001, "batch_size": 30}, "model": {}, "task": {"letters": 4},
        "published": [{"arm": "dot", "figure": "own", "epoch": 2, "low": 0.3, "high": 0.4},
                      {"arm": "none", "figure": "levenshtein_accuracy", "epoch": 8, "low": 0.9, "high": 1.0}],
        "at_levels": [
            {"levels": {"max_length": level}, "epochs": epochs, "steps_per_epoch": every, "longest_target": level,
             "stop_at": 0.99 if stopped else None}
            for level, (epochs, every) in drawn.budgets.items()
        ],
    }  # fmt: skip
    record(folder, "study", ["nox", "-s", "studies"], settings)
    return folder


def _ends(fate: str, curve: list[float], last: int, every: int) -> dict[str, Any]:
    done = fate in ("solved", "not solved")
    reached = [every * epoch for epoch, value in enumerate(curve, 1) if value >= 0.99]
    return {
        "status": "done" if done else fate, "reason": "" if done else "a reason",
        "steps": None if fate == "failed" else every * last,
        "seconds": 1.0 if done else None, "parameters": 9 if done else None,
        "levenshtein_accuracy": curve[-1] if done else None, "exact_match": curve[-1] ** 2 if done else None,
        "steps_to_99": reached[0] if reached else None, "anti_diagonal": None, "own": curve[-1] / 2 if done else None,
    }  # fmt: skip
