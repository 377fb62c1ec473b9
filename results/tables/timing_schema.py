"""The columns and keys of the tables of times: suites, rounds, peak rates, checks, peers, growth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from results.tables.column import Column, integer, number, text

STUDY_SUITES = ("study_training", "study_greedy")
"""The suites of `bench --of`, which times the arms of a study."""
SUITES = ("encoder", "score", "decoder", "greedy", "training", "metric", *STUDY_SUITES)
LIMITS = ("matmul", "tanh", "reciprocal", "copy")
"""The peak rates that are measured: matrix products, tanh and sigmoid, reciprocals, bytes moved."""
_STOPPED = text("stopped", "width", "limit")

TIMING_TABLES: dict[str, tuple[Column, ...]] = {
    "throughput": (
        text("suite", *SUITES),
        text("case"),
        text("candidate"),
        text("baseline"),
        text("device"),
        integer("threads"),
        text("cell", optional=True),
        integer("directions", optional=True),
        integer("batch"),
        integer("source_length"),
        integer("target_length", optional=True),
        number("padding_ratio", optional=True),
        integer("hidden_size"),
        integer("rounds"),
        _STOPPED,
        number("median_seconds"),
        text("tokens", "source", "target"),
        number("tokens_per_second"),
        number("ratio"),
        number("ratio_low", optional=True),
        number("ratio_high", optional=True),
        integer("peak_bytes", optional=True),
        number("compile_seconds", optional=True),
        text("limit", *LIMITS, optional=True),
        number("share", optional=True),
    ),
    "rounds": (
        text("suite", *SUITES, "peers"),
        text("case"),
        text("candidate"),
        integer("round"),
        text("order", "candidate_first", "baseline_first"),
        number("candidate_seconds"),
        number("baseline_seconds"),
    ),
    "ceilings": (
        text("device"),
        integer("threads"),
        text("limit", *LIMITS),
        integer("size"),
        number("per_second"),
        integer("rounds"),
    ),
    "checks": (
        number("planted"),
        integer("case"),
        integer("rounds"),
        number("ratio"),
        number("ratio_low"),
        number("ratio_high"),
    ),
    "commits": (
        text("suite", *SUITES),
        text("case"),
        text("candidate"),
        text("device"),
        integer("threads"),
        integer("round"),
        integer("burst"),
        text("side", "a", "b", "control"),
        integer("position"),
        integer("calls"),
        number("seconds"),
    ),
    "peers": (
        text("work", "training", "encoder", "scoring", "greedy", "metric"),
        text("case"),
        text("ours"),
        text("peer"),
        text("device"),
        integer("threads"),
        text("cell", optional=True),
        text("score", optional=True),
        text("query", optional=True),
        integer("hidden_size"),
        integer("batch"),
        integer("shortest", optional=True),
        integer("source_length"),
        integer("target_length", optional=True),
        text("mode", "eager", "compile"),
        number("compile_seconds", optional=True),
        integer("rounds"),
        _STOPPED,
        number("our_median_seconds"),
        number("peer_median_seconds"),
        number("ratio"),
        number("ratio_low", optional=True),
        number("ratio_high", optional=True),
        integer("our_peak_bytes", optional=True),
        integer("peer_peak_bytes", optional=True),
        text("limit", *LIMITS, optional=True),
        number("share", optional=True),
        number("at_least", optional=True),
        text("measure", "time", "memory"),
    ),
    "scaling": (
        text("work", "step", "study", "report"),
        text("axis", "length", "batch", "hidden_size", "runs", "rows"),
        integer("size"),
        text("cell", optional=True),
        text("score", optional=True),
        text("query", "current", "previous", optional=True),
        integer("length", optional=True),
        integer("batch", optional=True),
        integer("hidden_size", optional=True),
        text("storage", "sqlite", "postgresql", optional=True),
        text("cluster", "dask", optional=True),
        integer("workers", optional=True),
        integer("round"),
        integer("calls"),
        number("seconds"),
        number("work_seconds", optional=True),
    ),
}

TIMING_KEYS: dict[str, tuple[str, ...]] = {
    "throughput": ("suite", "case", "candidate"),
    "rounds": ("suite", "case", "candidate", "round"),
    "ceilings": ("device", "threads", "limit", "size"),
    "checks": ("planted", "case"),
    "commits": ("suite", "case", "candidate", "round", "burst", "side"),
    "peers": ("work", "case", "ours", "peer", "device", "threads", "hidden_size", "batch", "mode", "measure"),
    "scaling": ("work", "axis", "cell", "score", "query", "storage", "cluster", "workers", "size", "round"),
}


def scaling_parts(rows: Iterable[Mapping[Any, Any]]) -> list[str]:
    """The part of the provenance of the command that measures each row of scaling.csv."""
    return [
        "scaling_steps"
        if row["work"] == "step"
        else "scaling_runs_dask"
        if row["cluster"] == "dask"
        else "scaling_runs_postgresql"
        if row["storage"] == "postgresql"
        else "scaling_runs_sqlite"
        for row in rows
    ]
