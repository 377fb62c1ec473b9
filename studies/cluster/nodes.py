"""The nodes of a cluster: those with the code and the versions of the driver train runs, one at a time each."""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from concurrent.futures import Future as Transfer
from typing import TYPE_CHECKING, Any

from results.errors import InputError
from studies.cluster.connection import Connection
from studies.cluster.node import Description, describe, versions
from studies.planning.plan import Plan
from studies.sources.source import find, load_installed

if TYPE_CHECKING:
    from distributed import Future

REFRESH_SECONDS = 1.0
"""Interval between two checks for new and lost nodes."""
CHECK_SECONDS = 60.0
"""How long the nodes that are there have to describe themselves, before any run; the first import of torch is slow."""
RESULT_SECONDS = 1.0
"""Timeout for the transfer of a description; then it is asked for again, unless its node is lost."""


class _Call:
    """A call that takes place where its pickle is loaded. The scheduler sees only bytes, as it unpickles the functions
    of tasks, and may not have this project."""

    def __init__(self, function: Callable[..., object], arguments: tuple[object, ...]) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self._call


class Nodes:
    """The workers of a cluster, by their addresses. Each address is a process; one that is restarted has another."""

    def __init__(self, connection: Connection, plan: Plan, name: str, source: str | None, device: str) -> None:
        self.connection = connection
        self.source = source
        self.ready: dict[str, Description] = {}
        """Those that can train the runs."""
        self._checks: dict[str, Future | None] = {}
        """The description of each node that is there, until it is read."""
        self._expected = versions()
        self._outside = plan.outside
        code = find(source).code if source else load_installed(name)
        self._asked = (name, source, code, device, pickle.dumps(plan))
        self._looked = -REFRESH_SECONDS

    def check(self, notify: Callable[[str], None]) -> None:
        """InputError if a node that is there cannot train the runs; the message names it."""

        def refuse(line: str) -> None:
            raise InputError(line)

        end = time.monotonic() + CHECK_SECONDS
        self.refresh(refuse)
        if not self._checks:
            notify(f"{self.connection.name}: waiting for workers")
        while any(self._checks.values()) and time.monotonic() < end:
            time.sleep(0.02)
            self.refresh(refuse)

    def refresh(self, refuse: Callable[[str], None]) -> None:
        """Checks for new and lost nodes. `refuse` gets a line for each node that cannot train the runs."""
        if time.monotonic() >= self._looked + REFRESH_SECONDS:
            self._looked = time.monotonic()
            present = self.connection.client.nthreads()
            for address in self._checks.keys() - present.keys():
                del self._checks[address]
                self.ready.pop(address, None)
            for address in present.keys() - self._checks.keys():
                self._checks[address] = self.submit(address, describe, *self._asked)
        for address, check in self._checks.items():
            if check is not None and check.done():
                try:
                    problem = self._read(address, check)
                except (TimeoutError, CancelledError):  # its node, or the connection, was lost since
                    continue
                self._checks[address] = None
                if problem:
                    refuse(problem)

    def submit(self, address: str, function: Callable[..., object], *arguments: object) -> Future:
        """Calls the function on this node and no other: where a run goes if its node is lost is for the driver."""
        call = pickle.dumps(_Call(function, arguments))
        return self.connection.client.submit(pickle.loads, call, workers=[address], pure=False)

    def fetch(self, future: Future) -> Transfer[Any]:
        """Begins the transfer of a result; returns at once."""
        client = self.connection.client
        return asyncio.run_coroutine_threadsafe(client.gather(future, asynchronous=True), client.loop.asyncio_loop)

    def _read(self, address: str, check: Future) -> str:
        """What keeps the node from training the runs; if nothing does, it is ready.

        TimeoutError if it does not answer, CancelledError if the connection is closed meanwhile.
        """
        name, expected = f"node {address}", "; expected the same commit and the same versions on all nodes"
        if check.status != "finished":
            error = check.exception() if check.status == "error" else None
            return f"{name}: {type(error).__name__}: {' '.join(str(error).split())}{expected}" if error else ""
        found: Description = check.result(timeout=RESULT_SECONDS)
        name = f"node {found.host} ({address})"
        if different := _different(self._expected, found.versions):
            return f"{name}: {different}{expected}"
        if found.problem:
            return f"{name}: {found.problem}"
        if different := _different(self._outside, found.outside):
            return f"{name}: {different}{expected}"
        self.ready[address] = found
        return ""


def _different(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """`torch is 2.12, here 2.13`; empty if nothing differs."""
    parts = dict.fromkeys([*here, *there])
    return ", ".join(
        f"{part} is {there.get(part, 'missing')}, here {here.get(part, 'missing')}"
        for part in parts
        if there.get(part) != here.get(part)
    )
