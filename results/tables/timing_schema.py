"""The columns of the tables of times: of the suites, the peers, the machine's limits, and the checks."""

from __future__ import annotations

from results.tables.column import Column, number, text, whole

SUITES = ("encoder", "score", "decoder", "greedy", "training", "metric")
LIMITS = ("matmul", "tanh", "reciprocal", "copy")
"""What a machine can be at its limit of: products of matrices, tanh and sigmoid, reciprocals, bytes moved."""
_STOPPED = text("stopped", "width", "limit")

SPEED_TABLES: dict[str, tuple[Column, ...]] = {
    "throughput": (
        text("suite", *SUITES),
        text("case"),
        text("candidate"),
        text("baseline"),
        text("device"),
        whole("threads"),
        text("cell", optional=True),
        whole("directions", optional=True),
        whole("batch"),
        whole("source_length"),
        whole("target_length", optional=True),
        number("padding_ratio", optional=True),
        whole("hidden_size"),
        whole("rounds"),
        _STOPPED,
        number("median_seconds"),
        text("tokens", "source", "target"),
        number("tokens_per_second"),
        number("ratio"),
        number("ratio_low", optional=True),
        number("ratio_high", optional=True),
        whole("peak_bytes", optional=True),
        number("compile_seconds", optional=True),
        text("limit", *LIMITS, optional=True),
        number("share", optional=True),
    ),
    "rounds": (
        text("suite", *SUITES, "peers"),
        text("case"),
        text("candidate"),
        whole("round"),
        text("order", "candidate_first", "baseline_first"),
        number("candidate_seconds"),
        number("baseline_seconds"),
    ),
    "ceilings": (
        text("device"),
        whole("threads"),
        text("limit", *LIMITS),
        whole("size"),
        number("per_second"),
        whole("rounds"),
    ),
    "checks": (
        number("planted"),
        whole("case"),
        whole("rounds"),
        number("ratio"),
        number("ratio_low"),
        number("ratio_high"),
    ),
    "peers": (
        text("work", "training", "encoder", "scoring", "greedy", "metric"),
        text("case"),
        text("ours"),
        text("peer"),
        text("device"),
        whole("threads"),
        text("cell", optional=True),
        text("score", optional=True),
        text("query", optional=True),
        whole("hidden_size"),
        whole("batch"),
        whole("shortest", optional=True),
        whole("source_length"),
        whole("target_length", optional=True),
        text("mode", "eager", "compile"),
        number("compile_seconds", optional=True),
        whole("rounds"),
        _STOPPED,
        number("our_median_seconds"),
        number("peer_median_seconds"),
        number("ratio"),
        number("ratio_low", optional=True),
        number("ratio_high", optional=True),
        whole("our_peak_bytes", optional=True),
        whole("peer_peak_bytes", optional=True),
        text("limit", *LIMITS, optional=True),
        number("share", optional=True),
        number("at_least", optional=True),
        text("measure", "time", "memory"),
    ),
}

SPEED_KEYS: dict[str, tuple[str, ...]] = {
    "throughput": ("suite", "case", "candidate"),
    "rounds": ("suite", "case", "candidate", "round"),
    "ceilings": ("device", "threads", "limit", "size"),
    "checks": ("planted", "case"),
    "peers": ("work", "case", "ours", "peer", "device", "threads", "hidden_size", "batch", "mode", "measure"),
}
