"""`status` prints the progress of a study: running runs, failures with reasons, and the time left."""

import json
import random
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from commands import TINY, planned, refused, words
from formula import finish_all, tuned
from optuna.trial import TrialState

import studies.commands.status
import studies.engine.heartbeat
from studies import DEFAULT_PROFILE
from studies.command_line.cli import main
from studies.commands.output_folder import default_folder
from studies.commands.request import Request
from studies.commands.saved_request import save_request
from studies.commands.status import read_progress
from studies.design.study import Study
from studies.engine.queue import Claim, Queue, Worker
from studies.engine.scheduler import add_finished, enqueue
from studies.engine.storage import default_url, open_storage
from studies.planning.run_rows import Rows, failed_rows, rows_without_metrics

PLAN = planned(TINY, seeds=2)
"""Eight runs of three epochs."""


def ended(status: str, *, seconds: float) -> Rows:
    rows = rows_without_metrics(status, "" if status == "done" else "the loss was no longer finite in epoch 2")
    rows["runs"][0]["seconds"] = seconds
    return rows


@pytest.fixture
def queue(storage_url: str) -> Iterator[Queue]:
    """Of a study that a `run` has begun."""
    with open_storage(storage_url) as storage:
        queue = Queue(storage, "attention", lambda line: None)
        save_request(Request(name="attention", profile="smoke", seeds=2, settings=TINY), queue)
        enqueue(queue, PLAN)
        yield queue


def take(queue: Queue, number: int, *, pid: int, epochs: int = 0) -> Claim:
    since = "2026-01-02T03:04:05+00:00"
    claim = queue.claim({PLAN.initial_runs[number].run_id: 0}, Worker("ours", "node-7", pid, since))
    assert claim is not None
    for epoch in range(epochs):
        queue.report(claim, {epoch + 1: 0.5})
    return claim


def status(queue: Queue, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["status", "attention", "--storage", queue.url]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


def test_the_status_of_a_study_that_has_not_started(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(queue, capsys) == [
        "attention (smoke)",
        "runs      8: 0 done, 0 pruned, 0 diverged, 0 failed, 0 running, 8 waiting",
        "left      no worker is running; continue with `run` or `work`",
    ]


def test_the_status_of_a_running_study(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    for number, seconds in ((0, 300.0), (1, 600.0)):
        queue.finish(take(queue, number, pid=1, epochs=3), ended("done", seconds=seconds))
    queue.finish(take(queue, 2, pid=1), failed_rows("RuntimeError: out of luck"))
    queue.finish(take(queue, 3, pid=1, epochs=2), ended("diverged", seconds=300.0))
    for number, epochs in ((4, 2), (5, 1)):
        queue.storage.record_heartbeat(take(queue, number, pid=40 + number, epochs=epochs).trial_id)
    lines = status(queue, capsys)
    ids = [run.run_id for run in PLAN.initial_runs]
    # 150 s an epoch, on average; 9 epochs are left, and two are at work.
    assert lines[1:3] == [
        "runs      8: 2 done, 0 pruned, 1 diverged, 1 failed, 2 running, 2 waiting",
        "left      about 11 min with 2 running",
    ]
    cells = [re.split(r"  +", line) for line in lines]
    assert cells[4] == ["running", "arm", "levels", "seed", "epoch", "worker", "since", "last heartbeat"]
    for line, (number, arm, epochs) in zip(cells[5:7], ((4, "none", 2), (5, "dot", 1)), strict=True):
        worker, since = f"node-7:{40 + number}", "2026-01-02T03:04:05+00:00"
        assert line[:-1] == [ids[number], arm, "-", "1", f"{epochs} of 3", worker, since]
        assert re.fullmatch(r"\d+ s ago", line[-1])
    assert cells[8:] == [
        ["failed", "arm", "levels", "seed", "reason"],
        [ids[2], "general", "-", "0", "RuntimeError: out of luck"],
        [ids[3], "additive", "-", "0", "the loss was no longer finite in epoch 2"],
    ]
    assert main(["status", "attention", "--storage", queue.url, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    running, failed = document.pop("running"), document.pop("failed")
    assert document == {
        "study": "attention",
        "profile": "smoke",
        "runs": 8,
        "counts": {"done": 2, "pruned": 0, "diverged": 1, "failed": 1, "running": 2, "waiting": 2},
        "seconds_left": 150.0 * 9 / 2,
        "workers": 2,
    }
    assert [(one["run_id"], one["epoch"], one["worker"]["pid"]) for one in running] == [
        (ids[4], 2, 44),
        (ids[5], 1, 45),
    ]
    assert [(one["run_id"], one["arm"], one["reason"]) for one in failed] == [
        (cells[9][0], cells[9][1], cells[9][4]),
        (cells[10][0], cells[10][1], cells[10][4]),
    ]


def test_a_silent_worker_does_not_count_as_running(
    queue: Queue, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.storage.record_heartbeat(take(queue, 0, pid=40).trial_id)
    take(queue, 1, pid=41)
    lines = status(queue, capsys)
    assert lines[2] == "left      unknown until the first run is done"
    assert [line.endswith("  none yet") for line in lines[5:]] == [False, True]
    monkeypatch.setattr(studies.commands.status, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(studies.engine.heartbeat, "NEXT_HEARTBEAT_SECONDS", 0.01)
    assert main(["status", "attention", "--storage", queue.url]) == 0
    out, err = capsys.readouterr()
    assert err == "retrograde: waiting 0.01 s for heartbeats of workers that look dead\n"
    lines = out.splitlines()
    assert lines[2] == "left      no worker is running; continue with `run` or `work`"
    assert [line.endswith(" s ago (stale: another worker gets the run)") for line in lines[5:]] == [True, False]


@pytest.mark.parametrize("seconds", [-1000, 1000])
def test_a_heartbeat_with_an_implausible_time_is_judged_by_the_next_one(
    seconds: int, queue: Queue, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database's clock was set, or all machines slept: an old or a future heartbeat is no proof of anything."""
    queue.storage.record_heartbeat(take(queue, 0, pid=40).trial_id)
    moments = {"sqlite": f"datetime('now', '{seconds} seconds')", "postgresql": f"now() + interval '{seconds} s'"}
    with queue.storage.engine.begin() as connection:
        moment = moments[queue.storage.engine.name]
        connection.execute(sqlalchemy.text(f"UPDATE trial_heartbeats SET heartbeat = {moment}"))
    monkeypatch.setattr(studies.engine.heartbeat, "NEXT_HEARTBEAT_SECONDS", 0.3)
    assert main(["status", "attention", "--storage", queue.url]) == 0
    dead = capsys.readouterr().out.splitlines()
    assert dead[2] == "left      no worker is running; continue with `run` or `work`"
    age = "unknown" if seconds > 0 else r"\d+ s ago"
    assert re.search(rf"  {age} \(stale: another worker gets the run\)$", dead[5])

    trial = queue.trials(TrialState.RUNNING)[0]._trial_id
    monkeypatch.setattr(studies.engine.heartbeat, "NEXT_HEARTBEAT_SECONDS", 1.2)
    beat = threading.Timer(0.5, queue.storage.record_heartbeat, [trial])
    beat.start()
    assert main(["status", "attention", "--storage", queue.url]) == 0
    beat.join()
    assert capsys.readouterr().out.splitlines()[2] == "left      unknown until the first run is done"


def test_the_status_of_a_completed_study(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(8):
        queue.finish(take(queue, number, pid=1, epochs=3), ended("done", seconds=1.0))
    assert status(queue, capsys)[1:] == [
        "runs      8: 8 done, 0 pruned, 0 diverged, 0 failed, 0 running, 0 waiting",
        "left      nothing",
    ]


def test_restored_runs_count_with_their_epochs(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    """Two of the eight, one of which had an attempt, and 30 s of three epochs each."""
    take(queue, 3, pid=1)
    point = {
        "step": 2,
        "epoch": 1,
        "train_loss": 1.0,
        "eval_loss": 1.0,
        "levenshtein_accuracy": 0.5,
        "exact_match": 0.0,
    }
    curve = [{**point, "epoch": epoch} for epoch in (1, 2, 3)]
    rows = {
        PLAN.initial_runs[number].run_id: {**ended("done", seconds=30.0), "convergence": curve} for number in (2, 3)
    }
    for of_run in rows.values():
        of_run["runs"][0]["levenshtein_accuracy"] = 0.5
    assert add_finished(queue, PLAN, rows, {"started": "2026-01-02T03:04:05Z", "machines": 1, "processors": []}) == 2
    take(queue, 4, pid=2)
    lines = status(queue, capsys)
    assert lines[1] == "runs      8: 2 done, 0 pruned, 0 diverged, 0 failed, 1 running, 5 waiting"
    assert lines[2] == "left      about 3 min with 1 running"  # 18 epochs of 10 s


def test_an_interrupted_run_is_shown_once(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    """Failed attempts do not count as runs."""
    take(queue, 0, pid=1, epochs=2)
    queue.release("ours")
    enqueue(queue, PLAN)
    assert "0 running, 8 waiting" in status(queue, capsys)[1]
    queue.storage.record_heartbeat(take(queue, 0, pid=2, epochs=1).trial_id)
    lines = status(queue, capsys)
    assert "1 running, 7 waiting" in lines[1]
    (line,) = lines[5:]
    assert "  1 of 3  node-7:2  " in line


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_last_request_is_shown(seeds: int, queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    save_request(Request(name="attention", profile="smoke", seeds=seeds, settings=TINY), queue)
    assert status(queue, capsys)[1].startswith(f"runs      {4 * seeds}: ")


def test_the_options_select_one_of_several_runs_in_a_storage(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    """A second `run` from another folder hid the first one, which was still running."""
    second = Request(name="attention", profile="smoke", seeds=3, settings={**TINY, "cell": "lstm"})
    names = [
        default_folder(request).name for request in (Request(name="attention", profile="smoke", settings=TINY), second)
    ]
    save_request(second, queue)
    command = ["status", "attention", "--storage", queue.url]
    for given, number in (([], 12), (words({**TINY, "cell": "lstm"}), 12), (words(TINY), 8)):
        assert main([*command, *given]) == 0
        out, err = capsys.readouterr()
        assert out.splitlines()[1].startswith(f"runs      {number}: ")
        assert given or err == (
            f"retrograde: {names[1]} is chosen among the runs {', '.join(names)}; the options of a `run` select it\n"
        )
        assert not given or not err
    other = refused([*command, *words({**TINY, "cell": "rnn"})], capsys)
    assert f"and the storage has {', '.join(names)}; expected the options with which {names[0]} was started" in other


def test_without_options_a_run_without_options_is_chosen_and_said(
    queue: Queue, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its name is that of no options, so a later `run` of another profile did not become the default."""
    plain = Request(name="attention", profile=DEFAULT_PROFILE)
    other = Request(name="attention", profile="smoke", settings=TINY)
    for request in (plain, other):
        save_request(request, queue)
    assert main(["status", "attention", "--storage", queue.url]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1].startswith(f"runs      {plain.plan().size}: ")
    assert err.startswith("retrograde: attention is chosen among the runs attention")


def test_a_tuned_study_whose_planned_runs_are_finished_has_none_waiting(storage_url: str, study: Study) -> None:
    """A pruned trial is not trained with the second seed, so the study ends with fewer runs than it could have."""
    todo = tuned(study, seeds=2, pruner="median")
    finished = finish_all(todo, random.Random(1))
    with open_storage(storage_url) as storage:
        queue = Queue(storage, "some", lambda line: None)
        add_finished(queue, todo, finished, {})
        progress = read_progress(queue, todo, "some")
    assert len(finished) < todo.size
    assert (progress.runs, progress.counts["waiting"], progress.seconds_left) == (len(finished), 0, 0.0)


def test_a_storage_that_fails_as_it_is_read_once_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_storage(default_url(tmp_path)) as storage:
        queue = Queue(storage, "attention", lambda line: None)
        save_request(Request(name="attention", profile="smoke", seeds=2, settings=TINY), queue)
        enqueue(queue, PLAN)
        take(queue, 0, pid=1)
        with storage.engine.begin() as connection:
            connection.execute(sqlalchemy.text("DROP TABLE trial_heartbeats"))
    assert main(["status", "attention", "--storage", default_url(tmp_path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("retrograde: --storage: ")
    assert "trial_heartbeats" in line
    assert "SELECT" not in line


def test_a_damaged_storage_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pages of the tables and of the studies are intact, those of the trials are not."""
    with open_storage(default_url(tmp_path)) as storage:
        queue = Queue(storage, "attention", lambda line: None)
        save_request(Request(name="attention", profile="smoke", seeds=2, settings=TINY), queue)
        enqueue(queue, PLAN)
    file = tmp_path / "study.sqlite3"
    content = file.read_bytes()
    first = content.index(PLAN.initial_runs[0].run_id.encode()) // 4096 * 4096
    file.write_bytes(content[:first] + b"\xff" * 4096 + content[first + 4096 :])
    assert main(["status", "attention", "--out", str(tmp_path)]) != 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"retrograde: {default_url(tmp_path)}: ")
    assert "malformed" in line
