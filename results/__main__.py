"""`python -m results`: a folder of rows becomes a report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from results.files import InputError


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(words: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status, 2 where the input is wrong."""
    parser = _Parser(prog="python -m results", description="Reports from folders of rows.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    report = commands.add_parser(
        "report",
        help="write report.md, report.html and figures/ into a folder, from its tables alone",
        description="Writes report.md, report.html and figures/ into DIR, from the tables and provenance.json in it.",
        epilog="example: python -m results report results/local/attention",
    )
    report.add_argument("directory", metavar="DIR", type=Path, help="a folder with tables such as runs.csv")
    given = parser.parse_args(words)
    from results.report import build  # drawing takes seconds to import, and --help does without it

    try:
        html = build(given.directory)
    except InputError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    print(html.with_suffix(".md"), html, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
