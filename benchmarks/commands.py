"""The commands of benchmarks. The suites are run by pytest: `python -m pytest benchmarks`."""

from __future__ import annotations

from pathlib import Path

import click

from results.terminal.command_line import Group, PositiveInteger, Typed, option, path
from results.terminal.process import DONE, FAULT, say

MAX_CASES = 100_000

benchmarks = Group(help="Checks of the timing method. To run the benchmarks themselves: python -m pytest benchmarks.")


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
    from results.analysis.self_check import failed_claims
    from results.page.text import answer_lines
    from results.report.self_check import self_check_answer
    from results.tables import csv_io, provenance

    self_check.check(cases, out, [*typed.recorded_program, "check", "--cases", str(cases)])
    checks = csv_io.read_table(out, "checks")
    answer = self_check_answer(checks, [provenance.read(out)["checks"]])
    print(*answer_lines(answer), f"rows: {out / 'checks.csv'}", sep="\n")
    failed = failed_claims(checks)
    if failed:
        say(f"the check fails: {'; '.join(failed)}")
    return FAULT if failed else DONE
