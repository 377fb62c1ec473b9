"""The PostgreSQL of the tests has passwords and outages like a real one, and leaves nothing behind."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from postgres import Server

KILLED = """
import os, signal, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from postgres import Server
Server(Path(sys.argv[1]), ThreadPoolExecutor(1)).start()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_wrong_password_is_refused(postgres: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.replace("sesame", "barley"))


def test_an_outage_ends_connections_and_keeps_data(own_postgres: Server) -> None:
    url = own_postgres.create_database()
    with psycopg.connect(url, autocommit=True) as before:
        before.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        own_postgres.stop()
        with pytest.raises(psycopg.OperationalError):
            before.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError, match="refused"):
            psycopg.connect(url)
    own_postgres.start()
    with psycopg.connect(url) as after:
        assert after.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def test_a_server_outlives_the_thread_that_starts_it(own_postgres: Server) -> None:
    with ThreadPoolExecutor(1) as short_lived:
        short_lived.submit(own_postgres.restart).result()
    with psycopg.connect(own_postgres.url("postgres")) as connection:
        assert connection.execute("SELECT 'alive' FROM pg_sleep(0.5)").fetchall() == [("alive",)]


@pytest.mark.usefixtures("postgres_server")
def test_a_server_does_not_outlive_tests_that_are_killed() -> None:
    with TemporaryDirectory() as folder:
        # It imports what this process can: of the tests' folders, pytest has put more than one into the path.
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        killed = subprocess.run([sys.executable, "-c", KILLED, folder], env=environment, check=False)
        assert killed.returncode == -9
        held = Path(folder, "data", "postmaster.pid")  # for as long as the server lives
        for _ in range(600):
            if not held.exists():
                break
            time.sleep(0.05)
        assert not held.exists()
