"""Real studies, trained by real processes: nothing runs twice, nothing is lost, and the rows do not depend on how."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from optuna.trial import TrialState

from results.provenance import read
from results.records import read_table
from studies.cli import main
from studies.storage import FILE, open_storage

pytestmark = pytest.mark.slow

TABLES = ("runs", "convergence", "by_length", "alignments")
LONG = ["--seeds", "1", "--set", "epochs=18"]
"""Four runs, each long enough to be caught in the middle."""


def run_to_the_end(folder: Path, *words: str) -> int:
    return main(["run", "attention", "--out", str(folder), *words])


def tables_of(folder: Path) -> dict[str, pd.DataFrame]:
    return {name: read_table(folder, name) for name in TABLES}


def completed(folder: Path) -> int:
    """How many trials came to an end with figures, over all calls."""
    storage = open_storage(folder)
    return storage.get_n_trials(storage.get_study_id_from_name("attention"), TrialState.COMPLETE)


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """The command as a user types it, at the head of a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "studies", "run", "attention", "--out", str(folder), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_until_under_way(folder: Path, process: subprocess.Popen[str]) -> int:
    """Until one run is done and another has just begun; returns the process id of that one's worker.

    It looks on without Optuna, as the process may still be making the file, and has to be told at once.
    """
    query = """SELECT value_json FROM trials JOIN trial_user_attributes USING (trial_id)
               WHERE key = 'worker' AND state = 'RUNNING' AND EXISTS (SELECT 1 FROM trials WHERE state = 'COMPLETE')
               AND (SELECT COUNT(*) FROM trial_intermediate_values v
                    WHERE v.trial_id = trials.trial_id) BETWEEN 1 AND 9"""
    while True:
        with (
            contextlib.suppress(sqlite3.OperationalError),  # no file yet, or no table in it
            contextlib.closing(sqlite3.connect(f"file:{folder / FILE}?mode=ro", uri=True)) as database,
        ):
            if found := database.execute(query).fetchone():
                return int(found[0])
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def test_rows_are_the_same_whatever_the_number_of_workers(
    tmp_path: Path, tiny: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert run_to_the_end(one, *tiny, "--workers", "1") == 0
    process = start(two, *tiny, "--workers", "2")
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert out.endswith(f"report: {two / 'report.html'}\n")
    assert "8 of 8 runs" in err  # the bar
    mine, theirs = tables_of(one), tables_of(two)
    for name in TABLES:
        left, right = (tables[name].drop(columns="seconds", errors="ignore") for tables in (mine, theirs))
        pd.testing.assert_frame_equal(left, right, check_exact=True)
    assert list(mine["runs"]["arm"]) == ["none", "dot", "general", "additive"] * 2
    assert set(mine["runs"]["status"]) == {"done"}
    assert len(mine["convergence"]) == 8 * 3
    assert set(mine["alignments"]["arm"]) == {"dot", "general", "additive"}

    part = read(two)["study"]
    assert "--out" not in part["command"]
    assert str(tmp_path) not in str(part)
    assert (part["threads"], part["settings"]["baseline"], part["settings"]["seeds"]) == (1, "none", [0, 1])

    # Fewer seeds are another plan, of runs that are there: the tables follow it, and nothing is trained.
    (one / "report.html").unlink()
    assert run_to_the_end(one, *tiny, "--seeds", "1") == 0
    assert capsys.readouterr().out.endswith(f"report: {one / 'report.html'}\n")
    assert read_table(one, "runs").equals(mine["runs"].iloc[:4])  # to the last digit of their times
    assert read(one)["study"]["settings"]["seeds"] == [0]


def test_an_interrupted_study_goes_on_with_the_same_command(tmp_path: Path, tiny: list[str]) -> None:
    process = start(tmp_path, *tiny, *LONG, "--workers", "2")
    wait_until_under_way(tmp_path, process)
    os.killpg(process.pid, signal.SIGINT)  # to the whole group, as a terminal does
    _, err = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert f"to go on: python -m studies run attention --out {tmp_path}" in err
    kept = read_table(tmp_path, "runs")
    assert 0 < len(kept) < 4

    assert run_to_the_end(tmp_path, *tiny, *LONG, "--workers", "1") == 0
    runs = read_table(tmp_path, "runs")
    assert list(runs["status"]) == ["done"] * 4
    # What was finished was not done again: its time is the same to the last digit.
    assert runs[runs["run_id"].isin(kept["run_id"])].reset_index(drop=True).equals(kept)
    assert completed(tmp_path) == 4


def test_workers_of_a_command_that_was_killed_end_and_leave_the_folder_usable(tmp_path: Path, tiny: list[str]) -> None:
    process = start(tmp_path, *tiny, *LONG, "--workers", "2")
    wait_until_under_way(tmp_path, process)
    process.kill()
    process.communicate()  # returns once nobody, no worker either, holds its pipes
    assert run_to_the_end(tmp_path, *tiny, *LONG, "--workers", "1") == 0
    assert list(read_table(tmp_path, "runs")["status"]) == ["done"] * 4
    assert completed(tmp_path) == 4


def test_a_worker_that_dies_costs_one_run_and_is_replaced(tmp_path: Path, tiny: list[str]) -> None:
    process = start(tmp_path, *tiny, *LONG, "--workers", "1")
    os.kill(wait_until_under_way(tmp_path, process), signal.SIGKILL)
    out, err = process.communicate()
    assert process.returncode == 1, err
    assert "4 runs, 3 done, 0 diverged, 1 failed\n" in out
    runs = read_table(tmp_path, "runs")
    (lost,) = runs[runs["status"] == "failed"].itertuples()
    assert lost.reason == "the worker process died with exit status -9"
    assert runs["levenshtein_accuracy"].isna().sum() == 1
    assert (tmp_path / "report.md").exists()


@pytest.mark.parametrize(
    ("setting", "status", "reason", "code"),
    [
        ("learning_rate=3e37", "diverged", "no longer finite in epoch 1", 0),
        ("hidden_size=1000000000", "failed", "can't allocate memory", 1),
    ],
)
def test_a_run_that_comes_to_nothing_keeps_its_row(
    tmp_path: Path, tiny: list[str], setting: str, status: str, reason: str, code: int
) -> None:
    words = [*tiny, "--seeds", "1", "--workers", "1", "--set", "steps_per_epoch=20", "--set", setting]
    assert run_to_the_end(tmp_path, *words) == code
    runs = read_table(tmp_path, "runs")
    assert list(runs["status"]) == [status] * 4
    assert all(reason in text for text in runs["reason"])
    assert runs[["levenshtein_accuracy", "exact_match", "steps_to_99"]].isna().all(axis=None)
    assert len(read_table(tmp_path, "convergence")) == 0
    # It is not tried again, and not dropped.
    assert run_to_the_end(tmp_path, *words) == code
    assert read_table(tmp_path, "runs").equals(runs)
