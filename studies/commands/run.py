"""What `python -m studies run | work | status` does, once the words on the command line are understood.

Each command returns its exit status. Whatever a user can put right is a ConfigError or an InputError, raised before
any work.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from results.cores import usable_cores
from results.page.earlier_report import remove_report
from results.tables import provenance
from results.tables.column import plural
from results.terminal.process import INTERRUPTED
from seq2seq_core.config.device import check_device
from seq2seq_core.evaluation.alignment import tokens_of
from studies.commands.align import add_examples, drop_examples
from studies.commands.export import export_tables, record_provenance
from studies.commands.request import Request, find
from studies.commands.status import status_lines
from studies.engine.checkpoints import Checkpoints
from studies.engine.folder_lock import check_owner, check_rows, lock, run_rows
from studies.engine.pool import check_start, run_workers, say
from studies.engine.queue import Queue
from studies.engine.retry import RetryTimeout
from studies.engine.scheduler import PlanProgress
from studies.engine.storage import open_storage, url_in
from studies.engine.tensorboard import check_tensorboard
from studies.engine.worker import Job
from studies.planning.run import Run
from studies.planning.run_rows import status_of

GONE = "the workers are gone"


def run(
    request: Request,
    *,
    folder: Path,
    url: str | None,
    workers: int | None,
    tensorboard: bool,
    examples: Sequence[str],
    command: Sequence[str],
    again: Sequence[str],
) -> int:
    """Does what is left of a study, and puts its tables, provenance and report into the folder.

    `url` is a storage's, None for the folder's own; `workers` a number of processes, None for what suits the device.
    `examples` are sources whose alignments are drawn. `command` goes into the provenance; `again` is what the user
    would type to go on after an interruption.
    """
    plan = request.plan()
    for example in examples:
        tokens_of(example, plan.setup.task.letters)
    check_device(request.device)
    if tensorboard:
        check_tensorboard()
    check_start()
    provenance.prepare(folder)
    check_new = partial(check_rows, folder, ())  # a refusal leaves no new storage behind, nor a new study in one
    with lock(folder), open_storage(url or url_in(folder), before_tables=check_new) as storage:
        if url is None:
            check_owner(folder, storage, request.name)
        if request.name not in {study.study_name for study in storage.get_all_studies()}:
            check_new()
        Checkpoints(folder)  # refuses here what each worker would meet
        queue = Queue(storage, request.name, say)
        settled = queue.settled()
        check_rows(folder, settled)
        if replaced := _replaced(folder, plan.known(settled)):
            before = shlex.join(provenance.read(folder).get("study", {}).get("command", ["unknown"]))
            say(
                f"{folder / 'runs.csv'} holds runs that this command does not ask for ({len(replaced)}); the storage "
                f"keeps them, the tables will be without them; the command that asked for them: {before}"
            )
        request.leave(queue)
        interrupted = False
        try:
            standing = run_workers(
                queue, _job(queue, request, folder, tensorboard), workers or _default_workers(request)
            )
        except KeyboardInterrupt as interruption:
            interrupted = True
            try:
                settled = queue.settled()
            except RetryTimeout:  # it is away: there is nothing to make tables of
                raise interruption from None
            standing = PlanProgress(tuple(plan.known(settled)), settled)
        drop_examples(folder, _replaced(folder, standing.known))
        export_tables(folder, request.name, plan, standing.settled)
        changed = record_provenance(
            folder, request.name, plan, standing.settled, queue.trials(), command=command, device=request.device
        )
        statuses = [status_of(standing.settled[r.run_id]) for r in standing.known if r.run_id in standing.settled]
        counts = ", ".join(
            f"{statuses.count(status)} {status}" for status in dict.fromkeys(["done", *sorted(statuses)])
        )
        print(f"{request.name}: {plural(len(standing.known), 'run')}, {counts}")
        if standing.unfinished:
            if changed and remove_report(folder):
                say(f"{folder / 'report.html'} was made of other rows and is removed; it is made again at the end")
            why = "interrupted" if interrupted else GONE
            say(f"{why}; what is finished is kept; to go on: {shlex.join(again)}")
            return INTERRUPTED if interrupted else 1

        if examples:
            add_examples(folder, examples, command=command)

        from results.report.build import build  # drawing takes seconds to import; refusals do without it

        print(f"report: {build(folder)}")
    return 1 if "failed" in statuses else 0


def work(name: str, *, folder: Path, url: str, workers: int | None, tensorboard: bool, again: Sequence[str]) -> int:
    """Helps with the study that a `run` began in the storage; tables and report are left to that `run`."""
    with open_storage(url, create=False) as storage:
        request = find(storage, name)
        check_device(request.device)
        if tensorboard:
            check_tensorboard()
        check_start()
        Checkpoints(folder)  # refuses here what each worker would meet
        queue = Queue(storage, name, say)
        try:
            standing = run_workers(
                queue, _job(queue, request, folder, tensorboard), workers or _default_workers(request)
            )
        except KeyboardInterrupt:
            say(f"interrupted; the runs in hand go to others; to join again: {shlex.join(again)}")
            return INTERRUPTED
    if standing.unfinished:
        say(f"{GONE}; to join again: {shlex.join(again)}")
        return 1
    return 0


def status(name: str, *, url: str) -> int:
    """Prints how far the study is that a `run` began in the storage."""
    with open_storage(url, create=False) as storage:
        request = find(storage, name)
        print(f"{name} ({request.profile})")
        for line in status_lines(Queue(storage, name, say), request.plan()):
            print(line)
    return 0


def _replaced(folder: Path, known: Sequence[Run]) -> set[str]:
    """The ids of the runs that the folder's tables hold and those of the known ones will not."""
    return {row["run_id"] for row in run_rows(folder)} - {run.run_id for run in known}


def _job(queue: Queue, request: Request, folder: Path, tensorboard: bool) -> Job:
    return Job(
        plan=request.plan(),
        study=request.name,
        url=queue.url,
        crew=secrets.token_hex(4),
        folder=folder,
        tensorboard=tensorboard,
    )


def _default_workers(request: Request) -> int:
    """One a usable core; one on a GPU, which runs would only share."""
    if request.device == "cuda":
        return 1
    return usable_cores()
