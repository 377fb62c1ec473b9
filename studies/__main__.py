"""`python -m studies`."""

import signal
import sys

from studies.cli import main

if __name__ == "__main__":
    # What a scheduler or a closing terminal sends ends a command in order, as Ctrl-C does; nohup's wish is respected.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
