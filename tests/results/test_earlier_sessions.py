"""Sessions of the benchmarks that a new session replaces are kept, and compared with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from edited_folders import compared, edit_part
from synthetic_rows import write_study
from synthetic_timing import row, write_speed

from results.compare import compare_folders, compare_with_last
from results.errors import InputError
from results.tables import csv_io, provenance
from results.tables.earlier_sessions import MOST, earlier_sessions, keep_session

TABLES = {"benchmarks": ("throughput", "rounds", "ceilings"), "peers": ("peers", "rounds", "ceilings")}


NOW = datetime(2026, 3, 9, tzinfo=UTC)


def session(folder: Path, ratio: float, started: str) -> None:
    """The rows of a session, and one timed round that a kept session leaves out."""
    folder.mkdir(exist_ok=True)
    itself = row("greedy", "", "none", "none", 1.0, 10, rounds=1, ratio_low=None, ratio_high=None)
    write_speed(folder, [itself, row("greedy", "", "additive", "none", ratio, 10, rounds=1)])
    csv_io.write_table(folder, "rounds", [timed_round(one) for one in ("none", "additive")])
    edit_part(folder, "benchmarks", started=started, finished=started)


def timed_round(candidate: str) -> dict[str, object]:
    return {
        "suite": "greedy", "case": "cpu  source 10", "candidate": candidate, "round": 1, "order": "candidate_first",
        "candidate_seconds": 1.0, "baseline_seconds": 1.0,
    }  # fmt: skip


def test_a_kept_session_has_the_rows_and_its_part_of_the_provenance_without_the_rounds(tmp_path: Path) -> None:
    write_study(tmp_path, seeds=2)
    assert keep_session(tmp_path, TABLES, NOW) is None  # a study is no session
    session(tmp_path, 2.0, "2026-03-01T10:00:00Z")
    rows = (tmp_path / "throughput.csv").read_bytes()
    kept = keep_session(tmp_path, TABLES, NOW)
    assert kept == tmp_path / "sessions" / "2026-03-01T10-00-00"
    assert {path.name for path in kept.iterdir()} == {"throughput.csv", "provenance.json"}
    assert (kept / "throughput.csv").read_bytes() == rows
    assert json.loads((kept / "provenance.json").read_text())["parts"].keys() == {"benchmarks"}
    assert keep_session(tmp_path, {"peers": TABLES["peers"]}, NOW) is None


def test_each_state_with_times_of_a_gpu_is_kept_in_order(tmp_path: Path) -> None:
    """A session on the GPU begins on day 3 and is resumed on day 5, after one on the CPU. `compare` takes the last name
    for the last state."""
    session(tmp_path, 2.0, "2026-03-01T10:00:00Z")
    (part,) = provenance.read(tmp_path).values()
    days = {"benchmarks": (1, 1), "benchmarks_cuda": (2, 2)}
    states = []
    for replaced, (start, end) in (("benchmarks", (4, 4)), ("benchmarks_cuda", (3, 5)), ("benchmarks_cuda", (6, 6))):
        parts = {
            name: {**part, "started": f"2026-03-0{first}T10:00:00Z", "finished": f"2026-03-0{last}T10:00:00Z"}
            for name, (first, last) in days.items()
        }
        (tmp_path / "provenance.json").write_text(json.dumps({"parts": parts}))
        kept = keep_session(tmp_path, {replaced: TABLES["benchmarks"]}, datetime(2026, 3, start, 10, tzinfo=UTC))
        assert kept is not None
        states.append((kept.name, parts))
        days[replaced] = (start, end)
    assert [(folder.name, provenance.read(folder)) for folder in earlier_sessions(tmp_path)] == states
    assert [name[8:10] for name, _ in states] == ["02", "04", "05"]


def test_two_states_with_the_same_end_are_both_kept(tmp_path: Path) -> None:
    """The clock of the machine with the GPU is fast: its session seems to end after those on the CPU."""
    session(tmp_path, 2.0, "2026-03-01T10:00:00Z")
    (part,) = provenance.read(tmp_path).values()
    states = []
    for hour in (10, 11):
        on_cpu = {**part, "started": f"2026-03-01T{hour}:00:00Z", "finished": f"2026-03-01T{hour}:30:00Z"}
        states.append({"benchmarks": on_cpu, "benchmarks_cuda": {**part, "finished": "2026-03-01T12:00:00Z"}})
        (tmp_path / "provenance.json").write_text(json.dumps({"parts": states[-1]}))
        for _ in range(2):  # the second time after a crash
            keep_session(tmp_path, TABLES, NOW)
    kept = {folder.name: provenance.read(folder) for folder in earlier_sessions(tmp_path)}
    assert kept == {"2026-03-01T12-00-00": states[0], "2026-03-01T12-00-00-2": states[1]}


def test_a_session_on_a_gpu_is_compared_with_one_of_both_devices(tmp_path: Path) -> None:
    """The GPU was timed twice, and then the CPU into the same folder."""
    session(tmp_path, 2.0, "2026-03-01T10:00:00Z")
    (part,) = provenance.read(tmp_path).values()
    (tmp_path / "rounds.csv").unlink()
    on_gpu = (tmp_path / "throughput.csv").read_text().replace("cpu", "cuda")
    (tmp_path / "throughput.csv").write_text(on_gpu)
    (tmp_path / "provenance.json").write_text(json.dumps({"parts": {"benchmarks_cuda": part}}))
    keep_session(tmp_path, {"benchmarks_cuda": TABLES["benchmarks"]}, NOW)
    header, *rows = on_gpu.splitlines()
    (tmp_path / "throughput.csv").write_text(
        "\n".join([header, *(row.replace("cuda", "cpu") for row in rows), *rows, ""])
    )
    later = {
        "benchmarks": {**part, "threads": 1},
        "benchmarks_cuda": {**part, "threads": 8, "started": "2026-03-02T10:00:00Z"},
    }
    (tmp_path / "provenance.json").write_text(json.dumps({"parts": later}))
    found = compare_with_last(tmp_path, times=False)
    assert [note for note in found.notes if "compared" in note] == [
        "benchmarks_cuda: 1 ratio of times compared, none changed"  # a GPU uses none of the threads that differ
    ]


def test_a_copy_that_was_interrupted_is_completed(tmp_path: Path) -> None:
    session(tmp_path, 2.0, "2026-03-01T10:00:00Z")
    torn = tmp_path / "sessions" / "2026-03-01T10-00-00"
    torn.mkdir(parents=True)
    (torn / "throughput.csv").write_text("suite,ca")
    assert earlier_sessions(tmp_path) == []
    keep_session(tmp_path, TABLES, NOW)
    assert earlier_sessions(tmp_path) == [torn]
    assert len(csv_io.read_table(torn, "throughput")) == 2


def test_a_session_is_not_earlier_than_itself(tmp_path: Path) -> None:
    """It wrote its tables although a test had failed, and is continued. Its copy hid the complete tables later."""
    session(tmp_path, 2.0, "2026-03-09T00:00:00Z")
    assert keep_session(tmp_path, TABLES, NOW) is None
    assert earlier_sessions(tmp_path) == []


def test_the_oldest_sessions_are_removed(tmp_path: Path) -> None:
    session(tmp_path, 2.0, "2026-03-01T10:00:00Z")
    for minute in range(MOST + 2):
        time = f"2026-03-01T10:{minute:02d}:00Z"
        edit_part(tmp_path, "benchmarks", started=time, finished=time)
        keep_session(tmp_path, TABLES, NOW)
    kept = [folder.name for folder in earlier_sessions(tmp_path)]
    assert (len(kept), kept[0], kept[-1]) == (MOST, "2026-03-01T10-02-00", f"2026-03-01T10-{MOST + 1:02d}-00")


def test_a_session_is_compared_with_the_last_one_before_and_not_with_the_study_beside_it(tmp_path: Path) -> None:
    write_study(tmp_path, seeds=2)
    for number, ratio in enumerate((3.0, 2.0)):
        session(tmp_path, ratio, f"2026-03-0{number + 1}T10:00:00Z")
        keep_session(tmp_path, TABLES, NOW)
    session(tmp_path, 2.5, "2026-03-03T10:00:00Z")
    [change] = compare_with_last(tmp_path, times=False).changes
    assert change.direction == "worse"
    assert change.text.startswith("greedy, cpu  source 10: additive: A ×2.00 (1.96 to 2.06); B ×2.50 (2.45 to 2.58); ")

    first, last = earlier_sessions(tmp_path)
    for before, after in ((first, last), (tmp_path, last)):
        assert [change.direction for change in compare_folders(before, after, times=False).changes] == ["better"]


def test_a_folder_without_an_earlier_session_is_refused(tmp_path: Path) -> None:
    session(tmp_path, 2.0, "2026-03-01T10:00:00Z")
    with pytest.raises(InputError, match="no earlier session in"):
        compare_with_last(tmp_path, times=False)


def test_compare_takes_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session(tmp_path, 2.0, "2026-03-01T10:00:00Z")
    keep_session(tmp_path, TABLES, NOW)
    assert compared(capsys, tmp_path) == (0, ["No change.", "benchmarks: 1 ratio of times compared, none changed"])
