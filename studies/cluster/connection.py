"""The connection to a Dask cluster: a running scheduler, or one that dask-jobqueue starts."""

from __future__ import annotations

import importlib
import logging
import re
import shlex
import signal
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from results.errors import InputError, reason_of
from results.terminal.command_line import checked_path

if TYPE_CHECKING:
    from distributed import Client, Security

CONNECT_SECONDS = 30
"""Timeout for the scheduler's answer."""
ADDRESS = re.compile(r"(tcp|tls)://[\w.:\[\]-]+:\d{1,5}", re.ASCII)


@dataclass(frozen=True)
class Tls:
    """Files in PEM format, by which both sides of a connection know each other."""

    ca: Path
    cert: Path
    key: Path

    def security(self) -> Security:
        from distributed import Security

        for file in (self.ca, self.cert, self.key):
            if not file.is_file():
                raise InputError(f"{file}: file not found; expected a file in PEM format")
        files = {"tls_ca_file": str(self.ca), "tls_client_cert": str(self.cert), "tls_client_key": str(self.key)}
        return Security(require_encryption=True, **files)


@dataclass(frozen=True)
class Connection:
    """A cluster, while its connection is open."""

    client: Client
    name: str
    """What the user has named: the address or the file."""
    started: Any = None
    """The cluster that dask-jobqueue has started; None for a running scheduler."""
    least: int = 0
    most: int | None = None
    """Bounds of the number of workers."""

    @property
    def is_open(self) -> bool:
        return bool(self.client.status == "running")

    def scale(self, workers: int) -> None:
        """Asks for so many workers, between the bounds, if the cluster was started here."""
        if self.started is not None:
            self.started.scale(max(self.least, min(workers, self.most or workers)))


@dataclass(frozen=True)
class Cluster:
    """What the options of a command name."""

    target: str
    """The address of a scheduler, or a file of dask-jobqueue's configuration."""
    tls: Tls | None
    workers: tuple[int, int] | None
    """The smallest and the largest number."""

    def check(self) -> None:
        """InputError, before any work, if the options cannot be used together."""
        option = f"--dask {shlex.quote(self.target)}"
        if find_spec("distributed") is None or find_spec("dask_jobqueue") is None:
            raise InputError("--dask: it needs the packages of Dask; pip install --editable '.[cluster]'")
        if ADDRESS.fullmatch(self.target):
            if (self.tls is not None) != self.target.startswith("tls:"):
                raise InputError(
                    f"{option}: expected tls://HOST:PORT with --tls-ca, --tls-cert and --tls-key, or tcp:// without"
                )
            if self.workers and self.workers[0] < self.workers[1]:
                least, most = self.workers
                raise InputError(
                    f"--workers {least}-{most}: expected one number, or --dask FILE.yaml instead of {self.target}"
                )
        elif not self.target.endswith((".yaml", ".yml")):
            raise InputError(f"{option}: expected tcp://HOST:PORT, tls://HOST:PORT or a .yaml file of dask-jobqueue")
        elif self.workers is None:
            raise InputError(f"{option}: expected the number of workers too, such as --workers 1-8")
        else:
            checked_path(self.target)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Connects to the scheduler at the address, or starts the cluster of the file and stops it at the end.

        InputError if the scheduler does not answer, or the file cannot be used.
        """
        import dask
        from distributed import Client

        for name in list(logging.root.manager.loggerDict):  # what the user has to know is a line of the command
            if name.partition(".")[0] in ("asyncio", "distributed", "tornado"):
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        # A task holds a checkpoint, which is larger than Dask's tasks usually are.
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GiB"})
        least, most = self.workers or (0, None)
        with ExitStack() as stack:
            security = self.tls.security() if self.tls else None
            started, address = None, self.target
            if not ADDRESS.fullmatch(self.target):
                started = _start(Path(self.target), security)
                stack.callback(started.close)
                security, address = started.security, started.scheduler_address
            try:
                client = Client(address, timeout=CONNECT_SECONDS, security=security, set_as_default=False)
            except (OSError, ValueError) as error:
                raise InputError(
                    f"--dask {self.target}: {reason_of(error)}; expected the address of a running scheduler"
                ) from error
            stack.callback(client.close, timeout=CONNECT_SECONDS)
            yield Connection(client, self.target, started, least, most)


def lost_errors() -> tuple[type[Exception], ...]:
    """What a call raises if the connection is lost, or closed during the call."""
    from distributed.client import ClosedClientError

    return OSError, CancelledError, ClosedClientError


def cluster_of(
    target: str | None, tls: tuple[Path | None, Path | None, Path | None], workers: tuple[int, int] | None
) -> Cluster | None:
    """The cluster that the options name, None without one. InputError if options belong to another or are missing."""
    ca, cert, key = tls
    if ca and cert and key and target is not None:
        return Cluster(target, Tls(ca, cert, key), workers)
    if ca or cert or key:
        raise InputError("--tls-ca, --tls-cert and --tls-key: expected all three, and --dask tls://HOST:PORT")
    return None if target is None else Cluster(target, None, workers)


def import_jobqueue() -> ModuleType:
    """dask_jobqueue, whose import would replace what this process does at Ctrl-C."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        return importlib.import_module("dask_jobqueue")
    finally:
        signal.signal(signal.SIGINT, handler)


def _start(file: Path, security: Security | None) -> Any:
    """The cluster of dask-jobqueue that the file configures.

    Its scheduler listens to the network, where its workers are. Without files of its own it encrypts by keys that only
    its own jobs get.
    """
    import dask
    from distributed import Security

    dask_jobqueue = import_jobqueue()
    if not file.is_file():
        raise InputError(f"--dask {file}: file not found; expected a file of dask-jobqueue")
    try:
        (content,) = dask.config.collect_yaml([str(file)])
        ((system, options),) = content["jobqueue"].items()
        scheduler = {"dashboard_address": "127.0.0.1:0", **((options or {}).get("scheduler-options") or {})}
    except (OSError, TypeError, KeyError, ValueError, AttributeError) as error:
        raise InputError(
            f"--dask {file}: expected dask-jobqueue's configuration of one system, such as `jobqueue: slurm: ...`"
        ) from error
    names = [name for name in vars(dask_jobqueue) if name.endswith("Cluster") and name != "JobQueueCluster"]
    classes = {name.removesuffix("Cluster").lower(): name for name in names}
    if system not in classes:
        raise InputError(f"--dask {file}: unknown system {system!r}; expected one of {', '.join(sorted(classes))}")
    dask.config.update(dask.config.config, content)  # also for the jobs that are submitted later
    try:
        return getattr(dask_jobqueue, classes[system])(
            security=security or Security.temporary(), protocol="tls://", scheduler_options=scheduler
        )
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        raise InputError(f"--dask {file}: {' '.join(str(error).split())}") from error
