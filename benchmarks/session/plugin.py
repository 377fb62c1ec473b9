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
from benchmarks.folder import count, held_in, refuse_fewer
from benchmarks.session.eta import Progress
from benchmarks.session.journal import Ledger, NotWrittenError
from benchmarks.session.profiles import profile_of
from results.statistics import LEVEL
from results.tables import csv_io, provenance
from results.tables.atomic_write import file_trouble
from results.tables.column import plural
from results.terminal.process import INTERRUPTED

TABLES = {"benchmarks": ("throughput", "rounds", "ceilings"), "peers": ("peers", "rounds", "ceilings")}
"""The tables of each part of the provenance. A part was measured if its first table has rows."""
FIXTURES = {"throughput": "compare", "peers": "beside"}
"""First table -> the fixture of the tests that measure its candidates."""
GOES_ON = "the same command goes on with what is kept"


class Session:
    def __init__(self, session: pytest.Session, out: Path, gpu: str | None) -> None:
        """Of the tests that were selected. InputError if they are fewer than the candidates that a table holds."""
        config = session.config
        self.out = out
        self.gpu = gpu
        self.command = command(config)
        self.profile = config.option.retrograde_profile
        self.threads = torch.get_num_threads()
        self.settings = {"interval_level": LEVEL, "limits": dataclasses.asdict(profile_of(config).limits)}
        self.waiting = {test for fixture in FIXTURES.values() for test in _tests(session, fixture)}
        """Candidates without an outcome: neither measured, nor failed, nor left out by their own suite."""
        self.failed = session.testsfailed > 0  # a suite that could not be collected
        self.fewer: list[str] = []
        """Tables of which the folder holds more candidates than were measured, some of which failed or were skipped."""
        self.written = False
        self.measures = not (config.option.collectonly or _switched_off(config))
        if self.measures and session.items and not session.testsfailed:  # pytest itself ends where collecting failed
            for table, fixture in FIXTURES.items():
                refuse_fewer(out, table, len(_tests(session, fixture)), "candidates")
        self.interrupted = False
        self.ledger = Ledger(out, [*self.command, *sorted(self.waiting)], self._conditions())
        config.pluginmanager.register(Progress(len(session.items)))

    def pytest_report_collectionfinish(self) -> list[str]:
        """Lines for the user, before the first test."""
        lines = []
        if self.ledger.changed:
            lines.append(f"an unfinished session had other conditions ({', '.join(self.ledger.changed)}): all anew")
        if self.ledger.torn:
            lines.append(f"{self.ledger.path}: the last line was cut off; what it held is measured again")
        if self.ledger.damaged:
            lines.append(
                f"{self.ledger.path}: {plural(self.ledger.damaged, 'line')} damaged, to be kept in "
                f"{self.ledger.aside.name}; what is missing is measured again"
            )
        if self.ledger.entries:
            lines.append(f"going on after {self._measured()}, measured since {self.ledger.started:%F %H:%M} UTC")
        return lines

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        try:
            yield
        except NotWrittenError as error:
            pytest.exit(f"{error}; {GOES_ON}", returncode=1)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that was skipped before its call was skipped from outside: by a mark, an option or a plugin."""
        if report.failed or report.when == "call":
            self.waiting.discard(report.nodeid)
        self.failed |= report.failed

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.interrupted = excinfo.type is KeyboardInterrupt  # pytest also ends sessions by kinds of its own

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Writes the tables if every candidate has an outcome; removes the ledger if, besides, none failed."""
        if self.interrupted:
            session.exitstatus = INTERRUPTED
        if not self.measures or self.waiting or not self.ledger.entries:
            return
        self.fewer = [table for table in FIXTURES if count(self.ledger.rows(table)) < held_in(self.out, table)]
        if self.fewer:
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
            return
        for part, tables in TABLES.items():
            if self.ledger.rows(tables[0]):
                self._write(part, tables)
        self.written = True
        if not self.failed:
            self.ledger.remove()

    @pytest.hookimpl(trylast=True)  # after pytest-benchmark's tables
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.ledger.entries:
            said = "no rows: nothing was timed"
        elif self.written and not self.failed:
            said = f"{self._measured()} in {self.out}"
        elif self.written:
            said = f"{self._measured()} in {self.out}; the same command measures what failed"
        else:
            said = f"{self._measured()} in {self.ledger.path}; {GOES_ON}"
        for table in self.fewer:
            said += f"; {self.out / table}.csv holds more candidates, and stays as it was"
        terminalreporter.write_line(said)

    def _measured(self) -> str:
        found = {table: len(self.ledger.rows(table)) for table, *_ in TABLES.values()}
        return " and ".join(f"{plural(number, 'row')} of {table}.csv" for table, number in found.items() if number)

    def _write(self, part: str, tables: tuple[str, ...]) -> None:
        try:
            for table in tables:
                csv_io.write_table(self.out, table, self.ledger.rows(table))
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
            pytest.exit(f"{file_trouble(error)}; {GOES_ON}", returncode=1)

    def _conditions(self) -> dict[str, object]:
        """What rows of one table have in common. The commit is not among them, but the code that was run."""
        surroundings = provenance.surroundings(self.gpu)
        kept = {name: surroundings[name] for name in ("machine", "python", "versions")}
        return {**kept, "threads": self.threads, "settings": self.settings, "code": code()}


def command(config: pytest.Config) -> list[str]:
    """What a user types to get these rows again; the output folder is left out, as all paths of this machine are."""
    option = config.option
    chosen = [("--retrograde-profile", option.retrograde_profile), ("--retrograde-device", option.retrograde_device)]
    chosen += [("-k", option.keyword), ("-m", option.markexpr)]
    repeated = {"--deselect": option.deselect, "--ignore": option.ignore, "--ignore-glob": option.ignore_glob}
    chosen += [(name, value) for name, values in repeated.items() for value in values or ()]
    words = [*config.args, *(word for name, value in chosen if value for word in (name, value))]
    flags = {"--last-failed": "lf", "--stepwise": "stepwise"}
    words += [flag for flag, name in flags.items() if config.getoption(name, False)]
    return ["python", "-m", "pytest", *(word.removeprefix(f"{config.rootpath}/") for word in words)]


def _tests(session: pytest.Session, fixture: str) -> list[str]:
    """The ids of the selected tests that use a fixture."""
    return [item.nodeid for item in session.items if fixture in getattr(item, "fixturenames", ())]


def _switched_off(config: pytest.Config) -> bool:
    """Whether pytest-benchmark times nothing: by an option of its own, or under xdist."""
    timing = config._benchmarksession  # type: ignore[attr-defined]
    return bool(timing.skip or timing.disabled)


def code() -> str:
    """A hash of every file of the model and of the benchmarks: of what was timed, and of how."""
    digest = hashlib.sha256()
    for package in (seq2seq_core, benchmarks):
        for path in sorted(Path(package.__path__[0]).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
