"""A PostgreSQL server for the tests, on a free loopback port; it ends with the tests.

A server is a child of the process that runs the tests, and is told to shut down when that process dies, however it
dies. PostgreSQL refuses to run as root: there it runs as the user postgres, whom Debian's package makes.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg
import pytest
from needs import lacking
from psycopg import sql

HOST = "127.0.0.1"
USER = "retrograde"
PASSWORD = "open@sesame"
"""Quoted in a URL; `sesame` is in it either way, so that a test can look for it where it must not be."""
START_SECONDS = 60


class Server:
    """A server with a data folder of its own inside `folder`; `stop` and `start` keep its port and its data."""

    def __init__(self, folder: Path, starter: ThreadPoolExecutor) -> None:
        # What tells the server to shut down is the death of the thread that started it, and a test's may die early.
        self._starter = starter
        self._folder = folder
        self._port = _free_port()
        self._databases = count()
        (folder / "password").write_text(PASSWORD)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        words = ["--auth=scram-sha-256", f"--username={USER}", f"--pwfile={folder / 'password'}"]
        self._process = self._run("initdb", *words, "--encoding=UTF8", "--locale=C", "--no-sync")
        if self._process.wait():
            raise self._failure()

    def url(self, database: str) -> str:
        return f"postgresql://{USER}:{quote(PASSWORD)}@{HOST}:{self._port}/{database}"

    def create_database(self) -> str:
        """The URL of a new and empty database."""
        name = f"test_{next(self._databases)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def start(self) -> None:
        """Returns once the server answers."""
        no_socket, no_fsync = ("-k", ""), "-F"
        self._process = self._run("postgres", "-h", HOST, "-p", str(self._port), *no_socket, no_fsync)
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                return psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise self._failure()

    def stop(self) -> None:
        """Shuts down at once, also with open connections; has no effect on a server that does not run."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _run(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        privileges = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        command = [_path("setpriv"), "--pdeathsig=INT", *privileges, _path(program), *words]
        environment = os.environ | {"PGDATA": str(self._folder / "data")}
        with (self._folder / "log").open("a") as log:
            return self._starter.submit(
                subprocess.Popen,
                command,
                env=environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C ends the tests, and they end the server
            ).result()

    def _failure(self) -> RuntimeError:
        return RuntimeError((self._folder / "log").read_text())


@contextmanager
def running_server() -> Iterator[Server]:
    """A new server, removed with its data at the end of the block."""
    with TemporaryDirectory(prefix="retrograde-postgres-") as folder, ThreadPoolExecutor(1) as starter:
        server = Server(Path(folder), starter)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """The server that tests share; one that stops it needs `own_postgres`."""
    with running_server() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: Server) -> str:
    """The URL of a new and empty database."""
    return postgres_server.create_database()


@pytest.fixture
def own_postgres() -> Iterator[Server]:
    """A server for this test alone, which may stop and start it."""
    with running_server() as server:
        yield server


def _path(program: str) -> str:
    """The program's path; Debian keeps the server's out of PATH, a folder for each version."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    everywhere = os.pathsep.join([os.environ["PATH"], *map(str, reversed(folders))])
    return shutil.which(program, path=everywhere) or lacking(
        f"needs {program}, of Debian's packages postgresql and util-linux"
    )


def _free_port() -> int:
    """A port below those that the system assigns, so that no other process gets it while the server is down."""
    while True:
        port = secrets.choice(range(15000, 32000))
        with socket.socket() as free:
            try:
                free.bind((HOST, port))
            except OSError:
                continue
            return port
