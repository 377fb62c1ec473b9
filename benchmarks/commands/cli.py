"""The command lines of benchmarks. Each imports its work inside: this takes seconds, and `--help` does not need it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks import DEFAULT_PROFILE
from results.errors import InputError
from results.terminal.command_line import Group, PositiveInteger, Typed, argument, option, path, together
from results.terminal.process import DONE, FAULT, say

MAX_CASES = 100_000
ROUNDS, MAX_ROUNDS = 10, 1000

BENCH = """
examples:
  retrograde bench --profile smoke
  retrograde bench -k "score and additive"
  retrograde bench -k lstm -- --collect-only -q     the names of the cases
  retrograde bench --data pairs.tsv -k "encoder or training"
  retrograde bench --of results/local/attention     the arms of a study, into its folder
  retrograde bench --commits main my-branch -k encoder

exit status: 0 done; 1 a case failed; 2 the input is wrong; 130 interrupted."""

benchmarks = Group(help="Times the suites, and checks the timing method.")


PROFILES = ("smoke", "quick", "full")
_of_a_session = together(
    option("-k", "--keyword", metavar="EXPRESSION", help="only cases whose names match, as in pytest"),
    option(
        "--profile",
        type=click.Choice(PROFILES),
        help=f"number and size of the cases (default: {DEFAULT_PROFILE}, or with --of that of the study)",
    ),
    option("--device", type=click.Choice(("cpu", "cuda")), help="by default every device that is available"),
    option(
        "--out",
        type=path,
        metavar="DIR",
        help="folder for the tables; by default one in results/local whose name says what is measured",
    ),
    argument("pytest_options", metavar="[-- PYTEST OPTIONS]", nargs=-1, type=click.UNPROCESSED),
)


@benchmarks.command(epilog=BENCH, hint="; the same command continues")
@_of_a_session
@option("--list", "listed", is_flag=True, help="list the suites and do nothing else")
@option(
    "--commits",
    nargs=2,
    metavar="A B",
    help="time two commits of the repository in this folder against each other, and show which cases changed",
)
@option("--of", type=path, metavar="DIR", help="time the arms of the study in this folder, and write into it")
@option("--data", type=path, metavar="FILE", help="your file of pairs; the cases take its lengths and vocabulary")
@option("--units", type=click.Choice(("characters", "tokens")), help="units of your pairs (default: characters)")
@option(
    "--rounds",
    type=PositiveInteger(MAX_ROUNDS),
    metavar="N",
    help=f"rounds of --commits, at least {ROUNDS} (default: {ROUNDS})",
)
def bench(
    listed: bool, commits: tuple[str, str] | None, rounds: int | None, pytest_options: Sequence[str], **options: Any
) -> int:
    """Time the suites, the arms of a study, or two commits.

    Times each candidate of each case against a baseline, in interleaved rounds, and writes throughput.csv, rounds.csv,
    ceilings.csv and their report. The same command continues a session that was interrupted. What follows -- goes to
    pytest.

    With --of, times a training step and greedy decoding of each arm of a study, at each combination of its levels, on
    one thread and on all cores, and adds the tables to the folder of the study. With --device cuda, the times of a CPU
    in the folder stay, also those of another machine.

    With --commits, times each candidate in processes of both commits in turn, writes commits.csv, and prints the cases
    that take another time in B. Exit status 1: a case is slower in B.
    """
    if listed:
        given = [f"--{name}" for name, value in {"commits": commits, "rounds": rounds, **options}.items() if value]
        if refused := [*given, *pytest_options]:
            raise InputError(f"{refused[0]} is refused; --list takes no other option")
        from benchmarks.commands.session import suites

        print(*suites(), sep="\n")
        return DONE
    if commits:
        if pytest_options:
            raise InputError(f"{pytest_options[0]!r} is refused; --commits takes no options of pytest")
        from benchmarks.commands.commits import run_commits

        if given := [name for name in ("data", "units", "of") if options.pop(name) is not None]:
            raise InputError(f"--{given[0]} is refused with --commits, which times the cases of a profile")
        return run_commits(commits, rounds or ROUNDS, **{**options, "profile": options["profile"] or DEFAULT_PROFILE})
    if rounds:
        raise InputError("--rounds is refused; only --commits has a number of rounds")
    from benchmarks.commands import session

    return session.run_session("bench", options, pytest_options)


@benchmarks.command(hint="; the same command continues", epilog="example: retrograde peers --profile smoke")
@_of_a_session
def peers(pytest_options: Sequence[str], **options: Any) -> int:
    """Time the same work done by other libraries.

    Compares training steps, greedy decoding, the encoder, energies and the metric with joeynmt, eole and plain torch,
    and writes peers.csv and its report. joeynmt and eole have to be installed. The same command continues a session
    that was interrupted. What follows -- goes to pytest.
    """
    if options["device"] == "cuda":
        raise InputError("--device cuda is refused; expected cpu or no --device, as peers are timed on the CPU")
    from benchmarks.commands import session

    return session.run_session("peers", options, pytest_options)


@benchmarks.command(
    "scaling-steps",
    hint="; the same command continues",
    epilog="example: retrograde scaling-steps --profile smoke --out results/local/scaling-smoke",
)
@option("--profile", type=click.Choice(PROFILES), default=DEFAULT_PROFILE, help="number and range of the sizes")
@option("--out", type=path, default=Path("results/local/scaling"), metavar="DIR", help="folder for scaling.csv")
@click.pass_obj
def scaling_steps(typed: Typed, /, profile: str, out: Path) -> int:
    """Measure how the time of a training step grows with length, batch and hidden size.

    Times each score and cell at several sizes in interleaved rounds, on one thread of the CPU, and writes scaling.csv
    and its report: the slopes, beside those of the work that the step needs. The same command continues a measurement
    that was interrupted.
    """
    from benchmarks.growth.measure import measure
    from results.report.ending import report_lines
    from results.tables.provenance import prepare
    from results.terminal.folder_lock import lock_folder

    with lock_folder(prepare(out)):
        measure(out, profile, [*typed.recorded_program, "scaling-steps", "--profile", profile])
        print(*report_lines(out, {"scaling"}), sep="\n")
    return DONE


@benchmarks.command(hint="; no row is written", epilog="example: retrograde check --cases 50")
@option("--cases", type=PositiveInteger(MAX_CASES), default=500, metavar="N", help="number of cases of each true ratio")
@option(
    "--out",
    type=path,
    default=Path("results/local/benchmarks"),
    metavar="DIR",
    help="folder for checks.csv; a file with more cases is not replaced",
)
@click.pass_obj
def check(typed: Typed, /, cases: int, out: Path) -> int:
    """Time workloads whose ratio is known: equal ones, and a slowdown of 5%.

    Times pairs of workloads whose true ratio is 1 or 1.05, in the same way as the suites, and prints how often the 95%
    interval of the ratio missed the true one. Writes checks.csv into DIR. 500 cases of each ratio take two minutes.
    Exit status 1: the exact binomial interval of the count shows that more than 5% of the intervals miss, or that fewer
    than 80% of the slowdowns are detected.
    """
    from benchmarks.timing import self_check  # imports torch, which takes a second; --help does not need it
    from results.analysis.timing.self_check import failed_claims
    from results.page.text import answer_lines
    from results.report.self_check import self_check_answer
    from results.tables import csv_io, provenance
    from results.terminal.folder_lock import lock_folder

    with lock_folder(provenance.prepare(out)):
        self_check.check(cases, out, [*typed.recorded_program, "check", "--cases", str(cases)])
        checks = csv_io.read_table(out, "checks")
        answer = self_check_answer(checks, [provenance.read(out)["checks"]])
    print(*answer_lines(answer), f"rows: {out / 'checks.csv'}", sep="\n")
    failed = failed_claims(checks)
    if failed:
        say(f"the check fails: {'; '.join(failed)}")
    return FAULT if failed else DONE
