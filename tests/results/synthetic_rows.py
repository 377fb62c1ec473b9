"""The rows of a study: ten seeds of four arms, some at the highest accuracy, and a run that diverged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from results.tables import csv_io, provenance

ARMS = {"none": 0.66, "dot": 0.93, "general": 1.0, "additive": 1.0}
"""Arm -> the accuracy it ends at; at 1.0 every seed does."""
SPEED = {"none": 0.5, "dot": 1.0, "general": 2.2, "additive": 1.6}
STEPS = range(50, 701, 50)


def study_rows(levels: tuple[int, ...] = (7, 14), seeds: int = 10, draw: int = 0) -> dict[str, list[dict[str, Any]]]:
    """Another `draw` is the same study with other random numbers."""
    noise = np.random.default_rng(draw)
    names = ("runs", "convergence", "by_length", "alignments", "mean_alignments")
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for seed in range(seeds):
        for level in levels:
            for arm, end in ARMS.items():
                run = {"run_id": f"{arm}-{level}-{seed}", "arm": arm, "max_length": level, "seed": seed}
                diverged = (arm, level, seed) == ("dot", 14, 3)
                rate = SPEED[arm] * 7 / level * noise.uniform(0.8, 1.2)
                final = end if end == 1.0 else end + noise.normal(0, 0.012)
                first = None
                for step in [step for step in STEPS if step <= 250] if diverged else STEPS:
                    accuracy = min(1.0, max(0.0, 0.3 + (final - 0.3) / (1 + np.exp(-rate * (step - 300) / 40))))
                    accuracy = 1.0 if accuracy > 0.999 else accuracy
                    first = step if first is None and accuracy >= 0.99 else first
                    tables["convergence"].append(
                        {**run, "step": step, "epoch": step // 50, "train_loss": 1.4 * (1 - accuracy),
                         "eval_loss": 1.5 * (1 - accuracy), "levenshtein_accuracy": accuracy,
                         "exact_match": accuracy**8}
                    )  # fmt: skip
                tables["runs"].append(
                    {"study": "attention", **run, "status": "diverged" if diverged else "done",
                     "reason": "the loss is not finite at step 251" if diverged else "", "steps": step,
                     "seconds": 12.0 + level / 10, "parameters": 40_000 + 4096 * len(arm),
                     "levenshtein_accuracy": None if diverged else accuracy,
                     "exact_match": None if diverged else accuracy**8, "steps_to_99": first,
                     "anti_diagonal": None if diverged or arm == "none" else accuracy / 2}
                )  # fmt: skip
                if diverged:
                    continue
                for length in range(5, level + 1):
                    at = 1.0 if end == 1.0 else min(1.0, final + 0.25 * (1 - 2 * length / level) * (1 - end) * 4)
                    tables["by_length"].append(
                        {**run, "length": length, "n": 100, "levenshtein_accuracy": at, "exact_match": at**length}
                    )
                if arm != "none":
                    rows = alignment(run, level, noise)
                    tables["alignments"] += rows
                    tables["mean_alignments"] += [
                        {**{name: row[name] for name in row if name not in ("predicted", "source")}, "n": 100}
                        for row in rows
                    ]
    return tables


def alignment(run: dict[str, Any], size: int, noise: np.random.Generator) -> list[dict[str, Any]]:
    source = noise.integers(0, 4, size)
    weights = noise.random((size + 1, size)) * 0.05
    for target in range(size):
        weights[target, size - 1 - target] += noise.uniform(0.5, 1.0)
    weights /= weights.sum(axis=1, keepdims=True)
    predicted = [*("abcd"[letter] for letter in source[::-1]), "</s>"]
    return [
        {**run, "target_position": t + 1, "predicted": predicted[t], "source_position": s + 1,
         "source": "abcd"[source[s]], "weight": float(weights[t, s])}
        for t in range(size + 1)
        for s in range(size)
    ]  # fmt: skip


def write_study(folder: Path, **changes: Any) -> None:
    tables = study_rows(**changes)
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        csv_io.write_table(folder, name, rows)
    levels = sorted({row["max_length"] for row in tables["runs"]})
    settings = {
        "name": "attention", "question": "Does attention help to invert a sequence, and which score learns it first?",
        "baseline": "none", "arms": {arm: {"score": None if arm == "none" else arm} for arm in ARMS},
        "factors": {"max_length": levels}, "seeds": sorted({row["seed"] for row in tables["runs"]}),
        "primary": "steps_to_99",
        "model": {"cell": "gru", "hidden_size": 64, "packing": "padded_exact"}, "task": {"letters": 4, "min_length": 5},
        "training": {"learning_rate": 0.001, "batch_size": 30},
    }  # fmt: skip
    record(folder, "study", ["nox", "-s", "studies"], settings)


def part(profile: str, **more: Any) -> dict[str, Any]:
    """What reports read of a part of the provenance."""
    machine = {"processor": "a processor", "cores": 2, "gpu": None}
    return {"profile": profile, "finished": "2026-01-02T03:04:05Z", "machine": machine, "settings": {}, **more}


def record(folder: Path, part: str, command: list[str], settings: dict[str, Any]) -> None:
    provenance.record(
        folder,
        part,
        command=command,
        profile="quick",
        threads=2,
        gpu=None,
        started=datetime.now(UTC),
        settings=settings,
    )
