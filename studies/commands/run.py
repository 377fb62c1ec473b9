"""`retrograde run | work | status`.

Input that the user can correct raises ConfigError or InputError before any work.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.load import LoadMeter, noise_of
from results.page.earlier_report import remove_report
from results.tables import provenance
from results.terminal.folder_lock import lock_folder
from results.terminal.output import Result
from results.terminal.process import DONE, FAULT, INTERRUPTED
from results.text import plural
from studies.cluster.connection import Cluster
from studies.commands.export import export_tables, record_provenance
from studies.commands.held_runs import open_queue
from studies.commands.pools import check_cluster, check_machine, connect_nodes, pool_of
from studies.commands.request import Request
from studies.commands.saved_request import load_request, save_request
from studies.commands.status import Progress, read_progress
from studies.engine.attempt import settle_leftovers
from studies.engine.checkpoints import Checkpoints
from studies.engine.local_pool import start_fork_server
from studies.engine.pool import Pool, notify
from studies.engine.queue import Queue
from studies.engine.retry import RetryTimeout
from studies.engine.scheduler import PlanProgress
from studies.engine.storage import open_storage
from studies.models.align import add_examples
from studies.planning.plan import Plan
from studies.planning.run_rows import status_of

if TYPE_CHECKING:
    from results.report.ending import Ending

MOST_REASONS = 3
"""`run` prints the reasons of failed runs up to this number."""


@dataclass(frozen=True, kw_only=True)
class RunResult(Result):
    """The finished runs, and the report if all are finished."""

    study: str
    profile: str
    folder: Path
    runs: int
    counts: Mapping[str, int]
    """Status -> the number of finished runs."""
    interrupted: bool
    resume: Sequence[str]
    """The command that trains the unfinished runs; empty if there are none."""
    ending: Ending | None

    @property
    def exit_status(self) -> int:
        if self.resume:
            return INTERRUPTED if self.interrupted else FAULT
        return FAULT if self.counts.get("failed") else DONE

    def lines(self) -> Iterator[str]:
        counts = ", ".join(f"{number} {status}" for status, number in self.counts.items())
        yield f"{self.study}: {plural(self.runs, 'run')}, {counts}"
        if self.ending:
            yield from self.ending.lines()

    def document(self) -> dict[str, Any]:
        report = self.ending.document() if self.ending else {"answers": [], "pages": []}
        return {
            "study": self.study,
            "profile": self.profile,
            "folder": str(self.folder),
            "runs": self.runs,
            "counts": dict(self.counts),
            "interrupted": self.interrupted,
            "resume": list(self.resume) or None,
            **report,
        }


def failures(progress: PlanProgress) -> Iterator[str]:
    """A line for each of the first reasons why runs failed, with their number and arms."""
    arms_of: dict[str, list[str]] = {}
    for one in progress.runs:
        rows = progress.finished.get(one.run_id)
        if rows and status_of(rows) == "failed":
            arms_of.setdefault(rows["runs"][0]["reason"], []).append(one.variant.arm)
    for reason, arms in itertools.islice(arms_of.items(), MOST_REASONS):
        yield f"{plural(len(arms), 'run')} of {', '.join(dict.fromkeys(arms))} failed: {reason}"
    if len(arms_of) > MOST_REASONS:
        yield f"runs failed for {plural(len(arms_of) - MOST_REASONS, 'other reason')}; `status` prints each"


def run(
    request: Request,
    *,
    folder: Path,
    url: str | None,
    workers: tuple[int, int] | None,
    cluster: Cluster | None,
    trackers: Sequence[str],
    examples: Sequence[str],
    command: Sequence[str],
    resume_command: Sequence[str],
) -> RunResult:
    """Trains the unfinished runs of a study, and writes tables, provenance and report into the folder.

    `url` names the storage, None the folder's own. `workers` are the bounds of the number of processes, None for the
    device's default. `examples` are sources whose alignments are drawn. `command` goes into the provenance;
    `resume_command` is shown to the user after an interruption.
    """
    plan = request.plan()
    for example in examples:
        for variant in plan.variants:  # a level may have its own letters
            variant.setup.task.encode(example)
    if cluster:
        check_cluster(cluster, trackers)
    else:
        check_machine(request, trackers, workers)
    provenance.prepare(folder)
    with ExitStack() as stack:
        stack.enter_context(lock_folder(folder))
        connected = stack.enter_context(ExitStack())
        nodes = connect_nodes(connected, cluster, request, plan) if cluster else None
        queue, finished = stack.enter_context(open_queue(request, plan, folder, url))
        if nodes is None and any(one.run_id not in finished for one in plan.planned_runs(finished)):
            start_fork_server()  # its imports take seconds, as does what follows
        for line in [*plan.notices, *too_few_seeds(plan)]:
            notify(line)
        request.keep_code(folder)
        save_request(request, queue)
        load, earlier_runs = LoadMeter(), finished.keys()
        pool = pool_of(queue, request, plan, folder, trackers, nodes=nodes, processes=workers[1] if workers else None)
        progress, interrupted = _train(pool, plan)
        connected.close()  # its jobs do not wait for the report
        settle_leftovers(Checkpoints(folder), progress, plan.seeds[0])
        export_tables(folder, request.name, plan, progress.finished)
        changed = record_provenance(
            folder,
            request.name,
            plan,
            progress.finished,
            queue.trials(),
            command=command,
            device=request.device,
            noise=noise_of([load.read()]) if progress.finished.keys() > earlier_runs else None,
        )
        for line in failures(progress):
            notify(line)
        statuses = [status_of(progress.finished[r.run_id]) for r in progress.runs if r.run_id in progress.finished]
        result = RunResult(
            study=request.name,
            profile=request.profile,
            folder=folder,
            runs=len(progress.runs),
            counts={status: statuses.count(status) for status in dict.fromkeys(["done", *sorted(statuses)])},
            interrupted=interrupted,
            resume=resume_command if progress.unfinished else (),
            ending=None,
        )
        if progress.unfinished:
            if changed and remove_report(folder):
                notify(f"{folder / 'report.html'} is removed, because its tables have changed; the last run writes it")
            why = "interrupted" if interrupted else pool.why_ended
            notify(f"{why}; finished runs are kept; to resume: {shlex.join(resume_command)}")
            return result

        if examples:
            add_examples(folder, examples, command=command)

        from results.report.ending import build_ending  # takes seconds to import; errors come before

        return replace(result, ending=build_ending(folder, {"runs"}))


def _train(pool: Pool, plan: Plan) -> tuple[PlanProgress, bool]:
    """Trains the runs of the plan; returns its progress, and whether the training was interrupted.

    The interrupt is raised if it finds no storage: without it there are no rows to export.
    """
    try:
        return pool.run(), False
    except KeyboardInterrupt as interruption:
        try:
            finished = pool.queue.finished_rows()
        except RetryTimeout:
            raise interruption from None
        return PlanProgress(tuple(plan.planned_runs(finished)), finished), True


def work(
    asked: Request,
    *,
    folder: Path,
    url: str,
    workers: int | None,
    trackers: Sequence[str],
    resume_command: Sequence[str],
    data: Mapping[str, Any],
) -> int:
    """Trains runs of a study that `run` has started in the storage; that `run` writes the tables and the report.

    The exit status is that of `run`: 1 if a run of the study has failed, on whatever machine.
    `asked` is what the options of the command name, `data` the settings of own pairs whose files have other places on
    this machine.
    """
    with open_storage(url, create=False) as storage:
        request = load_request(storage, asked, data)
        check_machine(request, trackers, None)
        Checkpoints(folder)  # raises here what every worker would raise
        queue = Queue(storage, asked.name, notify)
        try:
            progress = pool_of(queue, request, request.plan(), folder, trackers, processes=workers).run()
        except KeyboardInterrupt:
            notify(f"interrupted; other workers get the unfinished runs; to join again: {shlex.join(resume_command)}")
            return INTERRUPTED
    for line in (failed := [*failures(progress)]):
        notify(line)
    if progress.unfinished:
        notify(f"all workers have stopped; to join again: {shlex.join(resume_command)}")
    return FAULT if failed or progress.unfinished else DONE


def status(asked: Request, *, url: str, data: Mapping[str, Any]) -> Progress:
    """The progress of a study that `run` has started in the storage; `asked` and `data` as in `work`."""
    with open_storage(url, create=False) as storage:
        request = load_request(storage, asked, data)
        return read_progress(Queue(storage, asked.name, notify), request.plan(), asked.name)


def too_few_seeds(plan: Plan) -> Iterator[str]:
    """A line if the report of the plan can give no verdict. That of a smoke run never does, and says so."""
    from results.statistics import pairs_needed  # takes a second to import; errors come before

    seeds, needed = len(plan.seeds), pairs_needed(plan.comparisons) if plan.comparisons else 0
    if seeds < needed and plan.profile != provenance.SMOKE:
        yield f"{plural(seeds, 'seed')}: the report will give no verdict, which needs {needed} or more"
