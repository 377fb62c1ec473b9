"""Rows of a session of the benchmarks with known ratios, growth and crossovers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from synthetic_rows import record

from results.tables import csv_io
from results.tables.timing_schema import STUDY_SUITES, case_name, packed_candidate

LENGTHS = (10, 50, 200)
PADDINGS = (0.0, 0.25, 0.5, 0.75)
CELLS = ("gru", "lstm", "rnn")
SCORES = {"dot": 0.8, "scaled_dot": 0.82, "general": 1.0, "concat": 9.0, "additive": 6.0, "location": 2.0}
TRAINING = {"none": {"none": 1.0, "general": 1.25, "additive": 1.9}, "packed": {"packed": 1.0, "padded_exact": 0.8}}


def crossing(length: int) -> float:
    """The padding ratio at which padded_exact takes as long as packed."""
    return (math.log10(length) + 0.1) / 4


def row(suite: str, case: str, candidate: str, baseline: str, ratio: float, length: int, **more: Any) -> dict[str, Any]:
    """One whose baseline grows as length ** 1.5, in an interval from 2% below to 3% above."""
    seconds = 1e-4 * length**1.5 * ratio
    return {
        "suite": suite, "case": f"cpu {case} source {length}", "candidate": candidate, "baseline": baseline,
        "device": "cpu", "threads": 2, "cell": None, "directions": None, "batch": 32, "source_length": length,
        "target_length": None, "padding_ratio": 0.25, "hidden_size": 64, "rounds": 40, "stopped": "width",
        "median_seconds": seconds, "tokens": "source", "tokens_per_second": 1000 / seconds, "ratio": ratio,
        "ratio_low": ratio * 0.98, "ratio_high": ratio * 1.03, "peak_bytes": 2**20, "compile_seconds": None,
        "limit": "matmul", "share": 0.1 / ratio, **more,
    }  # fmt: skip


def encoder_rows(lengths: tuple[int, ...] = LENGTHS, **sizes: int) -> list[dict[str, Any]]:
    """A plane for each cell and direction; `sizes` may name another batch or hidden size."""
    rows = []
    for cell in CELLS:
        for directions in (1, 2):
            for length in lengths:
                for padding in PADDINGS:
                    exact = 2.0 ** (4 * (padding - crossing(length)))
                    case = f"{cell} {directions} {sizes} padding {padding}"
                    shape = {"cell": cell, "directions": directions, "padding_ratio": padding, **sizes}
                    for name, ratio in {"packed": 1.0, "padded": exact / 2, "padded_exact": exact}.items():
                        rows.append(row("encoder", case, name, "packed", ratio, length, **shape))
    return rows


def speed_rows(lengths: tuple[int, ...] = LENGTHS) -> list[dict[str, Any]]:
    """Every suite."""
    rows = encoder_rows(lengths)
    for length in lengths:
        for target in (1, 50):
            shape = {"target_length": target, "batch": 16, "tokens": "target"}
            for name, ratio in SCORES.items():
                if target == 1 or name != "location":
                    rows.append(row("score", f"target {target}", name, "general", ratio, length, **shape))
        after = {"target_length": length + 1, "cell": "gru", "tokens": "target"}
        for score, ratio in {"general": 0.3, "additive": 0.4}.items():
            for way, factor in {"stepwise": 1.0, "parallel": ratio}.items():
                rows.append(row("decoder", "", f"{score}_{way}", f"{score}_stepwise", factor, length, **after))
        for name, ratio in {"none": 1.0, "general": 1.4, "additive": 2.0 + length / 100}.items():
            rows.append(row("greedy", "", name, "none", ratio, length, **after))
        for baseline, arms in TRAINING.items():
            for name, ratio in arms.items():
                rows.append(row("training", f"beside {baseline}", name, baseline, ratio, length, **after))
    for name, ratio in {"evaluation": 1.0, "levenshtein": 0.05}.items():
        shape = {"batch": 1000, "limit": None, "share": None, **after}
        rows.append(row("metric", "", name, "evaluation", ratio, lengths[-1], **shape))
    return rows


def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows as they are read back from their table."""
    return pd.DataFrame(rows).astype({"directions": "Int64", "target_length": "Int64", "peak_bytes": "Int64"})


def write_speed(folder: Path, rows: list[dict[str, Any]] | None = None) -> None:
    csv_io.write_table(folder, "throughput", rows or speed_rows())
    record(folder, "benchmarks", ["nox", "-s", "benchmarks"], {"limits": {"least": 7}})


STUDY_ARMS = {"none": 1.0, "dot": 1.5, "general": 2.0, "additive": 1.25}


def study_rows(lengths: tuple[int, ...] = (5, 10), threads: tuple[int, ...] = (1, 2)) -> list[dict[str, Any]]:
    """A study whose arms take known multiples of the time of none; packed takes twice the time of the arm itself."""
    rows = []
    for suite in STUDY_SUITES:
        for each in threads:
            for length in lengths:
                case = {"case": case_name("cpu", each, {"max_length": length}), "threads": each, "tokens": "target"}
                for arm, ratio in STUDY_ARMS.items():
                    rows.append({**row(suite, "", arm, "none", ratio, length - 1), **case})
                    rows.append({**row(suite, "", packed_candidate(arm), arm, 2.0, length - 1), **case})
    return rows


def round_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rounds of each row, up to 1% from its median."""
    return [
        {
            "suite": row["suite"], "case": row["case"], "candidate": row["candidate"], "round": number + 1,
            "order": "candidate_first", "candidate_seconds": row["median_seconds"] * spread,
            "baseline_seconds": row["median_seconds"] / row["ratio"] * spread,
        }
        for row in rows
        for number, spread in enumerate(np.linspace(0.99, 1.01, row["rounds"]).tolist())
    ]  # fmt: skip


def write_study_times(folder: Path, rows: list[dict[str, Any]], study: str = "attention") -> None:
    """The times of a study's arms, beside its rows."""
    csv_io.write_table(folder, "throughput", rows)
    csv_io.write_table(folder, "rounds", round_rows(rows))
    record(folder, "benchmarks", ["retrograde", "bench"], {"study": {"name": study, "profile": "quick"}})
