"""Every run is claimed once, with many workers and after interruptions, on SQLite and PostgreSQL."""

import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier

import pytest
from optuna.trial import TrialState

import studies.engine.scheduler
from studies.design.study import Study
from studies.engine.local_pool import PRELOADED
from studies.engine.queue import LOOK_AHEAD, Claim, ClaimLost, Queue, Worker
from studies.engine.scheduler import MAX_ATTEMPTS_WITHOUT_PROGRESS, enqueue
from studies.engine.storage import connect, open_storage
from studies.planning.plan import Plan, plan
from studies.planning.run_rows import PLANNED_BY, Rows, failed_rows, rows_without_metrics

WORKERS = 3


def done(accuracy: float) -> Rows:
    """The rows of a run that is done, as far as the queue looks into them."""
    rows = rows_without_metrics("done", "")
    rows["runs"][0]["levenshtein_accuracy"] = accuracy
    return rows


def worker(pid: int, pool_id: str = "ours") -> Worker:
    return Worker(pool_id, "here", pid, "2026-01-01T00:00:00+00:00")


def positions_in(planned: Plan) -> dict[str, int]:
    return {run.run_id: position for position, run in enumerate(planned.initial_runs)}


def take(queue: Queue, planned: Plan, number: int, pid: int = 1) -> Claim:
    claim = queue.claim({planned.initial_runs[number].run_id: 0}, worker(pid))
    assert claim is not None
    assert claim.run == planned.initial_runs[number]
    return claim


@pytest.fixture
def queue(storage_url: str) -> Iterator[Queue]:
    with open_storage(storage_url) as storage:
        yield Queue(storage, "some", lambda line: None)


def claim_all(url: str, positions: dict[str, int], start: Barrier, claimed_runs: SimpleQueue[list[str]]) -> None:
    queue = Queue(connect(url), "some", lambda line: None)
    mine = []
    start.wait()
    while claim := queue.claim(positions, worker(1)):
        mine.append(claim.run.run_id)
        time.sleep(0.01)  # SQLite is not fair: who comes back at once is served first
    claimed_runs.put(mine)


def test_each_run_is_claimed_once_by_many_processes(storage_url: str, queue: Queue, study: Study) -> None:
    """With Optuna's default use of SQLite, two workers sometimes claim the same trial."""
    planned = plan(study, "quick", seeds=20)
    enqueue(queue, planned)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)  # one server for all tests: imports take seconds
    claimed_runs: SimpleQueue[list[str]] = context.SimpleQueue()
    positions, start = positions_in(planned), context.Barrier(WORKERS)
    workers = [
        context.Process(target=claim_all, args=(storage_url, positions, start, claimed_runs)) for _ in range(WORKERS)
    ]
    for process in workers:
        process.start()
    for process in workers:
        process.join()
    assert [process.exitcode for process in workers] == [0] * WORKERS
    claimed = [claimed_runs.get() for _ in workers]
    assert sorted(run_id for mine in claimed for run_id in mine) == sorted(positions)
    assert sum(map(bool, claimed)) > 1, "one process took everything before the others began: nothing was tested"


def test_a_run_is_enqueued_once_and_not_again_after_it_has_finished(queue: Queue, study: Study) -> None:
    planned = plan(study, "quick")
    enqueue(queue, planned)
    enqueue(queue, planned)
    assert list(queue.unfinished()) == [run.run_id for run in planned.initial_runs]
    for number, rows in enumerate((done(0.5), failed_rows("out of luck"))):
        queue.finish(take(queue, planned, number), rows)
    progress = enqueue(queue, plan(study, "quick", seeds=3))
    assert progress.unfinished
    assert len(queue.unfinished()) == 6 - 2
    assert queue.finished_rows() == {
        planned.initial_runs[0].run_id: done(0.5),
        planned.initial_runs[1].run_id: failed_rows("out of luck"),
    }
    assert [trial.state for trial in queue.trials()[:2]] == [TrialState.COMPLETE, TrialState.FAIL]


def test_a_claimed_run_is_not_enqueued_again(queue: Queue, study: Study) -> None:
    planned = plan(study, "smoke")
    enqueue(queue, planned)
    take(queue, planned, 0)
    enqueue(queue, planned)
    enqueue(queue, planned)
    assert len(queue.trials()) == len(planned.initial_runs)


def test_only_runs_of_the_plan_are_claimed(queue: Queue, study: Study) -> None:
    """Runs of an earlier command with other settings stay waiting."""
    earlier, now = plan(study, "full"), plan(study, "smoke")
    enqueue(queue, earlier)
    enqueue(queue, now)
    positions = positions_in(now)
    claimed_runs = iter(lambda: queue.claim(positions, worker(1)), None)
    assert [claim.run for claim in claimed_runs if claim] == list(now.initial_runs)


def test_runs_are_claimed_in_the_order_of_the_plan(queue: Queue, study: Study) -> None:
    """Tuning goes before what is reported: the next trial waits for this one, and nothing waits for a report."""
    planned = plan(study, "quick")
    enqueue(queue, planned)
    order = positions_in(planned)
    for number in reversed(range(len(planned.initial_runs))):
        order[planned.initial_runs[number].run_id] = -number
    claimed_runs = iter(lambda: queue.claim(order, worker(1)), None)
    assert [claim.run for claim in claimed_runs if claim] == list(reversed(planned.initial_runs))


def test_workers_that_take_turns_get_the_runs_in_the_order_of_the_plan(
    storage_url: str, queue: Queue, study: Study
) -> None:
    enqueue(queue, plan(study, "quick", seeds=30))
    planned = plan(study, "quick", seeds=LOOK_AHEAD)
    enqueue(queue, planned)
    assert [trial.number for trial in queue.trials()] == [*range(2 * LOOK_AHEAD)]  # as Optuna numbers them
    positions, turns = positions_in(planned), random.Random(0)
    with ExitStack() as opened:
        storages = [opened.enter_context(open_storage(storage_url, create=False)) for _ in range(WORKERS)]
        workers = [Queue(storage, "some", lambda line: None) for storage in storages]
        claimed_runs = iter(lambda: turns.choice(workers).claim(positions, worker(1)), None)
        assert [claim.run.run_id for claim in claimed_runs if claim] == list(positions)


def test_an_interrupted_run_is_enqueued_again_and_its_late_worker_changes_nothing(queue: Queue, study: Study) -> None:
    planned = plan(study, "smoke")
    enqueue(queue, planned)
    stalled = take(queue, planned, 0, pid=1)
    assert queue.release("ours", 1)
    enqueue(queue, planned)
    again = take(queue, planned, 0, pid=2)
    with pytest.raises(ClaimLost):
        queue.report(stalled, {1: 0.1})
    queue.finish(stalled, done(0.1))
    queue.finish(again, done(0.9))
    queue.finish(stalled, done(0.2))
    assert queue.finished_rows() == {planned.initial_runs[0].run_id: done(0.9)}


def test_a_run_that_was_interrupted_after_its_rows_is_finished(queue: Queue, study: Study) -> None:
    planned = plan(study, "smoke")
    enqueue(queue, planned)
    claim = take(queue, planned, 0)
    queue.storage.set_trial_user_attr(claim.trial_id, "rows", done(0.7))
    assert queue.finished_rows() == {}
    queue.release("ours", 1)
    enqueue(queue, planned)
    assert queue.finished_rows() == {planned.initial_runs[0].run_id: done(0.7)}
    assert list(queue.unfinished()) == [planned.initial_runs[1].run_id]


def test_only_the_run_of_the_dead_worker_is_enqueued_again(queue: Queue, study: Study) -> None:
    planned = plan(study, "quick")
    enqueue(queue, planned)
    take(queue, planned, 0, pid=11)
    take(queue, planned, 1, pid=12)
    elsewhere = queue.claim({planned.initial_runs[2].run_id: 0}, worker(11, pool_id="theirs"))
    assert elsewhere is not None
    assert queue.release("ours", 11)
    assert not queue.release("ours", 11)
    enqueue(queue, planned)
    waiting = [trial.user_attrs["run"]["run_id"] for trial in queue.trials(TrialState.WAITING)]
    assert waiting == [planned.initial_runs[3].run_id, planned.initial_runs[0].run_id]


def test_a_claim_that_names_no_worker_ends_with_the_pool(queue: Queue, study: Study) -> None:
    """A worker was killed between the two steps of a claim."""
    planned = plan(study, "smoke")
    enqueue(queue, planned)
    waiting = queue.trials(TrialState.WAITING)[0]
    assert queue.storage.set_trial_state_values(waiting._trial_id, TrialState.RUNNING)
    assert not queue.release("ours", 1)
    assert queue.release("ours")
    assert queue.trials(TrialState.RUNNING) == []


def test_a_worker_without_heartbeat_loses_its_run_and_one_with_heartbeat_does_not(
    queue: Queue, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = plan(study, "smoke")
    enqueue(queue, planned)
    take(queue, planned, 0)
    enqueue(queue, planned)  # it never beat: from here on its silence is counted
    assert enqueue(queue, planned).unfinished
    assert len(queue.trials(TrialState.RUNNING)) == 1
    monkeypatch.setattr(studies.engine.scheduler, "GRACE_SECONDS", 0.0)
    enqueue(queue, planned)
    assert len(queue.trials(TrialState.RUNNING)) == 0
    assert len(queue.trials(TrialState.WAITING)) == len(planned.initial_runs)


def test_a_claimed_trial_without_a_worker_is_claimed_by_another(
    queue: Queue, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker died between the claim and its first heartbeat."""
    planned = plan(study, "smoke")
    enqueue(queue, planned)
    signed = take(queue, planned, 0)
    queue.storage.record_heartbeat(signed.trial_id)
    unsigned = queue.trials(TrialState.WAITING)[0]
    assert queue.storage.set_trial_state_values(unsigned._trial_id, TrialState.RUNNING)
    monkeypatch.setattr(studies.engine.scheduler, "REGISTRATION_SECONDS", 0.0)
    enqueue(queue, planned)
    assert len(queue.trials(TrialState.RUNNING)) == 2
    enqueue(queue, planned)
    assert [trial._trial_id for trial in queue.trials(TrialState.RUNNING)] == [signed.trial_id]
    assert list(queue.unfinished()).count(planned.initial_runs[1].run_id) == 1


def test_repeated_attempts_without_progress_fail_and_those_with_progress_do_not(queue: Queue, study: Study) -> None:
    planned = plan(study, "smoke")
    for attempt in range(2 * MAX_ATTEMPTS_WITHOUT_PROGRESS):
        enqueue(queue, planned)
        claim = take(queue, planned, 0)
        for epoch in range(attempt + 1):
            queue.report(claim, {epoch + 1: 0.5})
        queue.release("ours")
    assert queue.finished_rows() == {}
    for _ in range(MAX_ATTEMPTS_WITHOUT_PROGRESS):
        enqueue(queue, planned)
        take(queue, planned, 0)
        queue.release("ours")
    progress = enqueue(queue, planned)
    (run,) = progress.finished[planned.initial_runs[0].run_id]["runs"]
    assert run["status"] == "failed"
    assert run["reason"].startswith("3 attempts in a row were interrupted")
    assert list(queue.unfinished()) == [planned.initial_runs[1].run_id]


def test_attempts_that_the_user_has_stopped_do_not_count(queue: Queue, study: Study) -> None:
    planned = plan(study, "smoke")

    def end_attempts(*, stopped: bool) -> None:
        for _ in range(MAX_ATTEMPTS_WITHOUT_PROGRESS - 1 + stopped):
            enqueue(queue, planned)
            take(queue, planned, 0)
            queue.release("ours", stopped=stopped)

    end_attempts(stopped=True)
    end_attempts(stopped=False)
    end_attempts(stopped=True)
    assert enqueue(queue, planned).finished == {}
    take(queue, planned, 0)
    queue.release("ours")
    assert list(enqueue(queue, planned).finished) == [planned.initial_runs[0].run_id]


def test_the_next_planner_completes_an_interrupted_plan(queue: Queue, study: Study) -> None:
    """Between the end of one trial and the beginning of the next its run is in no list at all."""
    planned = plan(study, "smoke")
    enqueue(queue, planned)
    claim = take(queue, planned, 0)
    queue.storage.set_trial_state_values(claim.trial_id, TrialState.FAIL)
    assert enqueue(queue, planned).unfinished
    take(queue, planned, 0)


def test_a_worker_keeps_only_what_plans_the_next_run(queue: Queue, study: Study) -> None:
    """Attention weights of all finished runs would fill its memory."""
    planned = plan(study, "smoke")
    enqueue(queue, planned)
    rows = {**done(0.5), "mean_alignments": [{"weight": 0.25}]}
    queue.finish(take(queue, planned, 0), rows)
    workers_queue = Queue(queue.storage, "some", lambda line: None, tables=PLANNED_BY)
    (kept,) = workers_queue.finished_rows().values()
    assert kept == {"runs": rows["runs"], "convergence": []}
    assert enqueue(workers_queue, planned).finished == workers_queue.finished_rows()
    assert [*queue.finished_rows().values()] == [rows], "the storage has all tables"
