"""The commands of results. Each imports its work inside: this takes seconds, and `--help` does not need it."""

from __future__ import annotations

from pathlib import Path

import click

from results.terminal.command_line import Group, PositiveInteger, Typed, argument, option, path
from results.terminal.output import Result, prints_result

VALIDITY = "results/local/validity"
MOST_DRAWS = 1_000_000
COMPARED = """
worse means: a table, a row or a finished run is missing in B; a verdict of a study went down; an arm is less accurate
by the rule for verdicts; a ratio rose beyond its noise; an aim was reached and is missed. better means the opposite.
Each change has its values in A and in B, and their difference or quotient with its 95% interval. The largest changes
come first.

examples:
  retrograde compare results/reference/attention results/local/attention
  retrograde compare before after --times
  retrograde compare results/local/benchmarks

exit status: 0 nothing got worse; 1 something did; 2 the input is wrong."""

results = Group(help="Builds reports from folders of rows, and compares two folders.")


@results.command(epilog="example: retrograde report results/local/attention")
@argument("directory", metavar="DIR", type=path, help="a folder with tables such as runs.csv")
@prints_result
def report(directory: Path) -> Result:
    """Write report.md, report.html and figures/ into a folder, from its tables.

    Reads the tables and provenance.json in DIR, and prints the answer of each.
    """
    from results.report.ending import build_ending

    return build_ending(directory)


@results.command(epilog=COMPARED)
@argument("before", metavar="A", type=path, help="the folder of rows before")
@argument("after", metavar="[B]", type=path, required=False, help="the folder of rows after")
@option("--times", is_flag=True, help="compare ratios of times even if machines or versions differ")
@prints_result
def compare(before: Path, after: Path | None, times: bool) -> Result:
    """Show what changed between two folders of rows; exit status 1 if something got worse.

    With one folder, compares the benchmarks in it with their session before, which is kept in sessions/ of the folder;
    or the two commits that `retrograde bench --commits` has timed into it.

    The command compares conditions, rows, the verdicts of a study, the accuracy of each arm on the same seeds, ratios
    of times, and the aims of the comparison with other libraries. It never compares seconds. It compares ratios only if
    both folders have the same machine, threads and versions of Python, torch and numpy. A ratio changed if its two 95%
    intervals are disjoint and it differs by more than 5%, since the placement of data in memory alone changes ratios by
    a few per cent.
    """
    from results.compare import compare_commits, compare_folders, compare_with_last
    from results.tables.table_file import has_table

    if after:
        return compare_folders(before, after, times=times)
    if has_table(before, "commits"):
        return compare_commits(before)
    return compare_with_last(before, times=times)


@results.command(epilog="example: retrograde index results/reference")
@argument("directory", metavar="DIR", type=path, help="a folder of output folders, such as results/reference")
def index(directory: Path) -> int:
    """Write a list of the reports in a folder of output folders.

    Writes DIR/README.md and DIR/index.html: question, answer, date and command of each output folder in DIR.
    """
    from results.report.index import write_index

    readme = write_index(directory)
    print(readme, readme.with_name("index.html"), sep="\n")
    return 0


@results.command(epilog="example: retrograde validity --draws 200")
@option("--draws", type=PositiveInteger(MOST_DRAWS), default=500, metavar="N", help="studies of each kind")
@option("--out", type=path, default=Path(VALIDITY), metavar="DIR", help="output folder")
@click.pass_obj
def validity(typed: Typed, /, draws: int, out: Path) -> int:
    """Measure the error rates of the rule for verdicts, on simulated studies whose truth is known.

    Simulates studies, tests them as real studies are tested, and writes validity.csv and its report into a folder.
    """
    from results.report.ending import report_lines
    from results.validity.simulate import measure

    measure(out, draws, [*typed.recorded_program, "validity", "--draws", str(draws)])
    print(*report_lines(out), sep="\n")
    return 0
