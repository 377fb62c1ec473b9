"""A session as a pytest plugin: resumes an interrupted session, and writes the tables from the journal at the end."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch

import benchmarks
import results.statistics
import seq2seq_core
from benchmarks.output_folder import count_candidates, existing_rows, refuse_fewer_rows, rows_of_other_devices
from benchmarks.session.command import command, selection
from benchmarks.session.eta import Progress
from benchmarks.session.journal import Journal, JournalWriteError, Rows
from benchmarks.session.kind import Kind, part_of, refuse_other_kind, study_text
from benchmarks.session.own_data import data_settings, data_text, task_of
from benchmarks.session.profiles import profile_of
from benchmarks.session.study import STUDY
from results.errors import InputError, file_trouble
from results.load import noise_of
from results.statistics import LEVEL
from results.tables import csv_io, provenance
from results.tables.earlier_sessions import keep_session
from results.terminal.folder_lock import lock_folder
from results.terminal.process import INTERRUPTED
from results.text import plural
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.layers.scores import SCORES
from seq2seq_core.tasks import TASKS

FIXTURES = {"throughput": "compare", "peers": "compare_with_peer"}
"""Table -> the fixture that measures its rows. Both have the tables rounds and ceilings beside them."""
RESUME = "run the same command again to continue"


class Session:
    def __init__(self, session: pytest.Session, out: Path, devices: Sequence[str], gpu: str | None) -> None:
        """Locks the folder and reads the journal. Raises InputError if another command uses the folder, or if it holds
        another kind of session, or more rows than tests."""
        config = session.config
        self.out = out
        self.devices = devices
        self.gpu = gpu
        self.command = command(config)
        self.profile = config.option.retrograde_profile
        self.threads = torch.get_num_threads()
        profile = profile_of(config)
        self.limits = {"throughput": profile.limits, "peers": profile.peers.limits}
        study = config.stash.get(STUDY, None)
        self.settings = {
            "interval_level": LEVEL,
            **data_settings(task_of(config)),
            **({"study": study.facts} if study else {}),
        }
        self.pending = {test for fixture in FIXTURES.values() for test in _tests(session, fixture)}
        """Tests without an outcome: neither measured, nor failed, nor skipped by their own suite."""
        self.failed = session.testsfailed > 0  # a suite could not be collected
        self.kept_tables: list[str] = []
        """Tables that are not replaced, since they have more rows than were measured: some tests failed or skipped."""
        self.part = part_of(out, devices)
        self.others: dict[str, Rows] = {}
        """Table -> its rows of other devices, which stay."""
        self.written = False
        self.kept: Path | None = None
        """The copy of the session that this one replaced."""
        self.measures = not (config.option.collectonly or _switched_off(config))
        if self.measures and session.items and not session.testsfailed:  # after a collection error, pytest itself stops
            lock = ExitStack()
            lock.enter_context(lock_folder(out))
            config.add_cleanup(lock.close)
            asked = Kind(
                profile=self.profile,
                device=",".join(devices),
                threads=self.threads,
                data=data_text(self.settings),
                selection=selection(config),
                study=study_text(self.settings),
            )
            refuse_other_kind(out, asked)
            for table, fixture in FIXTURES.items():
                refuse_fewer_rows(out, table, len(_tests(session, fixture)), "candidates", devices)
            self.others = rows_of_other_devices(out, devices)
        self.interrupted = False
        self.journal = Journal(out, [*self.command, *sorted(self.pending)], self._conditions())
        config.pluginmanager.register(Progress(len(session.items)))

    def pytest_report_collectionfinish(self) -> list[str]:
        """Lines for the terminal, before the first test."""
        lines = self.journal.notices()
        if self.journal.entries:
            lines.append(f"resuming after {self._row_counts()}, measured since {self.journal.started:%F %H:%M} UTC")
        return lines

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        try:
            yield
        except JournalWriteError as error:
            pytest.exit(f"{error}; {RESUME}", returncode=1)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that is skipped before its call stays pending: a mark, an option or another plugin skipped it."""
        if report.failed or report.when == "call":
            self.pending.discard(report.nodeid)
        self.failed |= report.failed

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.interrupted = excinfo.type is KeyboardInterrupt  # pytest reports its own exits through this hook too

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Writes the tables if no test is pending; removes the journal if, in addition, no test failed."""
        if self.interrupted:
            session.exitstatus = INTERRUPTED
        if not self.measures or self.pending or not self.journal.entries:
            return
        self.kept_tables = [
            table
            for table in FIXTURES
            if count_candidates(self.journal.rows(table)) < existing_rows(self.out, table, self.devices)
        ]
        if self.kept_tables:
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
            return
        self._write([table for table in FIXTURES if self.journal.rows(table)])
        self.written = True
        if not self.failed:
            self.journal.remove()

    @pytest.hookimpl(trylast=True)  # after what pytest and other plugins print
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in [self._summary(), *(self._report() if self.written else [])]:
            terminalreporter.write_line(line)

    def _report(self) -> list[str]:
        from results.report.ending import report_lines  # takes seconds to import; tests come before
        from results.report.folder import TRAINING_TIME

        try:
            return report_lines(self.out, [TRAINING_TIME, *FIXTURES])
        except InputError as error:  # another table in the folder
            return [f"no report: {error}"]

    def _summary(self) -> str:
        if not self.journal.entries:
            line = "nothing was timed; no rows are written"
        elif self.written and not self.failed:
            line = f"{self._row_counts()} in {self.out}"
        elif self.written:
            line = f"{self._row_counts()} in {self.out}; run the same command again to measure what failed"
        else:
            line = f"{self._row_counts()} in {self.journal.path}; {RESUME}"
        if self.kept:
            line += f"; the session before is kept in {self.kept}"
        for table in self.kept_tables:
            line += f"; {self.out / table}.csv has more candidates and is not replaced"
        return line

    def _row_counts(self) -> str:
        counts = {table: len(self.journal.rows(table)) for table in FIXTURES}
        return " and ".join(f"{plural(number, 'row')} of {table}.csv" for table, number in counts.items() if number)

    def _write(self, measured: Sequence[str]) -> None:
        """Keeps the session that the folder holds, and writes the measured tables with those beside them."""
        parts = {table: self.part if table == "throughput" else table for table in measured}
        tables = {part: (table, "rounds", "ceilings") for table, part in parts.items()}
        try:
            self.kept = keep_session(self.out, tables, self.journal.started)
            for table in dict.fromkeys(name for names in tables.values() for name in names):
                others, new = self.others.get(table, []), self.journal.rows(table)
                on_cpu = "cpu" in self.devices  # reports begin with the first rows
                csv_io.write_table(self.out, table, [*new, *others] if on_cpu else [*others, *new])
            for table, part in parts.items():
                provenance.record(
                    self.out,
                    part,
                    command=self.command,
                    profile=self.profile,
                    threads=self.threads,
                    gpu=self.gpu,
                    started=self.journal.started,
                    settings={**self.settings, "limits": dataclasses.asdict(self.limits[table])},
                    noise=noise_of(self.journal.rows("noise")),
                )
        except OSError as error:  # the journal is kept, and the same command writes the tables from it
            pytest.exit(f"{file_trouble(error)}; {RESUME}", returncode=1)

    def _conditions(self) -> dict[str, object]:
        """What the rows of one table have in common: a hash of the code, for example, but not the commit."""
        surroundings = provenance.surroundings(self.gpu)
        kept = {name: surroundings[name] for name in ("machine", "python", "versions")}
        return {**kept, "threads": self.threads, "settings": self.settings, "code": code_hash()}


def _tests(session: pytest.Session, fixture: str) -> list[str]:
    """The ids of the selected tests that use a fixture."""
    return [item.nodeid for item in session.items if fixture in getattr(item, "fixturenames", ())]


def _switched_off(config: pytest.Config) -> bool:
    """Whether pytest-benchmark times nothing: because of one of its options, or under xdist."""
    timing = config._benchmarksession  # type: ignore[attr-defined]
    return bool(timing.skip or timing.disabled)


def code_hash() -> str:
    """A hash of what is timed, and how: all modules of seq2seq_core, benchmarks and results.statistics, and those of
    the scores, cells and tasks that other packages offer."""
    packages = (seq2seq_core, benchmarks, results.statistics)
    files = {path for package in packages for path in Path(package.__path__[0]).rglob("*.py")}
    parts: list[type] = [*SCORES.values(), *CELLS.values(), *TASKS.values()]
    files |= {Path(file) for part in parts if (file := sys.modules[part.__module__].__file__)}
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()
