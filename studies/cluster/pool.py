"""The runs of a plan on the nodes of a cluster.

The driver claims a run for each idle node, sends it with its checkpoint, reports the epochs that come back, and stores
the rows. The run of a lost node is claimed again from its last checkpoint. So the storage has the same trials as with
local workers, and the scheduler of the engine decides what becomes of them.
"""

from __future__ import annotations

import contextlib
import pickle
from concurrent.futures import CancelledError
from concurrent.futures import Future as Transfer
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from seq2seq_core.training import CheckpointError
from studies.cluster.connection import lost_errors
from studies.cluster.node import Part, train_part
from studies.cluster.nodes import Nodes
from studies.engine.attempt import Attempt
from studies.engine.checkpoints import Checkpoints
from studies.engine.heartbeat import send_heartbeats
from studies.engine.pool import Pool, Throttle, notify
from studies.engine.queue import ClaimLost, Queue, Worker
from studies.engine.worker import WorkerConfig
from studies.training.run_task import Task

if TYPE_CHECKING:
    from distributed import Future

PART_SECONDS = 2.0
"""How long a part of a run lasts, unless an epoch lasts longer."""
PART_SECONDS_A_NODE = 0.05
"""Added for each node, so that the parts of many nodes do not come faster than the driver can take them."""
IDLE_SECONDS = 1.0
"""Interval between two calls of the scheduler while a node has no run."""
SCALE_SECONDS = 5.0
"""Interval between two requests for workers, which also replace jobs that have ended."""


@dataclass
class _Training:
    """A part of a run that a node trains."""

    attempt: Attempt
    task: Task
    future: Future
    known: int
    """Epochs that the driver has."""
    transfer: Transfer[Part] | None = None
    """That of the result, once the node has it. It may take longer than the driver waits for the nodes at a time."""


class DaskPool(Pool):
    """The nodes of a Dask cluster as the workers of a plan."""

    def __init__(self, queue: Queue, config: WorkerConfig, nodes: Nodes) -> None:
        super().__init__(queue, config)
        self._nodes = nodes
        self._trainings: dict[str, _Training] = {}
        """Address -> the part that the node trains."""
        self._claimed: dict[int, None] = {}
        """The trials of these parts, for their heartbeats."""
        self._done: SimpleQueue[tuple[str, Future]] = SimpleQueue()
        self._checkpoints = Checkpoints(config.folder)
        self._wanted = 0
        """The largest number of workers that runs were left for."""
        self._replan, self._rescale = Throttle(IDLE_SECONDS), Throttle(SCALE_SECONDS)
        self._exit = contextlib.ExitStack()

    def start(self) -> None:
        self.queue.release(self.config.pool_id)  # of an earlier command in this folder that was killed
        self.schedule()
        self._exit.enter_context(send_heartbeats(self.queue.storage, self._claimed.keys()))

    def advance(self, seconds: float) -> bool:
        if not self._nodes.connection.is_open:
            return self._give_up()
        try:
            self._nodes.refresh(notify)
            if self._rescale.due():
                with self._rescale:
                    unfinished = self.progress.positions.keys() - self.progress.finished.keys()
                    # Never fewer than before: Dask would not look whether the workers that it ends train a run.
                    self._wanted = max(self._wanted, len(unfinished))
                    self._nodes.connection.scale(self._wanted)
            self._collect_all(seconds)
            if lost := self._trainings.keys() - self._nodes.ready.keys():
                for address in lost:
                    self._end(address)
                self.schedule()
            self._hand_out()
        except lost_errors():  # those of the storage and the disk are handled where they occur
            return self._give_up()
        return self.progress.unfinished

    def stop(self) -> None:
        for address in list(self._trainings):
            self._drop(address)
        self._exit.close()

    def _give_up(self) -> bool:
        """The runs that nodes train continue from their checkpoints when the command is repeated."""
        self.why_ended = f"{self._nodes.connection.name}: the scheduler does not answer"
        self.stop()
        self.queue.release(self.config.pool_id, stopped=True)
        return False

    def _hand_out(self) -> None:
        """Claims a run for each idle node."""
        for address, node in self._nodes.ready.items():
            if len(self._trainings) == self._nodes.connection.most:
                return
            if address in self._trainings:
                continue
            worker = Worker(self.config.pool_id, node.host, node.pid, processor=node.processor, gpu=node.gpu)
            claim = self.queue.claim(self.progress.positions, worker)
            if claim is None:
                if not self._trainings or self._replan.due():
                    with self._replan:
                        self.schedule()
                return
            attempt = Attempt(self.queue, claim, self._checkpoints, kept_seed=self.config.plan.seeds[0])
            self._claimed[claim.trial_id] = None
            self._send(address, attempt, attempt.task(), 0)

    def _send(self, address: str, attempt: Attempt, task: Task, known: int) -> None:
        seconds = PART_SECONDS + PART_SECONDS_A_NODE * len(self._nodes.ready)
        future = self._nodes.submit(address, train_part, pickle.dumps(task), self._nodes.source, known, seconds)
        self._trainings[address] = _Training(attempt, task, future, known)
        future.add_done_callback(lambda done: self._done.put((address, done)))

    def _collect_all(self, seconds: float) -> None:
        """What has come back, after a wait of at most so many seconds."""
        with contextlib.suppress(Empty):
            self._collect(*self._done.get(timeout=seconds))
            while True:
                self._collect(*self._done.get_nowait())

    def _collect(self, address: str, future: Future) -> None:
        """Reports and stores what has come back, and sends the next part of the run."""
        training = self._trainings.get(address)
        if training is None or training.future is not future:  # of a node that was lost before
            return
        if future.status == "error":
            self._take_error(address, training, future.exception())
            return
        if future.status != "finished":
            self._take_cancelled(address)
            return
        if training.transfer is None:
            training.transfer = self._nodes.fetch(future)
            training.transfer.add_done_callback(lambda _: self._done.put((address, future)))
            return
        try:
            part = training.transfer.result()
        except CancelledError:  # since the status was read
            self._take_cancelled(address)
            return
        attempt = training.attempt
        try:
            attempt.report(part.points)
            if part.checkpoint:
                attempt.save(part.checkpoint)
            if part.rows is None:
                rest = replace(training.task, checkpoint=part.checkpoint)
                self._send(address, attempt, rest, training.known + len(part.points))
            else:
                attempt.finish(part.rows)
                self._drop(address)
        except ClaimLost:
            self._drop(address)

    def _take_cancelled(self, address: str) -> None:
        """The node was lost, perhaps for a moment, or the scheduler."""
        if self._nodes.connection.is_open:
            self._end(address)
            self.schedule()

    def _take_error(self, address: str, training: _Training, error: BaseException) -> None:
        """A run that fails has rows, so this is an error of the checkpoint or of the node."""
        if isinstance(error, CheckpointError):
            self._send(address, training.attempt, training.attempt.restarted(error), 0)
            return
        notify(f"node {address}: {type(error).__name__}: {' '.join(str(error).split())}")
        self._end(address)
        self.schedule()

    def _end(self, address: str) -> None:
        """Ends the attempt: the run waits again, or has failed after too many attempts."""
        self.queue.end(self._trainings[address].attempt.claim)
        self._drop(address)

    def _drop(self, address: str) -> None:
        training = self._trainings.pop(address)
        del self._claimed[training.attempt.claim.trial_id]
        if training.transfer:  # that of a lost node would not end
            training.transfer.cancel()
        with contextlib.suppress(*lost_errors()):
            training.future.cancel()
