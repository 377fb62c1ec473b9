"""Every run is handed out once, whoever asks and whatever was cut off before, on both kinds of storage."""

import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier

import pytest
from optuna.trial import TrialState

import studies.engine.scheduler
from studies.design.study import Study
from studies.engine.pool import PRELOADED
from studies.engine.queue import Claim, ClaimLost, Queue, Worker
from studies.engine.scheduler import MAX_ATTEMPTS_WITHOUT_PROGRESS, enqueue
from studies.engine.storage import connect, open_storage
from studies.planning.plan import Plan, plan
from studies.planning.run_rows import Rows, failed_rows, rows_without_metrics

WORKERS = 3


def done(accuracy: float) -> Rows:
    """The rows of a run that is done, as far as the queue looks into them."""
    rows = rows_without_metrics("done", "")
    rows["runs"][0]["levenshtein_accuracy"] = accuracy
    return rows


def worker(pid: int, pool_id: str = "ours") -> Worker:
    return Worker(pool_id, "here", pid, "2026-01-01T00:00:00+00:00")


def places(planned: Plan) -> dict[str, int]:
    return {run.run_id: place for place, run in enumerate(planned.initial_runs)}


def take(queue: Queue, planned: Plan, number: int, pid: int = 1) -> Claim:
    claim = queue.claim({planned.initial_runs[number].run_id: 0}, worker(pid))
    assert claim is not None
    assert claim.run == planned.initial_runs[number]
    return claim


@pytest.fixture
def queue(storage_url: str) -> Iterator[Queue]:
    with open_storage(storage_url) as storage:
        yield Queue(storage, "some", lambda line: None)


def claim_all(url: str, wanted: dict[str, int], start: Barrier, taken: SimpleQueue[list[str]]) -> None:
    queue = Queue(connect(url), "some", lambda line: None)
    mine = []
    start.wait()
    while claim := queue.claim(wanted, worker(1)):
        mine.append(claim.run.run_id)
        time.sleep(0.01)  # SQLite is not fair: who comes back at once is served first
    taken.put(mine)


def test_each_run_is_claimed_once_by_many_processes(storage_url: str, queue: Queue, study: Study) -> None:
    """Optuna's own way with SQLite hands a waiting trial to two workers now and then."""
    planned = plan(study, "quick", seeds=20)
    enqueue(queue, planned)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)  # one server for all tests: imports take seconds
    taken: SimpleQueue[list[str]] = context.SimpleQueue()
    wanted, start = places(planned), context.Barrier(WORKERS)
    workers = [context.Process(target=claim_all, args=(storage_url, wanted, start, taken)) for _ in range(WORKERS)]
    for process in workers:
        process.start()
    for process in workers:
        process.join()
    assert [process.exitcode for process in workers] == [0] * WORKERS
    claimed = [taken.get() for _ in workers]
    assert sorted(run_id for mine in claimed for run_id in mine) == sorted(wanted)
    assert sum(map(bool, claimed)) > 1, "one process took everything before the others began: nothing was tested"


def test_runs_wait_once_and_settled_runs_do_not_wait_again(queue: Queue, study: Study) -> None:
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


def test_a_run_in_hand_is_not_planned_again(queue: Queue, study: Study) -> None:
    planned = plan(study, "smoke")
    enqueue(queue, planned)
    take(queue, planned, 0)
    enqueue(queue, planned)
    enqueue(queue, planned)
    assert len(queue.trials()) == len(planned.initial_runs)


def test_only_wanted_runs_are_taken(queue: Queue, study: Study) -> None:
    """An earlier call's waiting runs, of other settings, are not done in passing."""
    earlier, now = plan(study, "full"), plan(study, "smoke")
    enqueue(queue, earlier)
    enqueue(queue, now)
    wanted = places(now)
    taken = iter(lambda: queue.claim(wanted, worker(1)), None)
    assert [claim.run for claim in taken if claim] == list(now.initial_runs)


def test_what_comes_first_in_the_plan_is_taken_first_whenever_it_was_enqueued(queue: Queue, study: Study) -> None:
    """Tuning goes before what is reported: the next trial waits for this one, and nothing waits for a report."""
    planned = plan(study, "quick")
    enqueue(queue, planned)
    order = places(planned)
    for number in reversed(range(len(planned.initial_runs))):
        order[planned.initial_runs[number].run_id] = -number
    taken = iter(lambda: queue.claim(order, worker(1)), None)
    assert [claim.run for claim in taken if claim] == list(reversed(planned.initial_runs))


def test_a_run_that_was_cut_off_waits_again_and_its_late_worker_does_no_harm(queue: Queue, study: Study) -> None:
    planned = plan(study, "smoke")
    enqueue(queue, planned)
    stalled = take(queue, planned, 0, pid=1)
    assert queue.release("ours", 1)
    enqueue(queue, planned)
    again = take(queue, planned, 0, pid=2)
    with pytest.raises(ClaimLost):
        queue.report(stalled, 1, 0.1)
    queue.finish(stalled, done(0.1))
    queue.finish(again, done(0.9))
    queue.finish(stalled, done(0.2))
    assert queue.finished_rows() == {planned.initial_runs[0].run_id: done(0.9)}


def test_a_run_that_was_cut_off_after_its_rows_is_settled(queue: Queue, study: Study) -> None:
    planned = plan(study, "smoke")
    enqueue(queue, planned)
    claim = take(queue, planned, 0)
    queue.storage.set_trial_user_attr(claim.trial_id, "rows", done(0.7))
    assert queue.finished_rows() == {}
    queue.release("ours", 1)
    enqueue(queue, planned)
    assert queue.finished_rows() == {planned.initial_runs[0].run_id: done(0.7)}
    assert list(queue.unfinished()) == [planned.initial_runs[1].run_id]


def test_only_the_dead_worker_gives_its_run_back(queue: Queue, study: Study) -> None:
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


def test_a_silent_worker_loses_its_run_and_a_beating_one_does_not(
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


def test_a_trial_that_was_taken_and_never_signed_is_given_to_another(
    queue: Queue, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker died between taking it and writing down who it is: no heartbeat, and nobody's."""
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


def test_attempts_that_get_no_further_are_given_up_and_those_that_do_are_not(queue: Queue, study: Study) -> None:
    planned = plan(study, "smoke")
    for attempt in range(2 * MAX_ATTEMPTS_WITHOUT_PROGRESS):
        enqueue(queue, planned)
        claim = take(queue, planned, 0)
        for epoch in range(attempt + 1):
            queue.report(claim, epoch + 1, 0.5)
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


def test_a_planner_that_died_in_the_middle_is_made_good(queue: Queue, study: Study) -> None:
    """Between the end of one trial and the beginning of the next its run is in no list at all."""
    planned = plan(study, "smoke")
    enqueue(queue, planned)
    claim = take(queue, planned, 0)
    queue.storage.set_trial_state_values(claim.trial_id, TrialState.FAIL)
    assert enqueue(queue, planned).unfinished
    take(queue, planned, 0)
