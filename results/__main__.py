"""`python -m results`: builds reports, compares folders of rows, writes an index, tests the rule for verdicts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from results.terminal.command_line import Parser, path, positive_integer, run_command
from results.terminal.process import start

VALIDITY = "results/local/validity"
MOST_DRAWS = 1_000_000
COMPARED = """\
The command compares conditions, rows, the verdicts of a study, the accuracy of each arm on the same seeds, ratios of
times, and the aims beside other libraries. It never compares seconds. It compares ratios only if both folders have the
same machine, threads and versions of Python, torch and numpy. A ratio changed if its two 95% intervals are disjoint and
it differs by more than 5%, since the placement of data in memory alone changes ratios by a few per cent.

worse means: a table, a row or a finished run is missing in B; a verdict of a study went down; an arm is less accurate
by the rule for verdicts; a ratio rose beyond its noise; an aim was reached and is missed. better means the opposite.
Each change has its values in A and in B, and their difference or quotient with its 95% interval. The largest changes
come first.

examples:
  python -m results compare results/reference/attention results/local/attention
  python -m results compare before after --times

exit status: 0 nothing got worse; 1 something did; 2 the input is wrong."""


def main(words: Sequence[str]) -> int:
    """Runs the command line and returns its exit status."""

    def command() -> int:
        given = _parser().parse_args(words)
        status: int = given.run(given)
        return status

    return run_command(command)


def _parser() -> Parser:
    parser = Parser(
        prog="python -m results", description="Builds reports from folders of rows, and compares two folders."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    report = commands.add_parser(
        "report",
        help="write report.md, report.html and figures/ into a folder, from its tables",
        description="Writes report.md, report.html and figures/ into DIR, from the tables and provenance.json in it. "
        "Prints the answer of each.",
        epilog="example: python -m results report results/local/attention",
    )
    report.add_argument("directory", metavar="DIR", type=path, help="a folder with tables such as runs.csv")
    report.set_defaults(run=_report)
    compare = commands.add_parser(
        "compare",
        help="show what changed between two folders of rows; exit status 1 if something got worse",
        description="Shows what changed from the rows in A to those in B.",
        epilog=COMPARED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    compare.add_argument("before", metavar="A", type=path, help="the folder of rows before")
    compare.add_argument("after", metavar="B", type=path, help="the folder of rows after")
    compare.add_argument(
        "--times", action="store_true", help="compare ratios of times even if machines or versions differ"
    )
    compare.set_defaults(run=_compare)
    index = commands.add_parser(
        "index",
        help="write a list of the reports in a folder of folders",
        description="Writes DIR/README.md and DIR/index.html: question, answer, date and command of each folder of "
        "rows in DIR.",
        epilog="example: python -m results index results/reference",
    )
    index.add_argument("directory", metavar="DIR", type=path, help="a folder of folders of rows")
    index.set_defaults(run=_index)
    validity = commands.add_parser(
        "validity",
        help="measure the error rates of the rule for verdicts, on simulated studies whose truth is known",
        description="Simulates studies whose truth is known, tests them as real studies are tested, and writes "
        "validity.csv and its report into a folder.",
        epilog="example: python -m results validity --draws 200",
    )
    validity.add_argument(
        "--draws",
        type=positive_integer(MOST_DRAWS),
        default=500,
        metavar="N",
        help="studies of each kind (default: 500)",
    )
    validity.add_argument(
        "--out", type=path, default=Path(VALIDITY), metavar="DIR", help=f"output folder (default: {VALIDITY})"
    )
    validity.set_defaults(run=_validity)
    return parser


# Imported inside the commands: these take seconds, and --help does not need them.


def _report(given: argparse.Namespace) -> int:
    from results.report.ending import report_lines

    print(*report_lines(given.directory), sep="\n")
    return 0


def _compare(given: argparse.Namespace) -> int:
    from results.compare import compare_folders

    compared = compare_folders(given.before, given.after, times=given.times)
    print(compared.text())
    return 1 if compared.worse else 0


def _index(given: argparse.Namespace) -> int:
    from results.report.index import write_index

    readme = write_index(given.directory)
    print(readme, readme.with_name("index.html"), sep="\n")
    return 0


def _validity(given: argparse.Namespace) -> int:
    from results.report.ending import report_lines
    from results.validity.simulate import measure

    measure(given.out, given.draws)
    print(*report_lines(given.out), sep="\n")
    return 0


if __name__ == "__main__":
    start(main)
