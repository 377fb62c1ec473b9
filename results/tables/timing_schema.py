"""The columns and keys of the tables of times, and the names of the rows that time a study.

A row that `retrograde bench --of` writes has a case and a candidate. The case is a device, a number of threads, and a
level of each factor of the study. The candidate is an arm. An arm whose packing is `padded_exact` has a second
candidate, which computes the same values with `packed`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from results.tables.column import Column, integer, number, positive, text
from results.text import format_setting, plural

STUDY_SUITES = ("study_training", "study_greedy")
"""The suites of `bench --of`, which times the arms of a study."""
SUITES = ("encoder", "score", "decoder", "greedy", "training", "metric", *STUDY_SUITES)
SESSION_PARTS = ("benchmarks", "benchmarks_cuda")
"""The parts of the provenance of sessions of `bench`. The second one is of a session on a GPU alone, whose rows can
stand beside those of the CPU of another machine."""
LIMITS = ("matmul", "tanh", "reciprocal", "copy")
"""The peak rates that are measured: matrix products, tanh and sigmoid, reciprocals, bytes moved."""
_SEPARATOR = ", "
"""Between the parts of the name of a case."""
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
        positive("median_seconds"),
        text("tokens", "source", "target"),
        positive("tokens_per_second"),
        positive("ratio"),
        positive("ratio_low", optional=True),
        positive("ratio_high", optional=True),
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
        positive("candidate_seconds"),
        positive("baseline_seconds"),
    ),
    "ceilings": (
        text("device"),
        integer("threads"),
        text("limit", *LIMITS),
        integer("size"),
        positive("per_second"),
        integer("rounds"),
    ),
    "checks": (
        number("planted"),
        integer("case"),
        integer("rounds"),
        positive("ratio"),
        positive("ratio_low"),
        positive("ratio_high"),
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
        positive("seconds"),
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
        positive("ratio"),
        positive("ratio_low", optional=True),
        positive("ratio_high", optional=True),
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
        positive("seconds"),
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


def session_parts(devices: Iterable[str], recorded: Collection[str]) -> list[str]:
    """The parts, of the `recorded` ones, of the sessions whose rows are on these devices."""
    benchmarks, on_gpu = SESSION_PARTS
    return [*dict.fromkeys(on_gpu if device == "cuda" and on_gpu in recorded else benchmarks for device in devices)]


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


def case_name(device: str, threads: int, levels: Mapping[str, Any]) -> str:
    """`cpu, 1 thread, max_length = 10`; without factors `cpu, 1 thread`.

    A level may come from a configuration, from provenance.json or from a table, in which 1 may be 1.0.
    """
    at = [f"{factor} = {_level(level)}" for factor, level in levels.items()]
    return _SEPARATOR.join([device_name(device, threads), *at])


def device_name(device: str, threads: int) -> str:
    """`cpu, 1 thread`."""
    return f"{device}{_SEPARATOR}{plural(threads, 'thread')}"


def shown_device(device: str, threads: int) -> str:
    """`cpu, 1 thread`; `cuda` alone, since a GPU does not use the threads."""
    return device if device == "cuda" else device_name(device, threads)


def levels_of_case(case: str) -> str:
    """The levels in the name of a case: `max_length = 10`; empty without factors."""
    return _SEPARATOR.join(case.split(_SEPARATOR)[2:])


def packed_candidate(arm: str) -> str:
    """The candidate that computes the values of an arm with the packing `packed`."""
    return f"{arm}, packed"


def _level(level: Any) -> str:
    written = format_setting(level)
    try:
        value = float(written)
    except ValueError:
        return written
    return str(int(value)) if value.is_integer() else repr(value)
