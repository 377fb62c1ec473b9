"""A worker whose command is killed ends its attempt, which does not count against the run."""

from __future__ import annotations

import os
import signal
from multiprocessing import Pipe
from pathlib import Path

import pytest
import torch

import studies.engine.worker
from studies.design.study import Study
from studies.engine.attempt import ParentDied
from studies.engine.queue import Queue, Worker
from studies.engine.scheduler import MAX_ATTEMPTS_WITHOUT_PROGRESS, enqueue
from studies.engine.storage import default_url, open_storage
from studies.engine.worker import WorkerConfig, run_worker
from studies.planning.plan import plan

SINCE = "2026-01-01T00:00:00+00:00"


def test_attempts_that_end_with_their_command_do_not_count(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill of the command says nothing about a run; it failed after three kills within one epoch."""
    planned = plan(study, "smoke")

    def claim_and_lose_the_parent(config: WorkerConfig, own: Queue, files: object) -> None:
        assert own.claim({planned.initial_runs[0].run_id: 0}, Worker("ours", "here", os.getpid(), SINCE))
        raise ParentDied

    monkeypatch.setattr(studies.engine.worker, "_process_queue", claim_and_lose_the_parent)
    config = WorkerConfig(plan=planned, study="some", pool_id="ours", url=default_url(tmp_path), folder=tmp_path)
    threads, handler = torch.get_num_threads(), signal.getsignal(signal.SIGINT)
    with open_storage(config.url) as storage:
        queue = Queue(storage, "some", lambda line: None)
        try:
            for _ in range(MAX_ATTEMPTS_WITHOUT_PROGRESS):
                enqueue(queue, planned)
                run_worker(config, Pipe(duplex=False)[1])
        finally:
            torch.set_num_threads(threads)
            signal.signal(signal.SIGINT, handler)
        assert enqueue(queue, planned).finished == {}
