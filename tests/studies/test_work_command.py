"""`work` trains runs of a study that `run` has started, and is refused if its code would give other runs."""

import os
import re
import signal
import socket
from pathlib import Path

import pytest
from commands import LONG, TOO_LARGE, refused, tables_of, words
from observers import Command, Observer, in_parallel, training_workers
from optuna.trial import FrozenTrial, TrialState

import studies.engine.local_pool
from studies.command_line.cli import main
from studies.commands.request import Request
from studies.commands.saved_request import save_request
from studies.engine.queue import Queue
from studies.engine.storage import default_url, open_storage

JOINING = ("work", "status")
"""Commands that need what a `run` has made."""


@pytest.mark.parametrize("command", ["run", *JOINING])
def test_an_unreachable_server_is_refused(command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = [command, "attention", "--out", str(tmp_path), "--storage", "postgresql://me:sesame@127.0.0.1:1/database"]
    output = refused(words, capsys)
    assert output.startswith("retrograde: postgresql://me:***@127.0.0.1:1/database: connection failed: ")
    assert not list(tmp_path.glob("*.csv"))


@pytest.mark.parametrize("command", JOINING)
def test_work_is_refused_before_a_run_has_begun(
    command: str, storage_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_storage(storage_url) as storage:
        Queue(storage, "other", lambda line: None)
        output = refused([command, "attention", "--storage", storage_url], capsys)
        assert "no study 'attention', found other; expected one that `run` has started" in output
        Queue(storage, "attention", lambda line: None)
        assert "no study 'attention', found" in refused([command, "attention", "--storage", storage_url], capsys)
        assert [study.study_name for study in storage.get_all_studies()] == ["other", "attention"]
        assert storage.get_all_trials(storage.get_study_id_from_name("attention")) == []


@pytest.mark.parametrize("command", JOINING)
@pytest.mark.parametrize(
    "other",
    [
        {"plan": "0123456789ab"},
        {"request": {"name": "attention", "profile": "smoke", "settings": {"a_later_setting": 1}}},
        {"request": {"name": "attention", "profile": "smoke", "a_later_word": 1}},
    ],
    ids=["runs", "setting", "word"],
)
def test_work_is_refused_with_other_code(
    other: dict[str, object], command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    url = default_url(tmp_path)
    with open_storage(url) as storage:
        queue = Queue(storage, "attention", lambda line: None)
        save_request(Request(name="attention", profile="smoke"), queue)
        left = storage.get_study_user_attrs(queue.study_id)["request"]
        storage.set_study_user_attr(queue.study_id, "request", {**left, **other})
        output = refused([command, "attention", "--storage", url, "--out", str(tmp_path / "mine")], capsys)
        assert re.search(
            "was planned by other code( \\(.+\\))?; expected the same commit (and packages )?on all", output
        )
        assert queue.trials() == []
    assert not (tmp_path / "mine").exists()


def test_work_needs_a_folder_that_can_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with open_storage(default_url(tmp_path)) as storage:
        save_request(Request(name="attention", profile="smoke"), Queue(storage, "attention", lambda line: None))
    (tmp_path / "taken").write_text("a file")
    words = ["work", "attention", "--storage", default_url(tmp_path), "--out", str(tmp_path / "taken")]
    assert "cannot be written" in refused(words, capsys)


@pytest.mark.slow
def test_a_failed_run_gives_work_the_exit_status_of_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = default_url(tmp_path)
    with open_storage(url) as storage:
        save_request(
            Request(name="attention", profile="smoke", seeds=1, settings=TOO_LARGE), Queue(storage, "attention", print)
        )
    assert main(["work", "attention", "--out", str(tmp_path), "--workers", "1"]) == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("retrograde: 4 runs of none, dot, general, additive failed: RuntimeError: ")
    assert main(["run", "attention", *words(TOO_LARGE), "--out", str(tmp_path)]) == 1


@pytest.mark.slow
def test_two_machines_run_each_run_once(
    tmp_path: Path, postgres: str, bare: dict[str, list[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    began: list[int] = []
    output: list[str] = []

    def at_work(trials: list[FrozenTrial]) -> list[int]:
        running = [trial for trial in trials if trial.state == TrialState.RUNNING and trial.intermediate_values]
        return [trial.user_attrs["worker"]["pid"] for trial in running]

    def join(observer: Observer) -> None:
        began.extend(at_work(observer.wait_for(postgres, at_work)))
        join = ["work", "attention", "--out", str(theirs), "--storage", postgres, "--workers", "2"]
        with Command(tmp_path / "stderr", *join) as work:
            os.kill(began[0], signal.SIGSTOP)  # until the other machine has started
            try:
                work.wait_for(postgres, lambda trials: len(at_work(trials)) > 1)
                assert main(["status", "attention", "--storage", postgres]) == 0
            finally:
                os.kill(began[0], signal.SIGCONT)
            assert work.end() == (0, ""), work.stderr()
            output.append(work.stderr())

    with in_parallel(join):
        begin = ["run", "attention", *words(LONG), "--out", str(ours), "--storage", postgres, "--workers", "1"]
        assert main(begin) == 0
    assert tables_of(ours) == bare
    assert {path.name for path in theirs.iterdir()} <= {"checkpoints", "models"}, "tables are left to `run`"
    with open_storage(postgres) as storage:
        trials = storage.get_all_trials(storage.get_study_id_from_name("attention"))
    assert [trial.state for trial in trials] == [TrialState.COMPLETE] * 4
    workers = [trial.user_attrs["worker"] for trial in trials]
    assert len({worker["pool_id"] for worker in workers}) == 2
    assert {worker["host"] for worker in workers} == {socket.gethostname()}
    output.extend(capsys.readouterr())
    assert f"  {socket.gethostname()}:{began[0]}  " in "".join(output)
    assert "sesame" not in "".join(output)


@pytest.mark.slow
def test_a_machine_without_workers_reports_it(
    tmp_path: Path,
    bare: dict[str, list[list[str]]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after too many deaths in a row; here the first one is too many."""
    url = default_url(tmp_path)
    with open_storage(url) as storage:
        save_request(
            Request(name="attention", profile="smoke", seeds=1, settings=LONG), Queue(storage, "attention", print)
        )

    def kill(observer: Observer) -> None:
        os.kill(training_workers(observer.wait_for(url, training_workers))[0], signal.SIGKILL)

    join = ["work", "attention", "--out", str(tmp_path), "--workers", "1"]
    with monkeypatch.context() as strict, in_parallel(kill):
        strict.setattr(studies.engine.local_pool, "MAX_IDLE_CRASHES", 0)
        assert main(join) == 1
    output = f"retrograde: all workers have stopped; to join again: python -m studies work attention --out {tmp_path} "
    assert output in capsys.readouterr().err
    assert main(join) == 0
    assert main(["run", "attention", *words(LONG), "--out", str(tmp_path)]) == 0
    assert tables_of(tmp_path) == bare
