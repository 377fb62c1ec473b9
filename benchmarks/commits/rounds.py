"""The rounds of a comparison of two commits: in each, three processes are timed in turn on every test.

Side `a` runs the first commit, `b` the second, and `control` the first one again: an A/A control. A round has new
processes, since where a process has its data in memory changes times by a few per cent for as long as it runs. Within
a round, a test is timed in bursts: each side makes some calls while the others wait, in an order that is balanced over
the bursts. So the drift of the machine affects all sides alike.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.commits.side import Side, TestEnded
from results.tables.timing_schema import SUITES
from seq2seq_core.seeding import derive

SIDES = ("a", "b", "control")
BURST_SECONDS = 0.01
"""The least seconds of a burst, which makes one call or more."""
SLOW_SECONDS = 0.1
"""A call that takes longer is timed in `len(SIDES)` bursts, a shorter one in twice as many."""


class NotTimed(Exception):
    """A test cannot be compared. The message says why."""


@contextmanager
def processes(number: int, code: dict[str, Path], options: Sequence[str]) -> Iterator[dict[str, Side]]:
    """The processes of a round, on the code in the folder of each side; they start in a random order."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(Side(name, code[name], options, code[name].with_name(f"{name}.{number}.log")))
            for name in random.Random(number).sample(SIDES, len(SIDES))
        }


def time_test(test: str, number: int, sides: dict[str, Side]) -> list[dict[str, Any]]:
    """The rows of commits.csv of the test that all processes run now. Raises NotTimed and WorkerError."""
    first = {name: side.receive() for name, side in sides.items()}
    ready = {name: message["ready"] for name, message in first.items() if "ready" in message}
    ends = {name: message for name, message in first.items() if name not in ready}
    reasons = []
    rows = []
    if len(ready) == len(sides):
        if ready["a"] != ready["b"]:
            reasons.append("the commits do not time the same case")
        elif ready["a"]["suite"] not in SUITES:
            reasons.append(f"the suite {ready['a']['suite']!r} is unknown here; expected one of {', '.join(SUITES)}")
        else:
            try:
                rows = _bursts(test, number, sides, first["a"]["seconds"], ready["a"])
            except TestEnded as ended:  # such as for lack of memory
                ends[ended.name] = ended.message
    for name in sides:
        if name not in ends:
            sides[name].send({"calls": 0})
            ends[name] = sides[name].receive()
    reasons += [f"{end['outcome']} in {name}: {end['reason']}" for name, end in ends.items() if end["reason"]]
    if reasons:
        raise NotTimed(reasons[0])
    return rows


def _bursts(
    test: str, number: int, sides: dict[str, Side], seconds: float, case: dict[str, Any]
) -> list[dict[str, Any]]:
    calls = max(1, math.ceil(BURST_SECONDS / seconds))
    return [
        {
            **case,
            "round": number,
            "burst": burst,
            "side": name,
            "position": position,
            "calls": calls,
            "seconds": sides[name].seconds(calls),
        }
        for burst, order in enumerate(orders(test, number, slow=seconds > SLOW_SECONDS), start=1)
        for position, name in enumerate(order, start=1)
    ]


def orders(test: str, number: int, *, slow: bool) -> list[Sequence[str]]:
    """The order of the sides in each burst: each side has each position equally often.

    A test and a round always have the same orders.
    """
    stream = random.Random(derive(0, f"commits/{test}/{number}"))
    if not slow:
        return stream.sample([*itertools.permutations(SIDES)], math.factorial(len(SIDES)))
    first = stream.sample(SIDES, len(SIDES))
    return [[*first[start:], *first[:start]] for start in range(len(SIDES))]
