"""The commands that take a study, as Click commands, and the list of the studies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from results.terminal.command_line import PositiveInteger, Typed, option
from results.terminal.output import Result, prints_result
from results.terminal.process import say
from studies.command_line import arguments
from studies.command_line.command import RESUME, command, folder_of, own_data_of, request_of

MAX_ROUNDS = 10_000
MAX_RUNS = 1_000_000


@command("list", epilog="example: retrograde list")
@prints_result
def list_studies() -> Result:
    """List the studies and their questions."""
    from studies.commands.listing import StudyList

    return StudyList.read()


@command(epilog="example: retrograde show attention --profile full")
@arguments.name
@arguments.request
@option(
    "--no-estimate", is_flag=True, help="skip the estimate of the time, for which each arm is trained for some steps"
)
@prints_result
def show(no_estimate: bool, **given: Any) -> Result:
    """Show what a study compares, its number of runs, and their time."""
    from seq2seq_core.config.device import check_device
    from studies.commands.show import Shown
    from studies.engine.local_pool import default_workers

    request = request_of(**given)
    plan = request.plan()
    for notice in plan.notices:
        say(notice)
    if not no_estimate:
        check_device(request.device)  # the estimate trains there
    return Shown(request.name, plan, None if no_estimate else default_workers(request.device))


@command(hint=RESUME, epilog="example: retrograde run attention --profile smoke --seeds 1 --out /tmp/first-try")
@arguments.name
@arguments.request
@arguments.examples(required=False)
@arguments.bounds
@arguments.dask
@arguments.tensorboard
@arguments.mlflow
@arguments.storage
@arguments.out("output folder")
@click.pass_obj
@prints_result
def run(
    typed: Typed,
    /,
    name: str,
    examples: Sequence[str],
    workers: tuple[int, int] | None,
    dask: str | None,
    tls_ca: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    tensorboard: bool,
    mlflow: bool,
    storage: str | None,
    out: Path | None,
    **given: Any,
) -> Result:
    """Train the runs of a study that are not finished yet, and write its report."""
    from studies.cluster.connection import cluster_of
    from studies.command_line.command_words import recorded, repeated
    from studies.commands import run as commands
    from studies.commands.output_folder import default_folder

    request = request_of(name, storage=storage, **given)
    return commands.run(
        request,
        folder=out or default_folder(request),
        url=storage,
        workers=workers,
        cluster=cluster_of(dask, (tls_ca, tls_cert, tls_key), workers),
        trackers=_named(tensorboard=tensorboard, mlflow=mlflow),
        examples=examples,
        command=recorded(typed, name, request.file),
        resume_command=repeated(typed),
    )


@command(hint=RESUME, epilog="example: retrograde work attention --storage postgresql://me@db.example/studies")
@arguments.name
@arguments.request
@arguments.workers
@arguments.tensorboard
@arguments.mlflow
@arguments.storage
@arguments.out("folder of the checkpoints and the kept models")
@click.pass_obj
def work(
    typed: Typed,
    /,
    name: str,
    workers: int | None,
    tensorboard: bool,
    mlflow: bool,
    storage: str | None,
    out: Path | None,
    **given: Any,
) -> int:
    """Train runs of a study that `run` has started in a storage.

    The storage lists the runs. Without --out, give the options of the `run`: its folder follows from them.
    """
    from studies.command_line.command_words import repeated
    from studies.commands import run as commands
    from studies.engine.storage import default_url

    asked = request_of(name, storage=storage, **given)
    folder = folder_of(out, storage, asked)
    return commands.work(
        asked,
        folder=folder,
        url=storage or default_url(folder),
        workers=workers,
        trackers=_named(tensorboard=tensorboard, mlflow=mlflow),
        resume_command=repeated(typed),
        data=own_data_of(given),
    )


@command(epilog="example: retrograde status attention")
@arguments.name
@arguments.request
@arguments.storage
@arguments.out("folder of the storage")
@prints_result
def status(name: str, storage: str | None, out: Path | None, **given: Any) -> Result:
    """Show finished, running and failed runs, and the time left.

    Without --out and --storage, give the options of the `run`: its folder follows from them.
    """
    from studies.commands import run as commands
    from studies.engine.storage import default_url

    asked = request_of(name, storage=storage, **given)
    folder = folder_of(out, storage, asked)
    return commands.status(asked, url=storage or default_url(folder), data=own_data_of(given))


@command(
    hint="; no row is written", epilog="example: retrograde overhead attention --rounds 10 --out results/local/overhead"
)
@arguments.name
@arguments.profile
@arguments.settings
@arguments.data_files
@arguments.units
@option("--rounds", type=PositiveInteger(MAX_ROUNDS), default=20, metavar="N", help="number of pairs of trainings")
@option("--storage", metavar="URL", help="postgresql://USER@HOST/DATABASE (default: a temporary SQLite file in DIR)")
@arguments.out("output folder")
@click.pass_obj
def overhead(typed: Typed, /, name: str, rounds: int, storage: str | None, out: Path | None, **given: Any) -> int:
    """Measure how much time the engine adds to the bare training.

    Trains the study's baseline with and without the engine in turn; reports the ratio of the times.
    """
    from studies.command_line.command_words import recorded
    from studies.commands.output_folder import default_folder
    from studies.measurements import overhead as commands

    request = request_of(name, storage=storage, **given)
    return commands.measure(
        request,
        folder=out or default_folder(request),
        url=storage,
        rounds=rounds,
        command=recorded(typed, name, request.file),
    )


@command(
    "scaling-runs",
    hint="; the same command continues",
    epilog="example: retrograde scaling-runs --runs 100 --runs 1000 --workers 2 --out results/local/scaling",
)
@arguments.profile
@option(
    "--runs",
    type=PositiveInteger(MAX_RUNS),
    multiple=True,
    metavar="N",
    help="number of runs of a study, a multiple of 4; can be repeated (default: those of the profile)",
)
@option(
    "--workers",
    type=PositiveInteger(arguments.MAX_WORKERS),
    multiple=True,
    metavar="N",
    help="number of workers; can be repeated (default: one per core; with --dask all of the cluster)",
)
@arguments.dask
@option("--storage", metavar="URL", help="postgresql://USER@HOST/DATABASE (default: a temporary SQLite file in DIR)")
@arguments.out("folder for scaling.csv", default="results/local/scaling")
@click.pass_obj
def scaling_runs(
    typed: Typed,
    /,
    profile: str,
    runs: Sequence[int],
    workers: Sequence[int],
    dask: str | None,
    tls_ca: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    storage: str | None,
    out: Path | None,
) -> int:
    """Measure how the time of a study grows with its runs, and that of its report with its rows.

    Runs studies with short runs, and writes scaling.csv and its report. The same command continues a measurement that
    was interrupted, and one with other numbers adds to it.
    """
    from studies.cluster.connection import cluster_of
    from studies.command_line.command_words import recorded
    from studies.commands.output_folder import LOCAL
    from studies.measurements import scaling as commands

    cluster = cluster_of(dask, (tls_ca, tls_cert, tls_key), None)
    return commands.measure(
        place=commands.Place(out or LOCAL / "scaling", storage, cluster),
        profile=profile,
        sizes=runs or commands.SIZES[profile],
        workers=workers,
        command=recorded(typed, "", ""),
    )


def _named(**flags: bool) -> list[str]:
    """The names of the flags that are set."""
    return [name for name, given in flags.items() if given]
