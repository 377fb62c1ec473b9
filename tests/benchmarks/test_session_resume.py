"""An interrupted session is resumed, and the tables in the folder stay until it is complete."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest
from sessions import known_ratio

from results.tables import csv_io, provenance
from results.tables.earlier_sessions import earlier_sessions
from results.terminal.folder_lock import lock_folder

pytestmark = pytest.mark.faults

OLD = "the tables of an older session"


@pytest.fixture(scope="module")
def killed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed")
    (folder / "out").mkdir()
    (folder / "out" / "throughput.csv").write_text(OLD)
    done = known_ratio(folder, "not failing")
    assert done.returncode == -signal.SIGKILL, done.stdout
    assert (folder / "out" / "throughput.csv").read_text() == OLD
    [journal] = (folder / "out" / "unfinished").iterdir()
    with journal.open("a") as file:
        file.write('{"name": ["score", "known')
    return folder


@pytest.fixture
def killed(killed_once: Path, tmp_path: Path) -> Path:
    """The folder of a session that was killed in its last candidate of three, with an incomplete last line."""
    return shutil.copytree(killed_once, tmp_path / "killed")


@pytest.mark.slow
def test_the_same_command_continues_and_after_a_complete_session_it_starts_again_and_keeps_that_one(
    killed: Path,
) -> None:
    out, calls = killed / "out", killed / "twice"
    before = calls.read_text()
    done = known_ratio(killed, "not failing")
    assert done.returncode == 0, done.stdout
    assert "the last line is incomplete; its rows are measured again" in done.stdout
    assert "resuming after 2 rows of throughput.csv" in done.stdout
    assert "1 passed, 2 skipped" in done.stdout
    assert calls.read_text() == before
    rows = csv_io.read_table(out, "throughput")
    assert [*rows.candidate] == ["once", "twice", "killing"]
    rounds = csv_io.read_table(out, "rounds")
    assert rounds.groupby("candidate").size().to_dict() == dict(zip(rows.candidate, rows.rounds, strict=True))
    assert [*csv_io.read_table(out, "ceilings").limit] == ["matmul", "tanh", "reciprocal", "copy"]
    part = provenance.read(out)["benchmarks"]
    assert part["settings"]["limits"]["width"] == 0.2
    assert part["noise"]["control_spread"] > 0  # of `once`, measured in the session that was killed
    assert not (out / "unfinished").exists()

    again = known_ratio(killed, "not failing")
    assert "3 passed" in again.stdout
    assert len(calls.read_text()) > len(before)
    assert not csv_io.read_table(out, "throughput").equals(rows)
    [earlier] = earlier_sessions(out)
    assert f"the session before is kept in {earlier}\n" in again.stdout
    assert csv_io.read_table(earlier, "throughput").equals(rows)
    assert provenance.read(earlier) == {"benchmarks": part}

    other = known_ratio(killed, "twice")
    assert other.returncode == 2
    suite = "selection tests/benchmarks/known_ratio.py"
    assert other.stderr == (
        f"{out} holds a session with {suite} -k not failing, and this one has {suite} -k twice; choose another folder, "
        f"such as --out {out}-known_ratio-k=twice\n"
    )
    assert len(csv_io.read_table(out, "throughput")) == 3


@pytest.mark.slow
def test_under_other_conditions_everything_is_measured_again_and_the_reason_is_printed(
    killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADS", "2")
    done = known_ratio(killed, "not failing")
    assert "the unfinished session ran under other conditions (threads); its rows are measured again" in done.stdout
    assert "3 passed" in done.stdout


@pytest.mark.slow
def test_a_damaged_line_is_measured_again_and_no_other_line_is_lost(killed: Path) -> None:
    [journal] = (killed / "out" / "unfinished").iterdir()
    lines = journal.read_bytes().split(b"\n")
    damaged = b"\n".join(b"\0" * len(line) if b'"once"], "tables"' in line else line for line in lines)
    assert damaged.count(b"\0") > 100
    journal.write_bytes(damaged)
    done = known_ratio(killed, "not failing")
    assert done.returncode == 0, done.stdout
    assert (
        f"{journal}: 1 line damaged, a copy of the file is kept as {journal.stem}.damaged; missing rows" in done.stdout
    )
    assert "2 passed, 1 skipped" in done.stdout
    assert {*csv_io.read_table(killed / "out", "throughput").candidate} == {"once", "twice", "killing"}
    assert not journal.exists()
    assert journal.with_suffix(".damaged").read_bytes() == damaged


@pytest.mark.slow
def test_an_interrupted_session_writes_no_table_and_prints_how_to_continue(tmp_path: Path) -> None:
    done = known_ratio(tmp_path, "not killing", "--exitfirst")
    assert "1 failed, 1 passed" in done.stdout
    assert "1 row of throughput.csv in" in done.stdout
    assert "run the same command again to continue" in done.stdout
    assert not (tmp_path / "out" / "throughput.csv").exists()


@pytest.mark.slow
def test_a_session_in_a_folder_that_another_command_uses_is_refused_and_changes_nothing(killed: Path) -> None:
    [journal] = (killed / "out" / "unfinished").iterdir()
    before = journal.read_bytes()
    with lock_folder(killed / "out"):
        done = known_ratio(killed, "not failing")
    assert done.returncode == 2, done.stdout
    assert done.stderr == (
        f"{killed / 'out'}: another command is using it; wait until it has finished, or choose another with --out\n"
    )
    assert journal.read_bytes() == before
    assert known_ratio(killed, "not failing").returncode == 0


@pytest.mark.slow
def test_a_write_error_ends_the_session_with_one_line(tmp_path: Path) -> None:
    done = known_ratio(tmp_path, "once or twice", largest_file=1024)
    assert done.returncode == 1
    assert "File too large; run the same command again to continue" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "twice").exists()
    assert not (tmp_path / "out" / "throughput.csv").exists()
