"""The fixture `compare` of a session that another process drives: it times a candidate as often as it is asked to.

`benchmarks.commits` compares two commits with it. The candidate is timed alone, without its baseline: what it is
compared with is the same candidate of the other commit, in another process.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from benchmarks.session.compare import threads
from benchmarks.session.rows import Case
from benchmarks.timing.interleaved import Workload
from seq2seq_core.interleaving import no_garbage_collection, seconds


@dataclass(frozen=True)
class OnRequest:
    send: Callable[[dict[str, Any]], None]
    receive: Callable[[], dict[str, Any]]

    def __call__(
        self, case: Case, candidate: str, baseline: str, make: Callable[[str], Workload], *, compiled: bool = False
    ) -> None:
        """Reports the case and the seconds of a call; then times as many calls as each request says, until that is 0.

        The reply is the median. If a request is for several calls, one before them is not timed: the other process has
        used the caches of the processor.
        """
        with threads(case.threads), no_garbage_collection():
            workload = make(candidate)
            workload()  # the first call pays for lazy initialisation, and for the compiler
            names = {"suite": case.suite, "case": case.name, "candidate": candidate, "device": case.device}
            self.send({"ready": {**names, "threads": torch.get_num_threads()}, "seconds": seconds(workload)})
            while calls := self.receive()["calls"]:
                if calls > 1:
                    workload()
                self.send({"seconds": statistics.median(seconds(workload) for _ in range(calls))})


ON_REQUEST = pytest.StashKey[OnRequest]()
