"""A session as a pytest plugin: it goes on with one that was cut off, and at its end makes tables of the ledger."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

import benchmarks
import seq2seq_core
from benchmarks.ledger import Ledger, NotWrittenError
from benchmarks.profiles import profile_of
from benchmarks.progress import Progress
from results import provenance, records
from results.statistics import LEVEL
from results.wording import plural

TABLES = {"benchmarks": ("throughput", "rounds", "ceilings"), "peers": ("peers", "rounds", "ceilings")}
"""The tables of each part of the provenance. A part was measured if its first table has rows."""
GOES_ON = "the same command goes on with what is kept"


class Session:
    def __init__(self, config: pytest.Config, out: Path, gpu: str | None) -> None:
        self.out = out
        self.gpu = gpu
        self.command = command(config)
        self.profile = config.option.profile
        self.threads = torch.get_num_threads()
        self.settings = {"interval_level": LEVEL, "limits": dataclasses.asdict(profile_of(config).limits)}
        self.ledger = Ledger(out, self.command, self._conditions())
        self.progress = Progress()
        config.pluginmanager.register(self.progress)

    def pytest_report_collectionfinish(self) -> list[str]:
        """Lines for the user, before the first test."""
        lines = []
        if self.ledger.changed:
            lines.append(f"an unfinished session had other conditions ({', '.join(self.ledger.changed)}): all anew")
        if self.ledger.entries:
            lines.append(f"going on after {self._measured()}, measured since {self.ledger.started:%F %H:%M} UTC")
        return lines

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        try:
            yield
        except NotWrittenError as error:
            pytest.exit(f"{error}; {GOES_ON}", returncode=1)

    def pytest_sessionfinish(self) -> None:
        if not self.progress.finished:
            return
        for part, tables in TABLES.items():
            if self.ledger.rows(tables[0]):
                self._write(part, tables)
        self.ledger.remove()

    @pytest.hookimpl(trylast=True)  # after pytest-benchmark's tables
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.ledger.entries:
            said = "no rows: nothing was timed"
        elif self.progress.finished:
            said = f"{self._measured()} in {self.out}"
        else:
            said = f"{self._measured()} in {self.ledger.path}; {GOES_ON}"
        terminalreporter.write_line(said)

    def _measured(self) -> str:
        found = {table: len(self.ledger.rows(table)) for table, *_ in TABLES.values()}
        return " and ".join(f"{plural(number, 'row')} of {table}.csv" for table, number in found.items() if number)

    def _write(self, part: str, tables: tuple[str, ...]) -> None:
        try:
            for table in tables:
                records.write_table(self.out, table, self.ledger.rows(table))
            provenance.record(
                self.out,
                part,
                command=self.command,
                profile=self.profile,
                threads=self.threads,
                gpu=self.gpu,
                started=self.ledger.started,
                settings=self.settings,
            )
        except OSError as error:  # the ledger stays, and is all that the same command needs to write them
            pytest.exit(f"{error.filename}: {error.strerror}; {GOES_ON}", returncode=1)

    def _conditions(self) -> dict[str, object]:
        """What rows of one table have in common. The commit is not among them, but the code that was run."""
        surroundings = provenance.surroundings(self.gpu)
        kept = {name: surroundings[name] for name in ("machine", "python", "versions")}
        return {**kept, "threads": self.threads, "settings": self.settings, "code": code()}


def command(config: pytest.Config) -> list[str]:
    """What a user types to get these rows again; the output folder is left out, as all paths of this machine are."""
    chosen = {"--profile": config.option.profile, "--device": config.option.device}
    chosen |= {"-k": config.option.keyword, "-m": config.option.markexpr}
    options = [word for option, value in chosen.items() if value for word in (option, value)]
    arguments = [argument.removeprefix(f"{config.rootpath}/") for argument in config.args]
    return ["python", "-m", "pytest", *arguments, *options]


def code() -> str:
    """A hash of every file of the model and of the benchmarks: of what was timed, and of how."""
    digest = hashlib.sha256()
    for package in (seq2seq_core, benchmarks):
        for path in sorted(Path(package.__path__[0]).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
