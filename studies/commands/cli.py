"""The commands of studies. Nothing heavy is imported before the arguments are parsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from results.tables.atomic_write import InputError
from results.terminal.command_line import (
    Command,
    Group,
    PositiveInteger,
    Typed,
    argument,
    option,
    path,
    run_words,
)
from results.terminal.output import Result, prints_result
from results.terminal.process import FAULT, say
from studies.commands import arguments

if TYPE_CHECKING:
    from studies.commands.request import Request
    from studies.sources.source import Source

KINDS = ("study", "score", "cell", "task")
"""What `new` writes; a template each."""
MAX_ROUNDS = 10_000
DATA_OPTIONS = ("data", "evaluation_data", "test_data", "units")
RESUME = "; run the same command again to resume"
EXAMPLES = """
examples:
  retrograde list
  retrograde show attention --profile full
  retrograde run attention
  retrograde run attention --profile smoke --seeds 1 --out /tmp/first-try
  retrograde run attention --set cell=lstm --set learning_rate=0.003
  retrograde run attention --arm none --arm dot --add 'deep: score=dot layers=2' --seeds 3
  retrograde run attention --data pairs.tsv
  retrograde status attention
  retrograde align results/local/attention --example abcd --example dddcba
  retrograde predict results/local/attention abcd dddcba
  retrograde overhead attention --rounds 10 --out results/local/overhead
  retrograde describe results/local/attention

many machines, one PostgreSQL database (put the password into ~/.pgpass or PGPASSWORD):
  retrograde run attention --profile full --storage postgresql://me@db.example/studies
  retrograde work attention --storage postgresql://me@db.example/studies
  retrograde status attention --storage postgresql://me@db.example/studies

Run the same command again to resume an interrupted study; finished runs are not repeated.
exit status: 0 done; 1 a run failed (see runs.csv); 2 the input is wrong; 130 interrupted."""


class _Command(Command):
    def call(self, ctx: click.Context) -> int:
        from seq2seq_core.config import ConfigError
        from studies.engine.retry import RetryTimeout

        try:
            return super().call(ctx)
        except ConfigError as error:
            raise InputError(str(error)) from error
        except RetryTimeout as error:
            say(f"{error}; still unavailable{RESUME}")
            return FAULT


class _Group(Group):
    command_class = _Command


studies = _Group(help="Ablation studies of sequence-to-sequence models, with many seeds.", epilog=EXAMPLES)


def main(words: Sequence[str]) -> int:
    """Runs the command and returns the exit status; 2 if the input is wrong."""
    return run_words(studies, ["python", "-m", "studies"], words)


@studies.command("list", epilog="example: retrograde list")
@prints_result
def list_studies() -> Result:
    """List the studies and their questions."""
    from studies.commands.listing import StudyList

    return StudyList.read()


@studies.command(epilog="example: retrograde show attention --profile full")
@arguments.name
@arguments.request
@option("--no-estimate", is_flag=True, help="without an estimate of the time, which trains each arm for some steps")
@prints_result
def show(no_estimate: bool, **given: Any) -> Result:
    """Show what a study compares, its number of runs, and their time."""
    from studies.commands.own_data import notices
    from studies.commands.show import Shown
    from studies.engine.pool import default_workers

    request = _request(**given)
    plan = request.plan()
    for notice in notices(plan.data):
        say(notice)
    return Shown(request.name, plan, None if no_estimate else default_workers(request.device))


@studies.command(hint=RESUME, epilog="example: retrograde run attention --profile smoke --seeds 1 --out /tmp/first-try")
@arguments.name
@arguments.request
@arguments.examples(required=False)
@arguments.workers
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
    workers: int | None,
    tensorboard: bool,
    mlflow: bool,
    storage: str | None,
    out: Path | None,
    **given: Any,
) -> Result:
    """Train the unfinished runs of a study, and write its report."""
    from studies.commands import run as commands
    from studies.commands.command_words import recorded, repeated
    from studies.commands.output_folder import default_folder

    source, request = _source(name, storage), _request(name, **given)
    return commands.run(
        request,
        folder=out or default_folder(request),
        url=storage,
        workers=workers,
        trackers=_named(tensorboard=tensorboard, mlflow=mlflow),
        examples=examples,
        command=recorded(typed, name, source.file),
        resume_command=repeated(typed),
    )


@studies.command(hint=RESUME, epilog="example: retrograde work attention --storage postgresql://me@db.example/studies")
@arguments.name
@arguments.request
@arguments.workers
@arguments.tensorboard
@arguments.mlflow
@arguments.storage
@arguments.out("folder of the checkpoints")
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

    The storage says which runs. The options of the `run` name its folder, if --out does not.
    """
    from studies.commands import run as commands
    from studies.commands.command_words import repeated
    from studies.engine.storage import default_url

    _source(name, storage)
    asked = _request(name, **given)
    folder = _started_folder(out, storage, asked)
    return commands.work(
        asked,
        folder=folder,
        url=storage or default_url(folder),
        workers=workers,
        trackers=_named(tensorboard=tensorboard, mlflow=mlflow),
        resume_command=repeated(typed),
        data=_own_data(given),
    )


@studies.command(epilog="example: retrograde status attention")
@arguments.name
@arguments.request
@arguments.storage
@arguments.out("folder of the storage")
@prints_result
def status(name: str, storage: str | None, out: Path | None, **given: Any) -> Result:
    """Show finished, running and failed runs, and the time left.

    The options of the `run` name its folder, if neither --out nor --storage does.
    """
    from studies.commands import run as commands
    from studies.engine.storage import default_url

    _source(name, storage)
    asked = _request(name, **given)
    folder = _started_folder(out, storage, asked)
    return commands.status(asked, url=storage or default_url(folder), data=_own_data(given))


@studies.command(epilog="example: retrograde align results/local/attention --example abcd --example dddcba")
@argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=path, help="a study's output folder, or a file in models/"
)
@arguments.examples(required=True)
@arguments.parts
@arguments.out("output folder", "PATH if it is a folder, otherwise results/local/align")
@click.pass_obj
def align(typed: Typed, /, paths: Sequence[Path], examples: Sequence[str], parts: str | None, out: Path | None) -> int:
    """Draw heat maps of chosen examples, with the models that `run` keeps.

    They show the attention weights of kept models while they decode the given examples.
    """
    from studies.commands import align as commands

    folder = out or (paths[0] if paths[0].is_dir() else Path("results", "local", "align"))
    words = [word for source in examples for word in ("--example", source)]
    words += ["--parts", Path(parts).name] if parts else []
    command = [*typed.recorded_program, "align", "DIR", *words]  # provenance does not record the user's paths
    return commands.draw(paths, examples, folder=folder, command=command, parts=parts)


@studies.command(
    epilog="""
examples:
  retrograde predict results/local/attention abcd dddcba
  retrograde predict results/local/attention --arm general --file sources.txt --json
  retrograde predict results/local/attention/models/4ddfea998ea5.checkpoint - < sources.txt"""
)
@argument("path", metavar="PATH", type=path, help="a study's output folder, or the file of a model")
@argument("sources", metavar="[SOURCE...]", nargs=-1, help="such as abcd; - reads them from standard input")
@option("--file", type=path, metavar="FILE", help="read the sources from a file, one a line")
@option("--arm", metavar="ARM", help="the arm of the model (default: the one that is best on the test set)")
@arguments.parts
@prints_result
def predict(path: Path, sources: Sequence[str], file: Path | None, arm: str | None, parts: str | None) -> Result:
    """Print what a trained model predicts, one line for each source.

    The model is a file, or the best model of a study: that of the arm with the highest accuracy on the test set. A line
    on stderr names it.
    """
    from studies.commands import predict as commands

    given = commands.all_sources(sources, file)
    return commands.predict(path, given, arm=arm, parts=parts)


@studies.command(
    epilog="example: retrograde describe results/local/attention; then: retrograde report results/local/attention"
)
@argument("folder", metavar="DIR", type=path, help="the output folder of a study")
def describe(folder: Path) -> int:
    """Update the question and the descriptions of a study in a folder of recorded rows.

    Writes the question, the names of the comparisons and how they answer the question, as the study declares them now,
    into DIR/provenance.json. Refused if the study now measures or compares something else.
    """
    from studies.commands import describe as commands

    return commands.describe(folder)


@studies.command(hint=RESUME, epilog="example: retrograde overhead attention --rounds 10 --out results/local/overhead")
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
    from studies.commands import overhead as commands
    from studies.commands.command_words import recorded
    from studies.commands.output_folder import default_folder

    source, request = _source(name, storage), _request(name, **given)
    return commands.measure(
        request,
        folder=out or default_folder(request),
        url=storage,
        rounds=rounds,
        command=recorded(typed, name, source.file),
    )


@studies.command(
    "new",
    epilog="example: retrograde new score my_score.py; then: retrograde run my_score.py --profile smoke",
)
@argument("kind", metavar="KIND", type=click.Choice(KINDS), help=f"one of {', '.join(KINDS)}")
@argument("path", metavar="FILE", type=path, help="the new file, such as my_study.py")
def new(kind: str, path: Path) -> int:
    """Write a commented file that declares a study, or a part and a study that uses it.

    The file runs as it is, wherever it lies. An existing file is not replaced.
    """
    from studies.sources.new_file import write_new

    return write_new(kind, path)


@studies.command("check-parts", epilog="example: retrograde check-parts my_score.py")
@argument("name", metavar="FILE", help="a Python file, or a module, that defines scores, cells, tasks or recipes")
def check_parts(name: str) -> int:
    """Check the scores, cells, tasks and recipes of a file; exit status 1 if a check fails.

    They pass the checks that the parts of this project pass: shapes, gradients, padding, precision, one step and many.
    """
    from studies.sources import check_parts as commands

    return commands.check_parts(name)


def _named(**flags: bool) -> list[str]:
    """The names of the flags that are set."""
    return [name for name, given in flags.items() if given]


def _source(name: str, storage: str | None) -> Source:
    """The study that a command names, after the check of its storage's URL."""
    from studies.engine.storage import parse_url
    from studies.sources.source import find

    source = find(name)  # an unknown name is reported before any trouble with the folder or the storage
    if storage is not None:
        parse_url(storage)  # before anything that shows it
    return source


def _started_folder(out: Path | None, storage: str | None, request: Request) -> Path:
    """The folder of an earlier `run` of this request."""
    from studies.commands.output_folder import default_folder, started_folder

    return out or (default_folder(request) if storage else started_folder(request))


def _request(
    name: str,
    *,
    settings: Sequence[tuple[str, Any]],
    added: Sequence[tuple[str, dict[str, Any]]] = (),
    **given: Any,
) -> Request:
    from studies.commands.request import Request
    from studies.sources.source import find

    source, own = find(name), _own_data(given)
    more = {option: value for option, value in given.items() if option not in DATA_OPTIONS}
    return Request(name=source.name, source=source.given, settings={**dict(settings), **own}, added=dict(added), **more)


def _own_data(given: Mapping[str, Any]) -> dict[str, Any]:
    from studies.commands.own_data import data_settings

    return data_settings(**{option: given[option] for option in DATA_OPTIONS})
