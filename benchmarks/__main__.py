"""`python -m benchmarks`."""

from collections.abc import Sequence

from results.terminal.process import start


def main(words: Sequence[str]) -> int:
    """Runs the command line and returns its exit status."""
    from benchmarks.commands.cli import benchmarks
    from results.terminal.command_line import run_words

    return run_words(benchmarks, ["python", "-m", "benchmarks"], words)


if __name__ == "__main__":
    start(main)
