"""`python -m benchmarks check`: the instrument against itself. Suites are pytest's: `python -m pytest benchmarks`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from results.files import InputError


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(words: list[str]) -> int:
    """Runs the command line; returns its exit status, 2 where the input is wrong."""
    parser = _Parser(
        prog="python -m benchmarks",
        description="Checks of the instrument that times. The suites themselves: python -m pytest benchmarks.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="time equals against each other, and slowdowns of 5% that are planted",
        description="Times works whose ratio is known, as the suites time theirs, and says how often the interval of "
        "the ratio missed it; checks.csv goes into DIR. 500 cases of each take two minutes.",
        epilog="example: python -m benchmarks check --cases 50",
    )
    check.add_argument("--cases", type=_whole, default=500, help="of each planted ratio (default: %(default)s)")
    check.add_argument("--out", metavar="DIR", type=Path, default=Path("results/local/benchmarks"),
                       help="folder for checks.csv, in place of the one there (default: %(default)s)")  # fmt: skip
    given = parser.parse_args(words)
    from benchmarks.check import check as measure  # torch takes a second to import, and --help does without it

    try:
        said = measure(given.cases, given.out, ["python", "-m", "benchmarks", "check", "--cases", str(given.cases)])
    except InputError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{parser.prog}: interrupted; no row is written", file=sys.stderr)
        return 130
    print(*said, f"rows: {given.out / 'checks.csv'}", sep="\n")
    return 0


def _whole(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is refused; expected a whole number from 1")
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
