"""What `compare` says of two commits: changes beyond the noise, and how often the control changes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from edited_folders import compared
from synthetic_rows import record

from results.analysis.timing.commits import commit_ratios
from results.compare.commits import MINIMUM_ROUNDS, compare_commits
from results.errors import InputError
from results.tables import csv_io

SETTINGS = {"commits": {"a": "a" * 40, "b": "b" * 40}, "rounds": 10, "not_timed": {}, "only_in": {"a": [], "b": []}}


def write(
    folder: Path, factors: dict[str, float], *, noise: float = 0.02, rounds: int = 10, spikes: bool = False
) -> None:
    """Cases whose B takes `factor` times the time of A. Rounds differ from each other, and a round drifts."""
    stream = np.random.default_rng(0)
    rows = []
    for case, factor in factors.items():
        for number in range(1, rounds + 1):
            drift = 1 + 0.3 * stream.random()
            for burst in range(1, 7):
                for position, side in enumerate(("a", "b", "control"), start=1):
                    seconds = 0.01 * drift * (factor if side == "b" else 1.0) * math.exp(noise * stream.normal())
                    slow = spikes and side == "b" and burst == 1
                    rows.append(
                        {
                            "suite": "greedy", "case": case, "candidate": "general", "device": "cpu", "threads": 1,
                            "round": number, "burst": burst, "side": side, "position": position, "calls": 1,
                            "seconds": seconds * (5 if slow else 1),
                        }
                    )  # fmt: skip
    csv_io.write_table(folder, "commits", rows)
    record(folder, "commits", ["retrograde", "bench"], {**SETTINGS, "rounds": rounds})


def test_slower_and_faster_cases_are_found_under_drift_and_a_stall_is_no_slowdown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"same": 1.0, "slower": 1.15, "much slower": 2.0, "faster": 0.8}, spikes=True)
    status, lines = compared(capsys, tmp_path)
    assert status == 1
    assert [line.partition(" ×")[0] for line in lines[:8]] == [
        "Something got worse.",
        "",
        "Worse in B",
        "  greedy, much slower: general: B over A",
        "  greedy, slower: general: B over A",
        "",
        "Better in B",
        "  greedy, faster: general: B over A",
    ]
    assert "A is aaaaaaaaaa, B is bbbbbbbbbb." in lines
    assert "4 cases timed in 10 rounds: 2 slower in B, 1 faster, 1 with no difference shown." in lines


def test_a_difference_of_less_than_5_percent_is_no_change_however_narrow_its_interval(tmp_path: Path) -> None:
    write(tmp_path, {"same": 1.03}, noise=0.0)
    [case] = commit_ratios(csv_io.read_table(tmp_path, "commits"))
    assert case.ratio.interval.excludes(1.0)
    assert compare_commits(tmp_path).changes == []


def test_of_100_cases_without_a_difference_almost_none_changes_and_the_control_says_how_many(tmp_path: Path) -> None:
    write(tmp_path, {f"case {number}": 1.0 for number in range(100)}, noise=0.2)
    found = compare_commits(tmp_path)
    assert len(found.changes) <= 2
    cases = commit_ratios(csv_io.read_table(tmp_path, "commits"))
    excluded = sum(case.control.interval.excludes(1.0) for case in cases)
    assert any(f"the 95% interval excludes 1 in {excluded} of 100, " in note for note in found.notes)


def test_a_verdict_needs_as_many_rounds_as_the_command_requires(tmp_path: Path) -> None:
    for rounds in (MINIMUM_ROUNDS - 1, MINIMUM_ROUNDS):
        write(tmp_path, {"slower": 3.0}, rounds=rounds)
        found = compare_commits(tmp_path)
        assert found.worse == (rounds == MINIMUM_ROUNDS)
        [counted] = [note for note in found.notes if "timed in" in note and note.startswith(("0 cases", "1 case"))]
        assert counted.startswith("1 case" if found.worse else "0 cases")
        few = "not testable: greedy, slower: general: timed in 9 rounds, 10 needed"
        assert (few in found.notes) == (rounds < MINIMUM_ROUNDS)


def test_rows_without_their_provenance_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"same": 1.0})
    (tmp_path / "provenance.json").unlink()
    with pytest.raises(InputError, match=r"parts\.commits is missing"):
        compare_commits(tmp_path)
