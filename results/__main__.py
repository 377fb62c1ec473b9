"""`python -m results`."""

from collections.abc import Sequence

from results.terminal.process import start


def main(words: Sequence[str]) -> int:
    """Runs the command line and returns its exit status."""
    from results.commands import results
    from results.terminal.command_line import run_words

    return run_words(results, ["python", "-m", "results"], words)


if __name__ == "__main__":
    start(main)
