"""A comparison of two commits, from the first round to the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from tqdm import tqdm

from benchmarks.commits.checkout import Commit
from benchmarks.commits.rounds import SIDES, NotTimed, processes, time_test
from benchmarks.session.journal import Journal
from results.errors import InputError
from results.load import LoadMeter, noise_of
from results.statistics import LEVEL
from results.tables import csv_io, provenance
from results.terminal.process import say

TESTS = ("tests",)
"""The journal's key of what the commits have in common; a test of a round has (round, test)."""


def measure_commits(
    commits: Mapping[str, Commit], rounds: int, options: Mapping[str, str], out: Path, command: Sequence[str]
) -> None:
    """Times commits `a` and `b`, and writes commits.csv and its provenance into the folder.

    `options` select the tests: `profile`, `device` and `k`. A comparison that is interrupted keeps its rows in the
    folder's journal, and the same one continues it. Raises InputError if the folder holds another comparison, or if no
    test is selected, and WorkerError if a commit's tests cannot be run.
    """
    ids = {name: commits[name].id for name in ("a", "b")}
    settings = {"interval_level": LEVEL, "commits": ids, "rounds": rounds, "options": dict(options)}
    _check_folder(out, settings)
    gpu = torch.cuda.get_device_name() if options.get("device") != "cpu" and torch.cuda.is_available() else None
    surroundings = provenance.surroundings(gpu)
    conditions = {name: surroundings[name] for name in ("machine", "python", "versions")}
    journal = Journal(out, [str(settings)], {**conditions, "threads": torch.get_num_threads()})
    for line in journal.notices():
        say(line)
    with TemporaryDirectory(prefix="retrograde-") as place:
        for name in ids:
            commits[name].extract(Path(place) / name)
        code = {name: Path(place) / ("b" if name == "b" else "a") for name in SIDES}
        _measure(code, rounds, [word for name, value in options.items() for word in (_OPTIONS[name], value)], journal)
    rows = journal.rows("commits")
    skipped = {row["test"]: row["reason"] for row in journal.rows("not_timed")}
    if not rows:
        journal.remove()
        reasons = "; ".join(f"{test}: {reason}" for test, reason in skipped.items())
        raise InputError(
            reasons or "no case is selected that both commits have; expected other words after -k, or none"
        )
    csv_io.write_table(out, "commits", rows)
    provenance.record(
        out,
        "commits",
        command=command,
        profile=options["profile"],
        threads=rows[0]["threads"],
        gpu=gpu,
        started=journal.started,
        settings={**settings, "not_timed": skipped, "only_in": journal.entries[TESTS]["only_in"][0]},
        noise=noise_of(journal.rows("load")),
    )
    journal.remove()


_OPTIONS = {"profile": "--retrograde-profile", "device": "--retrograde-device", "k": "-k"}


def _check_folder(out: Path, settings: Mapping[str, Any]) -> None:
    held = provenance.read(out).get("commits", {}).get("settings", settings)
    differing = [name for name, value in settings.items() if held.get(name) != value]
    if differing:
        raise InputError(
            f"{out} holds another comparison, with other {' and '.join(differing)}; choose another folder with --out"
        )


def _measure(code: dict[str, Path], rounds: int, options: Sequence[str], journal: Journal) -> None:
    """Adds to the journal what it lacks."""
    with ExitStack() as stack:
        bar = stack.enter_context(tqdm(desc="tests", unit="test"))
        for number in range(1, rounds + 1):
            if TESTS in journal.entries and all((str(number), test) in journal.entries for test in _tests(journal)):
                continue
            with processes(number, code, options) as sides:
                collected = {name: side.tests() for name, side in sides.items()}
                if TESTS not in journal.entries:
                    journal.add(TESTS, _in_common(collected["a"], collected["b"]))
                missing = [test for test in _tests(journal) if (str(number), test) not in journal.entries]
                bar.total = bar.total or rounds * len(_tests(journal)) - sum(
                    key[0] != "tests" for key in journal.entries
                )
                for side in sides.values():
                    side.run(missing)
                for test in missing:
                    load = LoadMeter()
                    try:
                        tables = {"commits": time_test(test, number, sides)}
                    except NotTimed as reason:
                        tables = {"not_timed": [{"test": test, "reason": str(reason)}]}
                    journal.add((str(number), test), {**tables, "load": [load.read()]})
                    bar.update()


def _tests(journal: Journal) -> list[str]:
    """The tests that both commits have; none before the first round."""
    return [row["test"] for row in journal.rows("tests")]


def _in_common(first: Sequence[str], second: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    return {
        "tests": [{"test": test} for test in first if test in second],
        "only_in": [{"a": [*_without(first, second)], "b": [*_without(second, first)]}],
    }


def _without(tests: Sequence[str], others: Sequence[str]) -> list[str]:
    return [test for test in tests if test not in others]
