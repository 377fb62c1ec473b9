"""A password in the URL of a storage is in no file, output or database of a study."""

import contextlib
import os
import signal
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from commands import LONG, TINY, refused, tables_of, words
from observers import Command, training_workers
from postgres import PASSWORD, Server
from psycopg import sql

from studies.command_line.cli import main

pytestmark = [pytest.mark.slow, pytest.mark.faults]

SECRET = "sesame"
"""Part of the password that is spelt the same within a URL."""


def without_password(url: str) -> str:
    return url.replace(f":{quote(PASSWORD)}@", "@")


def files_with_secret(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def kept_with_secret(url: str) -> list[str]:
    """What the database holds, as text."""
    kept: list[str] = []
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            rows = connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table))).fetchall()
            kept += [text for (text,) in rows]
    assert any("attention" in text for text in kept)
    return [text for text in kept if SECRET in text]


def command_lines(session: int) -> dict[int, bytes]:
    """The command lines of its processes, which every user of the machine can read."""
    lines = {}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):  # the process has ended
            if os.getsid(int(path.name)) == session:
                lines[int(path.name)] = (path / "cmdline").read_bytes()
    return lines


def test_a_password_is_never_shown_not_even_in_an_outage(
    tmp_path: Path, own_postgres: Server, bare: dict[str, list[list[str]]], capfd: pytest.CaptureFixture[str]
) -> None:
    url, folder = own_postgres.create_database(), tmp_path / "out"
    given = ["run", "attention", *words(LONG), "--out", str(folder), "--tensorboard", "--workers", "2", "--storage"]
    with Command(tmp_path / "first", *given, url) as first:
        first.wait_for(url, training_workers)
        lines = command_lines(first.process.pid)
        own_postgres.stop()
        first.wait_until(lambda: "retrying" in first.stderr())
        own_postgres.start()
        os.killpg(first.process.pid, signal.SIGINT)
        status, out = first.end()
    assert status == 130, first.stderr()
    assert SECRET in lines.pop(first.process.pid).decode()  # as its user typed it
    assert len(lines) > 2
    assert not [line for line in lines.values() if SECRET.encode() in line]
    assert "--storage 'postgresql://retrograde:***@127.0.0.1:" in first.stderr()
    assert files_with_secret(tmp_path) == []

    # Without its password, the URL names the same storage.
    with Command(tmp_path / "second", *given, without_password(url), PGPASSWORD=PASSWORD) as second:
        status, more = second.end()
    assert status == 0, second.stderr()
    assert tables_of(folder) == bare
    assert main(["status", "attention", "--storage", url]) == 0
    assert SECRET not in "".join([out, more, *capfd.readouterr()])
    assert len(list(folder.rglob("*tfevents*"))) > 4
    assert files_with_secret(tmp_path) == []
    assert kept_with_secret(url) == []


def test_a_password_in_the_query_is_never_shown(
    tmp_path: Path, postgres: str, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"{without_password(postgres)}?password={quote(PASSWORD)}"
    given = ["run", "attention", *words(TINY), "--out", str(tmp_path / "out"), "--workers", "1", f"--storage={url}"]
    wrong = refused([*given[:-1], f"--storage={url}!"], capfd)
    assert "password authentication failed" in wrong
    assert main(given) == 0
    assert SECRET not in "".join([wrong, *capfd.readouterr()])
    assert files_with_secret(tmp_path) == []
    assert kept_with_secret(postgres) == []
