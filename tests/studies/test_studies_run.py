"""Studies trained by worker processes: no run is trained twice or lost, and rows do not depend on interruptions."""

import contextlib
import io
import json
import os
import shlex
import signal
import threading
import time
from pathlib import Path

import pytest
from commands import AGE, LONG, TINY, TOO_LARGE, aged, bare_tables, tables_of, words
from observers import Command, Observer, in_parallel, training_workers
from optuna.trial import FrozenTrial, TrialState
from postgres import Server

from results.tables.csv_io import read_table
from results.tables.provenance import read
from studies.command_line.cli import main
from studies.engine.checkpoints import MODELS
from studies.engine.queue import has_rows, run_id
from studies.engine.storage import default_url, open_storage
from studies.planning.run_rows import Rows

pytestmark = [pytest.mark.slow, pytest.mark.faults]


def run(folder: Path, *more: str) -> int:
    return main(["run", "attention", "--out", str(folder), *more])


def trials_in(folder: Path, *states: TrialState) -> list[FrozenTrial]:
    with open_storage(default_url(folder)) as storage:
        study = storage.get_study_id_from_name("attention")
        return storage.get_all_trials(study, states=states or None)


def finished(folder: Path) -> dict[str, Rows]:
    """With all digits of the times, which would differ if a run were trained again."""
    return {run_id(trial): trial.user_attrs["rows"] for trial in trials_in(folder) if has_rows(trial)}


def epochs(trials: list[FrozenTrial]) -> int:
    return sum(len(trial.intermediate_values) for trial in trials)


def start(tmp_path: Path, *more: str) -> Command:
    return Command(tmp_path / "stderr", "run", "attention", "--out", str(tmp_path / "out"), *more)


def test_rows_equal_those_of_a_plain_training_and_the_folder_follows_the_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare, folder = bare_tables(tmp_path / "bare", TINY, seeds=2), tmp_path / "out"
    assert run(folder, *words(TINY, seeds=2), "--workers", "2") == 0
    out, err = capsys.readouterr()
    assert out.endswith(f"report: {folder / 'report.html'}\n")
    assert run(folder, *words(TINY, seeds=2), "--json") == 0
    document = json.loads(capsys.readouterr().out)
    answers = document.pop("answers")
    assert document == {
        "study": "attention",
        "profile": "smoke",
        "folder": str(folder),
        "runs": 8,
        "counts": {"done": 8},
        "interrupted": False,
        "resume": None,
        "pages": [str(folder / "report.html")],
    }
    assert [answer["question"] for answer in answers] == ["Does attention help? (hidden_size=8)"]
    assert "arm" in answers[0]["table"]["header"]
    assert {len(row) for row in answers[0]["table"]["rows"]} == {len(answers[0]["table"]["header"])}
    assert "8 of 8 runs" in err  # the bar
    assert tables_of(folder) == bare
    assert [row[2] for row in bare["runs"]] == ["arm", *["none", "dot", "general", "additive"] * 2]
    assert len(bare["convergence"]) == 1 + 8 * 3

    part = read(folder)["study"]
    assert "--out" not in part["command"]
    assert str(tmp_path) not in str(part)
    assert (part["threads"], part["settings"]["baseline"], part["settings"]["seeds"]) == (1, "none", [0, 1])


def test_the_checkpoint_of_a_finished_run_whose_worker_was_killed_is_settled(tmp_path: Path) -> None:
    """The worker had stored the rows of its run, and not yet kept or removed its checkpoint."""
    assert run(tmp_path, *words(TINY, seeds=2), "--workers", "1") == 0
    models = {path.stem for path in (tmp_path / MODELS).iterdir()}
    assert len(models) == 4
    kept = (tmp_path / MODELS / f"{min(models)}.checkpoint").rename(
        tmp_path / "checkpoints" / f"{min(models)}.checkpoint"
    )
    content = kept.read_bytes()
    other = next(identity for identity in finished(tmp_path) if identity not in models)
    (tmp_path / "checkpoints" / f"{other}.checkpoint").write_bytes(content)
    (tmp_path / "checkpoints" / "unknown.checkpoint").write_bytes(content)

    assert run(tmp_path, *words(TINY, seeds=2), "--workers", "1") == 0
    assert {path.stem for path in (tmp_path / MODELS).iterdir()} == models
    assert (tmp_path / MODELS / kept.name).read_bytes() == content
    assert [path.stem for path in (tmp_path / "checkpoints").iterdir()] == ["unknown"]


@pytest.mark.parametrize("whom", ["the whole group", "the command"])
def test_the_same_command_resumes_an_interrupted_study(
    whom: str, tmp_path: Path, bare: dict[str, list[list[str]]]
) -> None:
    """Ctrl-C reaches all processes of a terminal; a scheduler's SIGTERM reaches the command, and may reach all."""
    folder = tmp_path / "out"
    with start(tmp_path, *words(LONG), "--workers", "2", "--json") as command:
        trials = command.wait_for(default_url(folder), training_workers)
        if whom == "the whole group":
            for pid in training_workers(trials):
                os.kill(pid, signal.SIGINT)
            command.wait_for(default_url(folder), lambda now: epochs(now) > epochs(trials) + 2)  # the workers ignore it
            os.killpg(command.process.pid, signal.SIGINT)
        else:
            command.process.terminate()
        status, out = command.end()
    assert status == 130
    assert "Traceback" not in command.stderr()
    assert command.stderr().count("retrograde: interrupted;") == 1
    assert f"to resume: python -m studies run attention --out {folder} --profile smoke" in command.stderr()
    kept = finished(folder)
    assert 0 < len(kept) < 4
    document = json.loads(out)
    assert shlex.join(document["resume"]) in command.stderr()
    assert (document["counts"], document["interrupted"]) == ({"done": len(kept)}, True)
    assert (document["answers"], document["pages"]) == ([], [])
    assert len(read_table(folder, "runs")) == len(kept)
    assert not trials_in(folder, TrialState.RUNNING), "a run in hand was not given back"

    checkpoints = list((folder / "checkpoints").glob("*.checkpoint"))
    assert checkpoints
    for checkpoint in checkpoints:
        checkpoint.write_bytes(aged(checkpoint.read_bytes()))
    assert run(folder, *words(LONG), "--workers", "1") == 0
    assert tables_of(folder) == bare
    assert len(trials_in(folder, TrialState.COMPLETE)) == 4
    after = finished(folder)
    assert {identity: after[identity] for identity in kept} == kept
    taken_up = [identity for identity, rows in after.items() if rows["runs"][0]["seconds"] > AGE]
    assert sorted(taken_up) == sorted(path.stem for path in checkpoints), "a run began again"
    assert list((folder / "checkpoints").glob("*.checkpoint")) == []


def test_ctrl_c_ends_the_command_while_workers_start(tmp_path: Path) -> None:
    """The start takes seconds, in which the user may notice a mistake."""
    with start(tmp_path, *words(LONG), "--workers", "2") as command:
        command.wait_for(default_url(tmp_path / "out"), len)
        time.sleep(0.5)  # the first worker is on its way, but not yet there
        os.killpg(command.process.pid, signal.SIGINT)
        status, _ = command.end()
    assert status == 130
    assert command.stderr().count("retrograde: interrupted;") == 1
    assert "Traceback" not in command.stderr()


def test_ctrl_c_in_an_outage_ends_the_command_at_once(tmp_path: Path, own_postgres: Server) -> None:
    url, stderr = own_postgres.create_database(), io.StringIO()

    def interrupt(observer: Observer) -> None:
        observer.wait_for(url, training_workers)
        own_postgres.stop()
        observer.wait_until(lambda: "retrying" in stderr.getvalue())
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with contextlib.redirect_stderr(stderr), in_parallel(interrupt):
        assert run(tmp_path, *words(LONG), "--workers", "2", "--storage", url) == 130
    assert stderr.getvalue().endswith("retrograde: interrupted; run the same command again to resume\n")
    own_postgres.start()
    with open_storage(url) as storage:
        trials = storage.get_all_trials(storage.get_study_id_from_name("attention"))
    assert sum(has_rows(trial) for trial in trials) > 0


def test_workers_of_a_command_that_was_killed_end_and_leave_the_folder_usable(
    tmp_path: Path, bare: dict[str, list[list[str]]]
) -> None:
    folder = tmp_path / "out"
    with start(tmp_path, *words(LONG), "--workers", "2") as command:
        command.wait_for(default_url(folder), training_workers)
        command.process.kill()
        command.end()  # once no process, workers included, holds the pipe
    assert not trials_in(folder, TrialState.RUNNING), "a worker did not give its run back"
    kept = finished(folder)
    assert 0 < len(kept) < 4
    assert run(folder, *words(LONG), "--workers", "1") == 0
    assert tables_of(folder) == bare
    assert {identity: finished(folder)[identity] for identity in kept} == kept


def test_a_killed_worker_is_replaced_and_no_row_is_lost(tmp_path: Path, bare: dict[str, list[list[str]]]) -> None:
    killed: list[int] = []

    def kill(observer: Observer) -> None:
        killed.extend(training_workers(observer.wait_for(default_url(tmp_path), training_workers)))
        os.kill(killed[0], signal.SIGKILL)

    with in_parallel(kill):
        assert run(tmp_path, *words(LONG), "--workers", "1") == 0
    assert tables_of(tmp_path) == bare
    (lost,) = trials_in(tmp_path, TrialState.FAIL)
    (again,) = (trial for trial in trials_in(tmp_path, TrialState.COMPLETE) if run_id(trial) == run_id(lost))
    assert lost.user_attrs["worker"]["pid"] == killed[0] != again.user_attrs["worker"]["pid"]
    assert len({trial.user_attrs["worker"]["pool_id"] for trial in trials_in(tmp_path)}) == 1


@pytest.mark.parametrize(
    ("settings", "status", "reason", "code"),
    [
        ({**TINY, "steps_per_epoch": 20, "learning_rate": 3e37}, "diverged", "no longer finite in epoch 1", 0),
        (TOO_LARGE, "failed", "can't allocate memory", 1),
    ],
)
def test_a_run_that_fails_keeps_its_row(
    tmp_path: Path, settings: dict[str, float], status: str, reason: str, code: int
) -> None:
    given = [*words(settings), "--workers", "1"]
    assert run(tmp_path, *given) == code
    runs = read_table(tmp_path, "runs")
    assert list(runs["status"]) == [status] * 4
    assert all(reason in text for text in runs["reason"])
    assert runs[["levenshtein_accuracy", "exact_match", "steps_to_99"]].isna().all(axis=None)
    assert len(read_table(tmp_path, "convergence")) == 0
    # The run is neither repeated nor dropped.
    assert run(tmp_path, *given) == code
    assert read_table(tmp_path, "runs").equals(runs)
