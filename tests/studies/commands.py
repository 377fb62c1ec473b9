"""The study `attention` at a small size, as arguments of the command line, and its expected tables."""

import csv
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from seq2seq_core.training.checkpoint import MAGIC, serialize
from studies import catalog
from studies.command_line.cli import main
from studies.commands.export import export_tables
from studies.planning.plan import Plan, plan
from studies.planning.run_rows import TABLES
from studies.training.train_run import train_to_rows

AGE = 1000.0
"""In seconds; no run here takes as long."""
SIZES = {"hidden_size": 8, "batch_size": 4, "evaluation_size": 8, "test_size": 8, "min_length": 1, "max_length": 3}
TINY = {"epochs": 3, "steps_per_epoch": 2, **SIZES}
"""A run takes a fraction of a second."""
ON_PAIRS = {name: value for name, value in TINY.items() if name not in ("min_length", "max_length")}
"""`TINY` for pairs, which have lengths of their own."""
TOO_LARGE = {**TINY, "hidden_size": 10_000, "dense_layers": 1, "conv_layers": 1, "conv_width": 1001}
"""A run fails at once: one of its weights has 400 GB."""
LONG = {**TINY, "epochs": 32}
"""A run takes long enough to be caught in the middle, and a study of one seed has four of them."""


def words(settings: Mapping[str, Any], *, seeds: int = 1, profile: str = "smoke") -> list[str]:
    """The arguments that make the study small."""
    return [*run_words(settings, profile), "--seeds", str(seeds)]


def run_words(settings: Mapping[str, Any], profile: str = "smoke") -> list[str]:
    """The arguments that make each run small."""
    return ["--profile", profile, *(word for name, value in settings.items() for word in ("--set", f"{name}={value}"))]


def planned(settings: Mapping[str, Any], *, seeds: int = 1) -> Plan:
    return plan(catalog.load("attention"), "smoke", seeds=seeds, settings=settings)


def bare_tables(folder: Path, settings: Mapping[str, Any], *, seeds: int = 1) -> dict[str, list[list[str]]]:
    """The tables of runs that are trained one after the other in this process, without the engine."""
    todo = planned(settings, seeds=seeds)
    folder.mkdir()
    export_tables(
        folder, "attention", todo, {run.run_id: train_to_rows(run, lambda point: None) for run in todo.initial_runs}
    )
    return tables_of(folder)


def tables_of(folder: Path) -> dict[str, list[list[str]]]:
    """Every cell as written, without times."""
    return {name: _without_seconds(folder / f"{name}.csv") for name in TABLES}


def _without_seconds(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    timed = [number for number, name in enumerate(rows[0]) if name == "seconds"]
    return [[cell for number, cell in enumerate(row) if number not in timed] for row in rows]


def aged(checkpoint: bytes) -> bytes:
    """The same checkpoint with `AGE` seconds of training, which show in the row of a run that resumes from it."""
    stream = io.BytesIO(checkpoint[len(MAGIC) + hashlib.sha256().digest_size :])
    content = torch.load(stream, weights_only=True)
    return serialize(content["identity"], {**content["state"], "seconds": content["state"]["seconds"] + AGE})


def refused(given: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr of a command that is refused with the exit status 2."""
    status = main(given)
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.startswith("retrograde: ")
    assert err.count("\n") == 1
    return err
