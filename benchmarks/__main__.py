"""The command `python -m benchmarks check`. The suites are run by pytest: `python -m pytest benchmarks`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from results.terminal.command_line import Parser, path, positive_integer, run_command
from results.terminal.process import DONE, FAULT, say, start

MAX_CASES = 100_000


def main(words: Sequence[str]) -> int:
    """Runs the command line; returns its exit status, 2 if the input is wrong."""
    return run_command(lambda: _check(_parser().parse_args(words)), hint="; no row is written")


def _parser() -> Parser:
    parser = Parser(
        prog="python -m benchmarks",
        description="Checks of the timing method. To run the benchmarks themselves: python -m pytest benchmarks.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="time workloads whose ratio is known: equal ones, and a slowdown of 5%%",
        description="Times pairs of workloads whose true ratio is 1 or 1.05, in the same way as the suites, and prints "
        "how often the 95% interval of the ratio missed the true one. Writes checks.csv into DIR. 500 cases of each "
        "ratio take two minutes. Exit status 1: the exact binomial interval of the count shows that more than 5% of "
        "the intervals miss, or that fewer than 80% of the slowdowns are detected.",
        epilog="example: python -m benchmarks check --cases 50",
    )
    check.add_argument(
        "--cases",
        type=positive_integer(MAX_CASES),
        default=500,
        metavar="N",
        help="number of cases of each true ratio (default: %(default)s)",
    )
    check.add_argument(
        "--out",
        type=path,
        default=Path("results/local/benchmarks"),
        metavar="DIR",
        help="folder for checks.csv; a file with more cases is not replaced (default: %(default)s)",
    )
    return parser


def _check(arguments: argparse.Namespace) -> int:
    from benchmarks.timing.self_check import check  # imports torch, which takes a second; --help does not need it
    from results.analysis.self_check import failed_claims
    from results.page.text import answer_lines
    from results.report.self_check import self_check_answer
    from results.tables import csv_io, provenance

    check(arguments.cases, arguments.out, ["python", "-m", "benchmarks", "check", "--cases", str(arguments.cases)])
    checks = csv_io.read_table(arguments.out, "checks")
    answer = self_check_answer(checks, [provenance.read(arguments.out)["checks"]])
    print(*answer_lines(answer), f"rows: {arguments.out / 'checks.csv'}", sep="\n")
    failed = failed_claims(checks)
    if failed:
        say(f"the check fails: {'; '.join(failed)}")
    return FAULT if failed else DONE


if __name__ == "__main__":
    start(main)
