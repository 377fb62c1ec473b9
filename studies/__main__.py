"""`python -m studies`."""

from collections.abc import Sequence

from results.process import start


def main(words: Sequence[str]) -> int:
    from studies import cli  # an interruption of the import, too, is one of the command

    return cli.main(words)


if __name__ == "__main__":
    start(main)
