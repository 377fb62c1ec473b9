"""The rows of a tuned study: pruned and diverged trials, and an arm whose best rate is at the end of the range."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from synthetic_rows import write_study

from results.tables import csv_io

BEST = {"none": 3e-3, "dot": 1e-2, "general": 4e-3, "additive": 9.9e-2}
"""Arm -> the learning rate that suits it."""
RATES = (0.00206, 0.0008485, 0.01408, 0.0239, 0.09046, 0.0001474, 0.006375, 0.00331)
SEEDS = (1_000_000, 1_000_001)
EPOCHS = 14


def tuning_rows(levels: tuple[int, ...] = (7, 14)) -> list[dict[str, Any]]:
    """Eight trials an arm, the same for all, of two runs each. From the fifth on, one that is far from the best is
    pruned in its first run; at max_length 14 the highest rate makes dot diverge in its second."""
    return [
        row
        for level in levels
        for arm, best in BEST.items()
        for trial, rate in enumerate(RATES)
        for row in _trial(arm, level, trial, rate, math.log10(rate / best), _nearest(best) == rate)
    ]


def write_tuned_study(folder: Path, levels: tuple[int, ...] = (7, 14), seeds: int = 10) -> None:
    """Writes the chosen rates into the tables and the search space into the provenance."""
    write_study(folder, levels=levels, seeds=seeds)
    csv_io.write_table(folder, "tuning", tuning_rows(levels))
    path = folder / "provenance.json"
    parts = json.loads(path.read_text())
    parts["parts"]["study"]["settings"]["tuning"] = {
        "space": {
            "learning_rate": {
                "name": "FloatDistribution", "attributes": {"step": None, "low": 1e-4, "high": 0.1, "log": True},
            }
        },
        "sampler": "tpe", "pruner": "median", "seeds": list(SEEDS), "trials_per_arm": len(RATES),
        "rule": "the one with the highest value",
    }  # fmt: skip
    path.write_text(json.dumps(parts))


def _nearest(best: float) -> float:
    return min(RATES, key=lambda rate: abs(math.log10(rate / best)))


def _trial(arm: str, level: int, trial: int, rate: float, off: float, chosen: bool) -> list[dict[str, Any]]:
    pruned, diverged = trial >= 4 and abs(off) > 0.7, (arm, level, rate) == ("dot", 14, 0.09046)
    outcome = "diverged" if diverged else "pruned" if pruned else "done"
    runs = SEEDS[:1] if outcome == "pruned" else SEEDS
    return [
        {
            "run_id": f"{arm}-{level}-{trial}-{seed}", "arm": arm, "max_length": level, "seed": seed, "trial": trial,
            "learning_rate": rate, "status": outcome if seed == runs[-1] else "done", "outcome": outcome,
            "chosen": int(chosen), "reason": "" if outcome == "done" else f"{outcome} after epoch 5",
            "epochs": 5 if outcome != "done" and seed == runs[-1] else EPOCHS, "seconds": 9.0,
            "value": None if diverged and seed == runs[-1] else 0.9 - 0.12 * abs(off) - 0.01 * (seed % 2)
            - 0.2 * (outcome == "pruned"),
        }
        for seed in runs
    ]  # fmt: skip
