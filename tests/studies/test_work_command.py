"""Machines that join in with a study do its runs beside the `run` that began it, and are refused if they would do
others."""

import os
import signal
import socket
from pathlib import Path

import pytest
from commands import LONG, refused, tables_of, words
from onlookers import Command, Onlooker, meanwhile, under_way
from optuna.trial import FrozenTrial, TrialState

import studies.engine.pool
from studies.commands.cli import main
from studies.commands.request import Request
from studies.engine.queue import Queue
from studies.engine.storage import default_url, open_storage

JOINING = ("work", "status")
"""Commands that need what a `run` has made."""


@pytest.mark.parametrize("command", ["run", *JOINING])
def test_a_server_that_is_away_is_refused(command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = [command, "attention", "--out", str(tmp_path), "--storage", "postgresql://me:sesame@127.0.0.1:1/database"]
    said = refused(words, capsys)
    assert said.startswith("retrograde: postgresql://me:***@127.0.0.1:1/database: connection failed: ")
    assert not list(tmp_path.glob("*.csv"))


@pytest.mark.parametrize("command", JOINING)
def test_there_is_nothing_to_join_before_a_run_began(
    command: str, storage_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_storage(storage_url) as storage:
        Queue(storage, "other", lambda line: None)
        said = refused([command, "attention", "--storage", storage_url], capsys)
        assert "no study 'attention', found other; expected one that `run` has started" in said
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
def test_who_has_other_code_cannot_join(
    other: dict[str, object], command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    url = default_url(tmp_path)
    with open_storage(url) as storage:
        queue = Queue(storage, "attention", lambda line: None)
        Request(name="attention", profile="smoke").save(queue)
        left = storage.get_study_user_attrs(queue.study_id)["request"]
        storage.set_study_user_attr(queue.study_id, "request", {**left, **other})
        said = refused([command, "attention", "--storage", url, "--out", str(tmp_path / "mine")], capsys)
        assert "was planned by other code; expected the same commit on all machines" in said
        assert queue.trials() == []
    assert not (tmp_path / "mine").exists()


def test_who_joins_needs_a_folder_that_can_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with open_storage(default_url(tmp_path)) as storage:
        Request(name="attention", profile="smoke").save(Queue(storage, "attention", lambda line: None))
    (tmp_path / "taken").write_text("a file")
    words = ["work", "attention", "--storage", default_url(tmp_path), "--out", str(tmp_path / "taken")]
    assert "cannot be written" in refused(words, capsys)


@pytest.mark.slow
def test_machines_that_join_in_do_runs_once_each(
    tmp_path: Path, postgres: str, bare: dict[str, list[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    began: list[int] = []
    said: list[str] = []

    def at_work(trials: list[FrozenTrial]) -> list[int]:
        running = [trial for trial in trials if trial.state == TrialState.RUNNING and trial.intermediate_values]
        return [trial.user_attrs["worker"]["pid"] for trial in running]

    def join(onlooker: Onlooker) -> None:
        began.extend(at_work(onlooker.wait_for(postgres, at_work)))
        join = ["work", "attention", "--out", str(theirs), "--storage", postgres, "--workers", "2"]
        with Command(tmp_path / "stderr", *join) as work:
            os.kill(began[0], signal.SIGSTOP)  # for as long as the other takes to come
            try:
                work.wait_for(postgres, lambda trials: len(at_work(trials)) > 1)
                assert main(["status", "attention", "--storage", postgres]) == 0
            finally:
                os.kill(began[0], signal.SIGCONT)
            assert work.end() == (0, ""), work.said()
            said.append(work.said())

    with meanwhile(join):
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
    said.extend(capsys.readouterr())
    assert f"  {socket.gethostname()}:{began[0]}  " in "".join(said)
    assert "sesame" not in "".join(said)


@pytest.mark.slow
def test_a_machine_whose_workers_are_gone_says_so(
    tmp_path: Path,
    bare: dict[str, list[list[str]]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after one death in a row too many: here the first is."""
    url = default_url(tmp_path)
    with open_storage(url) as storage:
        Request(name="attention", profile="smoke", seeds=1, settings=LONG).save(Queue(storage, "attention", print))

    def kill(onlooker: Onlooker) -> None:
        os.kill(under_way(onlooker.wait_for(url, under_way))[0], signal.SIGKILL)

    join = ["work", "attention", "--out", str(tmp_path), "--workers", "1"]
    with monkeypatch.context() as strict, meanwhile(kill):
        strict.setattr(studies.engine.pool, "MAX_IDLE_CRASHES", 0)
        assert main(join) == 1
    said = f"retrograde: all workers have stopped; to join again: python -m studies work attention --out {tmp_path} "
    assert said in capsys.readouterr().err
    assert main(join) == 0
    assert main(["run", "attention", *words(LONG), "--out", str(tmp_path)]) == 0
    assert tables_of(tmp_path) == bare
