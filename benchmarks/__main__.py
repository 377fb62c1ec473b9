"""`python -m benchmarks check`: the instrument against itself. Suites are pytest's: `python -m pytest benchmarks`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from results.terminal.command_line import Parser, path, perform, whole_number
from results.terminal.process import start

MOST_CASES = 100_000


def main(words: Sequence[str]) -> int:
    """Runs the command line; returns its exit status, 2 where the input is wrong."""
    return perform(lambda: _check(_parser().parse_args(words)), hint="; no row is written")


def _parser() -> Parser:
    parser = Parser(
        prog="python -m benchmarks",
        description="Checks of the instrument that times. The suites themselves: python -m pytest benchmarks.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="time equals against each other, and slowdowns of 5%% that are planted",
        description="Times works whose ratio is known, as the suites time theirs, and says how often the interval of "
        "the ratio missed it; checks.csv goes into DIR. 500 cases of each take two minutes.",
        epilog="example: python -m benchmarks check --cases 50",
    )
    check.add_argument(
        "--cases",
        type=whole_number(MOST_CASES),
        default=500,
        metavar="N",
        help="of each planted ratio (default: %(default)s)",
    )
    check.add_argument(
        "--out",
        type=path,
        default=Path("results/local/benchmarks"),
        metavar="DIR",
        help="folder for checks.csv, in place of the one there (default: %(default)s)",
    )
    return parser


def _check(given: argparse.Namespace) -> int:
    from benchmarks.timing.self_check import check  # torch takes a second to import, and --help does without it

    said = check(given.cases, given.out, ["python", "-m", "benchmarks", "check", "--cases", str(given.cases)])
    print(*said, f"rows: {given.out / 'checks.csv'}", sep="\n")
    return 0


if __name__ == "__main__":
    start(main)
