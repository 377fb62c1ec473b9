"""Ratios of times are compared on one machine only; changes beyond the noise are listed, and a rise is worse."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from edited_folders import compared, edit, edit_part
from hypothesis import given
from hypothesis import strategies as st
from synthetic_overhead import rounds, write_overhead
from synthetic_peers import row as peers_row
from synthetic_peers import write_peers
from synthetic_timing import row, write_speed

from results.compare.timing import TOLERANCE, moved, quotient
from results.statistics import Interval, median_ratio

ENDS = st.lists(st.floats(0.01, 100.0), min_size=3, max_size=3).map(sorted)


def between(ends: list[float]) -> Interval:
    return Interval(ends[1], ends[0], ends[2], 9)


def speed(folder: Path, ratio: float, low: float, high: float, candidate: str = "additive") -> Path:
    """A baseline against itself, and a candidate against the baseline."""
    folder.mkdir()
    itself = row("greedy", "", "none", "none", 1.0, 10)
    write_speed(folder, [itself, row("greedy", "", candidate, "none", ratio, 10, ratio_low=low, ratio_high=high)])
    return folder


@pytest.mark.parametrize(
    ("was", "became", "title", "message"),
    [
        (
            (2.0, 1.96, 2.04),
            (2.2, 2.15, 2.25),
            "Worse in B",
            "A ×2.00 (1.96 to 2.04); B ×2.20 (2.15 to 2.25); B over A ×1.10 (1.07 to 1.13)",
        ),
        (
            (0.9, 0.88, 0.92),
            (1.1, 1.08, 1.12),
            "Worse in B",
            "A ×0.900 (0.880 to 0.920), faster; B ×1.10 (1.08 to 1.12), slower; ",
        ),
        ((2.2, 2.15, 2.25), (2.0, 1.96, 2.04), "Better in B", "; B over A ×0.909 (0.882 to 0.937)"),
        (
            (0.98, 0.95, 0.99),
            (0.99, 0.96, 1.02),
            "Other changes",
            ", no difference shown; B over A ×1.01 (0.98 to 1.05), within the noise",
        ),
        ((2.0, 1.5, 2.5), (3.0, 2.4, 3.5), None, ""),  # apart by half, but the intervals meet
        ((2.0, 1.999, 2.001), (2.09, 2.089, 2.091), None, ""),  # intervals apart, but within 5%
        ((2.0, 1.999, 2.001), (2.11, 2.109, 2.111), "Worse in B", "; B over A ×1.05 (1.05 to 1.06)"),
        (
            (2.0, math.nan, math.nan),
            (9.0, 8.9, 9.1),
            "Other changes",
            "A ×2.00, not enough rounds; B ×9.00 (8.90 to 9.10), slower; B over A ×4.50, within the noise",
        ),
    ],
)
def test_a_ratio_has_changed_if_the_intervals_are_disjoint_and_the_change_exceeds_5_percent(
    tmp_path, capsys, was, became, title, message
):
    status, lines = compared(capsys, speed(tmp_path / "a", *was), speed(tmp_path / "b", *became))
    assert status == (title == "Worse in B")
    if title is None:
        assert lines == ["No change.", "benchmarks: 1 ratio of times compared, none changed"]
    else:
        assert lines[2] == title
        assert lines[3].startswith("  greedy, cpu  source 10: additive: A ")
        assert message in lines[3]


@given(ENDS, ENDS)
def test_the_quotient_of_two_ratios_that_differ_excludes_1(first, second):
    before, after = between(first), between(second)
    found = quotient(before, after)
    assert found.low <= found.estimate <= found.high
    if moved(before, after):
        assert found.excludes(1.0)
        assert (found.estimate > 1) == (after.estimate > before.estimate)


def test_the_interval_of_the_quotient_covers_the_true_one():
    noise = np.random.default_rng(7)

    def drawn(ratio: float) -> Interval:
        return median_ratio(ratio * noise.lognormal(0, 0.05, 20), noise.lognormal(0, 0.05, 20))

    found = [quotient(drawn(1.0), drawn(1.2)) for _ in range(500)]
    assert sum(one.low <= 1.2 <= one.high for one in found) >= 0.94 * len(found)


def test_a_baseline_compared_with_itself_counts_as_noise(tmp_path, capsys):
    folders = [speed(tmp_path / name, 2.0, 1.9, 2.1) for name in "ab"]
    edit(folders[1], "throughput", lambda rows: [
        {**one, "ratio": "1.3", "ratio_low": "1.2", "ratio_high": "1.4"} if one["candidate"] == "none" else one
        for one in rows
    ])  # fmt: skip
    assert compared(capsys, *folders)[1][0] == "No change."


def test_a_row_with_another_baseline_is_not_compared(tmp_path, capsys):
    folders = [speed(tmp_path / name, ratio, ratio * 0.9, ratio * 1.1) for name, ratio in (("a", 1.0), ("b", 3.0))]
    edit(folders[1], "throughput", lambda rows: [{**one, "threads": "1"} for one in rows])
    status, lines = compared(capsys, *folders)
    assert status == 0
    assert lines[3].endswith(
        "additive: not compared: A is against none on cpu with 2 threads, B against none on cpu with 1 thread"
    )


def test_rows_of_the_benchmarks_are_missing_and_new(tmp_path, capsys):
    folders = [
        speed(tmp_path / name, 2.0, 1.9, 2.1, candidate) for name, candidate in (("a", "additive"), ("b", "dot"))
    ]
    status, lines = compared(capsys, *folders)
    assert status == 1
    assert lines[2:] == [
        "Worse in B",
        "  missing: greedy, cpu  source 10: additive",
        "",
        "Other changes",
        "  new: greedy, cpu  source 10: dot",
        "",
        "benchmarks: 0 ratios of times compared, none changed",
    ]


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("machine__processor", "Another"),
        ("machine__gpu", "Some GPU"),
        ("machine__cores", 999),
        ("threads", 1),
        ("python", "3.99.0"),
        ("versions__torch", "1.0"),
        ("versions__numpy", "1.0"),
    ],
)
def test_on_another_machine_times_are_compared_only_on_request(tmp_path, capsys, fact, value):
    before, after = speed(tmp_path / "a", 2.0, 1.9, 2.1), speed(tmp_path / "b", 4.0, 3.9, 4.1)
    edit_part(after, "benchmarks", **{fact: value})
    status, lines = compared(capsys, before, after)
    assert (status, lines[0]) == (0, "Nothing got worse.")
    assert lines[-1].startswith("benchmarks: times are not compared, since they depend on what differs here: ")
    assert f"{fact.replace('__', '.')} " in lines[-1]
    assert f"-> {value}; --times" in lines[-1]
    status, lines = compared(capsys, before, after, "--times")
    assert (status, lines[2]) == (1, "Worse in B")


def test_a_version_that_does_not_affect_times_does_not_prevent_a_comparison(tmp_path, capsys):
    before, after = speed(tmp_path / "a", 2.0, 1.9, 2.1), speed(tmp_path / "b", 4.0, 3.9, 4.1)
    edit_part(after, "benchmarks", versions__matplotlib="1.0", commit={"id": "abc", "dirty": False})
    assert compared(capsys, before, after)[0] == 1


REACHED = {"at_least": 1.5}
MISSED = {**REACHED, "ratio": 0.8, "ratio_low": 0.7, "ratio_high": 0.9}
MEMORY = {"measure": "memory", "ratio_low": math.nan, "ratio_high": math.nan, "at_least": 8}


def test_a_missed_aim_is_worse_and_an_aim_no_longer_shown_is_not(tmp_path, capsys):
    write_peers(tmp_path / "reached", [peers_row(**REACHED)])
    write_peers(tmp_path / "missed", [peers_row(**MISSED)])
    write_peers(tmp_path / "not_shown", [peers_row(**REACHED, ratio_high=0.8)])
    status, lines = compared(capsys, tmp_path / "reached", tmp_path / "missed")
    assert (status, lines[2]) == (1, "Worse in B")
    assert lines[-1] == (
        "  training step, general, H = 64, batch 32, eager: padded_exact against joeynmt: 1 thread: speedup "
        "A ×2.00 (1.60 to 2.50), ×1.5 reached; B ×1.25 (1.11 to 1.43), ×1.5 missed; B over A ×0.62 (0.49 to 0.81)"
    )
    status, lines = compared(capsys, tmp_path / "reached", tmp_path / "not_shown")
    assert (status, lines[2]) == (0, "Other changes")
    assert "×1.5 reached; B ×2.0 (1.2 to 2.5), ×1.5 not shown; " in lines[3]
    status, lines = compared(capsys, tmp_path / "missed", tmp_path / "reached")
    assert (status, lines[2], len(lines)) == (0, "Better in B", 5)


def test_a_raised_aim_is_reported_with_the_verdict(tmp_path, capsys):
    write_peers(tmp_path / "a", [peers_row(at_least=1.5)])
    write_peers(tmp_path / "b", [peers_row(at_least=3.0)])
    status, lines = compared(capsys, tmp_path / "a", tmp_path / "b")
    assert (status, lines[2]) == (1, "Worse in B")
    assert "), ×1.5 reached; B ×2.00 (1.60 to 2.50), ×3 missed; B over A ×1.00 " in lines[3]


def test_memory_is_compared_on_any_machine_and_times_are_not(tmp_path, capsys):
    write_peers(tmp_path / "a", [peers_row(**REACHED), peers_row(**MEMORY, ratio=0.1)])
    write_peers(tmp_path / "b", [peers_row(**MISSED), peers_row(**MEMORY, ratio=0.2)])
    edit_part(tmp_path / "b", "peers", machine__processor="Another")
    status, lines = compared(capsys, tmp_path / "a", tmp_path / "b")
    assert (status, lines[2]) == (1, "Worse in B")
    assert lines[3].endswith("1 thread (memory): speedup A ×10.0, ×8 reached; B ×5.00, ×8 missed; B over A ×0.500")
    assert lines[4] == ""
    lines = compared(capsys, tmp_path / "a", tmp_path / "b", "--times")[1]
    assert lines[2:].index("") == 1 + 3


def test_the_overhead_of_the_engine_is_compared_as_a_ratio(tmp_path, capsys):
    write_overhead(tmp_path / "a", rounds([1.02] * 7) + rounds([1.01] * 7, "postgresql"))
    write_overhead(tmp_path / "b", rounds([1.2] * 7) + rounds([1.01] * 7, "postgresql"))
    write_overhead(tmp_path / "c", rounds([1.02] * 7))
    status, lines = compared(capsys, tmp_path / "a", tmp_path / "b")
    assert (status, lines[2]) == (1, "Worse in B")
    assert lines[3] == (
        "  overhead of attention, arm none, profile quick: SQLite: A ×1.02 (1.02 to 1.02), under 5%; "
        "B ×1.20 (1.20 to 1.20), not under 5%; B over A ×1.18 (1.18 to 1.18)"
    )
    status, lines = compared(capsys, tmp_path / "a", tmp_path / "c")
    assert (status, lines[2]) == (1, "Worse in B")
    assert "  overhead_postgresql: missing" in lines


@given(ENDS, ENDS)
def test_the_rule_for_a_change_is_symmetrical_and_requires_a_gap(first, second):
    before, after = between(first), between(second)
    assert moved(before, after) == moved(after, before)
    if moved(before, after):
        assert before.high < after.low or after.high < before.low
        assert abs(after.estimate - before.estimate) > TOLERANCE * min(before.estimate, after.estimate)
    assert not moved(before, before)


def test_equal_times_seldom_differ_when_drawn_again_and_a_slowdown_of_15_percent_does():
    noise = np.random.default_rng(3)

    def drawn(ratio: float) -> Interval:
        return median_ratio(ratio * noise.lognormal(0, 0.05, 20), noise.lognormal(0, 0.05, 20))

    equals = sum(moved(drawn(1.0), drawn(1.0)) for _ in range(500))
    slower = sum(moved(drawn(1.0), drawn(1.15)) for _ in range(100))
    assert equals <= 5
    assert slower >= 80
