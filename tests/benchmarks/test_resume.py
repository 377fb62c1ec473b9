"""A session that was cut off goes on where it stopped, and leaves the tables before it alone until it is done."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from sessions import planted

from results.tables import csv_io, provenance

OLD = "the tables of an older session"


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The folder of a session that was killed in its third case of three, with a line torn in the middle."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "throughput.csv").write_text(OLD)
    done = planted(tmp_path, "not broken")
    assert done.returncode == -signal.SIGKILL, done.stdout
    assert (tmp_path / "out" / "throughput.csv").read_text() == OLD
    [ledger] = (tmp_path / "out" / "unfinished").iterdir()
    with ledger.open("a") as file:
        file.write('{"name": ["score", "plan')
    return tmp_path


@pytest.mark.slow
def test_the_same_command_does_what_is_left_and_a_finished_session_is_measured_anew(killed: Path) -> None:
    out, calls = killed / "out", killed / "twice"
    before = calls.read_text()
    done = planted(killed, "not broken")
    assert done.returncode == 0, done.stdout
    assert "the last line was cut off; what it held is measured again" in done.stdout
    assert "going on after 2 rows of throughput.csv" in done.stdout
    assert "1 passed, 2 skipped" in done.stdout
    assert calls.read_text() == before
    rows = csv_io.read_table(out, "throughput")
    assert [*rows.candidate] == ["once", "twice", "deadly"]
    rounds = csv_io.read_table(out, "rounds")
    assert rounds.groupby("candidate").size().to_dict() == dict(zip(rows.candidate, rows.rounds, strict=True))
    assert [*csv_io.read_table(out, "ceilings").limit] == ["matmul", "tanh", "reciprocal", "copy"]
    assert provenance.read(out)["benchmarks"]["settings"]["limits"]["width"] == 0.2
    assert not (out / "unfinished").exists()

    again = planted(killed, "not broken")
    assert "3 passed" in again.stdout
    assert len(calls.read_text()) > len(before)
    assert not csv_io.read_table(out, "throughput").equals(rows)


@pytest.mark.slow
def test_under_other_conditions_everything_is_measured_anew_and_the_reason_said(
    killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADS", "2")
    done = planted(killed, "not broken")
    assert "an unfinished session had other conditions (threads): all anew" in done.stdout
    assert "3 passed" in done.stdout


@pytest.mark.slow
def test_a_damaged_line_is_measured_again_and_costs_no_other_line(killed: Path) -> None:
    [ledger] = (killed / "out" / "unfinished").iterdir()
    lines = ledger.read_bytes().split(b"\n")
    damaged = b"\n".join(b"\0" * len(line) if b'"once"], "tables"' in line else line for line in lines)
    assert damaged.count(b"\0") > 100
    ledger.write_bytes(damaged)
    done = planted(killed, "not broken")
    assert done.returncode == 0, done.stdout
    assert f"{ledger}: 1 line damaged, to be kept in {ledger.stem}.damaged; what is missing" in done.stdout
    assert "2 passed, 1 skipped" in done.stdout
    assert {*csv_io.read_table(killed / "out", "throughput").candidate} == {"once", "twice", "deadly"}
    assert not ledger.exists()
    assert ledger.with_suffix(".damaged").read_bytes() == damaged


@pytest.mark.slow
def test_a_session_that_ends_early_writes_no_table_and_says_how_to_go_on(tmp_path: Path) -> None:
    done = planted(tmp_path, "not deadly", "--exitfirst")
    assert "1 failed, 1 passed" in done.stdout
    assert "1 row of throughput.csv in" in done.stdout
    assert "the same command goes on with what is kept" in done.stdout
    assert not (tmp_path / "out" / "throughput.csv").exists()


@pytest.mark.slow
def test_a_disk_that_takes_no_row_ends_the_session_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "unfinished").write_text("")
    done = planted(tmp_path, "once or twice")
    assert done.returncode == 1
    assert "File exists; the same command goes on with what is kept" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "twice").exists()
    assert not (tmp_path / "out" / "throughput.csv").exists()
