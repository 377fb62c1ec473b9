"""Every run is handed out once, whoever asks and whatever was cut off before."""

import multiprocessing
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

from studies.design import Study
from studies.objective import failed
from studies.planner import plan
from studies.queue import Queue, Rows
from studies.storage import open_storage

WORKERS = 3


def done(accuracy: float) -> Rows:
    """The rows of a run that is done, as far as the queue looks into them."""
    return {**failed(""), "runs": [{"status": "done", "levenshtein_accuracy": accuracy}]}


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(open_storage(tmp_path), "some")


def claim_all(folder: Path, wanted: frozenset[str], start: Barrier, taken: SimpleQueue[list[str]]) -> None:
    queue = Queue(open_storage(folder), "some")
    mine = []
    start.wait()
    while claim := queue.claim(wanted, 1):
        mine.append(claim.run.run_id)
    taken.put(mine)


def test_each_run_is_claimed_once_by_many_processes(tmp_path: Path, queue: Queue, study: Study) -> None:
    """Optuna's own way with SQLite hands a waiting trial to two workers now and then."""
    runs = plan(study, "quick", seeds=20).runs
    queue.enqueue(runs)
    context = multiprocessing.get_context("spawn")
    taken: SimpleQueue[list[str]] = context.SimpleQueue()
    wanted, start = frozenset(run.run_id for run in runs), context.Barrier(WORKERS)
    workers = [context.Process(target=claim_all, args=(tmp_path, wanted, start, taken)) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    claimed = [taken.get() for _ in workers]
    assert sorted(run_id for mine in claimed for run_id in mine) == sorted(wanted)
    assert sum(map(bool, claimed)) > 1, "one process took everything before the others began: nothing was tested"


def test_runs_wait_once_and_settled_runs_do_not_wait_again(queue: Queue, study: Study) -> None:
    runs = plan(study, "quick").runs
    queue.enqueue(runs)
    queue.enqueue(runs)
    assert list(queue.unfinished()) == [run.run_id for run in runs]
    for run, rows in zip(runs[:2], (done(0.5), failed("out of luck")), strict=True):
        claim = queue.claim({run.run_id}, 1)
        assert claim is not None
        assert claim.run == run
        queue.finish(claim, rows)
    queue.enqueue(plan(study, "quick", seeds=3).runs)
    assert len(queue.unfinished()) == 6 - 2
    trials = queue.settled()
    assert [trials[run.run_id].state for run in runs[:2]] == [TrialState.COMPLETE, TrialState.FAIL]
    assert trials[runs[0].run_id].value == 0.5


def test_only_wanted_runs_are_taken(queue: Queue, study: Study) -> None:
    """An earlier call's waiting runs, of other settings, are not done in passing."""
    earlier, now = plan(study, "full").runs, plan(study, "smoke").runs
    queue.enqueue(earlier)
    queue.enqueue(now)
    wanted = {run.run_id for run in now}
    assert [claim.run for claim in iter(lambda: queue.claim(wanted, 1), None)] == list(now)


def test_a_run_that_was_cut_off_waits_again_and_its_late_worker_does_no_harm(queue: Queue, study: Study) -> None:
    runs = plan(study, "smoke").runs
    wanted = {runs[0].run_id}
    queue.enqueue(runs)
    stalled = queue.claim(wanted, 1)
    assert stalled is not None
    assert queue.claim(wanted, 2) is None
    queue.enqueue(runs)
    again = queue.claim(wanted, 2)
    assert again is not None
    with pytest.raises(UpdateFinishedTrialError):
        queue.finish(stalled, done(0.1))
    queue.finish(again, done(0.9))
    assert queue.settled()[runs[0].run_id].value == 0.9


def test_a_run_that_was_cut_off_after_its_rows_is_settled(tmp_path: Path, queue: Queue, study: Study) -> None:
    runs = plan(study, "smoke").runs
    queue.enqueue(runs)
    claim = queue.claim({runs[0].run_id}, 1)
    assert claim is not None
    open_storage(tmp_path).set_trial_user_attr(claim.trial_id, "rows", done(0.7))
    queue.enqueue(runs)
    assert queue.settled()[runs[0].run_id].value == 0.7
    assert list(queue.unfinished()) == [runs[1].run_id]


def test_a_dead_worker_costs_its_own_run_only(queue: Queue, study: Study) -> None:
    runs = plan(study, "smoke").runs
    queue.enqueue(runs)
    queue.claim({runs[0].run_id}, 11)
    queue.claim({runs[1].run_id}, 12)
    assert queue.fail(11, failed("it died"))
    assert not queue.fail(11, failed("it died"))
    assert list(queue.settled()) == [runs[0].run_id]
    assert list(queue.unfinished()) == [runs[1].run_id]
