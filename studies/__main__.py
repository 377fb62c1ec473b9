"""`python -m studies`."""

from collections.abc import Sequence

from results.terminal.process import start


def main(argv: Sequence[str]) -> int:
    from studies.command_line import cli

    return cli.main(argv)


if __name__ == "__main__":
    start(main)
