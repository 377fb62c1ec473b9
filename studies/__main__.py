"""`python -m studies`."""

from results.command_line import start
from studies.cli import main

if __name__ == "__main__":
    start(main)
