"""What `python -m studies align` does: heat maps of chosen examples, from models that were kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from results import provenance
from results.files import InputError
from results.records import write_table
from seq2seq_core.alignment import align
from seq2seq_core.checkpoint import CheckpointError, read
from seq2seq_core.loading import load
from studies.engine.checkpoints import MODELS, SUFFIX
from studies.engine.crew import say
from studies.engine.folder import lock
from studies.recipes import recipe_of


def draw(places: Sequence[Path], sources: Sequence[str], *, folder: Path, command: Sequence[str]) -> int:
    """Writes examples.csv and the report with its pictures into the folder; returns the exit status.

    `places` are checkpoints, or output folders of studies, whose kept models are all meant. InputError for one that is
    neither, ConfigError for a letter that a model does not know; then nothing is written.
    """
    paths = [path for place in places for path in _checkpoints(place)]
    names = [path.name for path in paths]
    for path in paths:
        if names.count(path.name) > 1:
            raise InputError(f"{path}: a second model of this name; expected models with different names")
    rows = _rows(paths, sources)
    if not rows:
        raise InputError(f"{', '.join(map(str, places))}: no model there has attention; expected one that does")
    provenance.prepare(folder)
    with lock(folder):
        _write(folder, rows, sources, command)

        from results.report import build  # drawing takes seconds to import; refusals do without it

        print(f"report: {build(folder)}")
    return 0


def add_examples(folder: Path, sources: Sequence[str], *, command: Sequence[str]) -> None:
    """Adds the examples to a study's folder; if none of its models is there or has attention, says so."""
    if rows := _rows(kept_models(folder), sources):
        _write(folder, rows, sources, command)
    else:
        say(f"--example: no model with attention in {folder / MODELS}, so there is nothing to draw")


def _rows(paths: Sequence[Path], sources: Sequence[str]) -> list[dict[str, Any]]:
    return [row for path in paths for row in example_rows(path, sources)]


def _write(folder: Path, rows: Sequence[dict[str, Any]], sources: Sequence[str], command: Sequence[str]) -> None:
    """The table, and where it comes from."""
    write_table(folder, "examples", rows)
    provenance.record(
        folder,
        "examples",
        command=command,
        profile="none",
        threads=torch.get_num_threads(),
        gpu=None,
        started=datetime.now(UTC),
        settings={"models": list(dict.fromkeys(row["model"] for row in rows)), "examples": list(sources)},
    )


def kept_models(folder: Path) -> list[Path]:
    """The checkpoints of finished models in a study's output folder, by name."""
    return sorted((folder / MODELS).glob(f"*{SUFFIX}"))


def example_rows(path: Path, sources: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of examples.csv of one model; none if it has no attention."""
    try:
        data = path.read_bytes()
        identity, _ = read(data)
        name, *slips = identity["recipe"].split()
        loaded = load(data, recipe_of(name, tuple(slips), identity["model"]["score"]))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; expected a checkpoint, such as those in DIR/{MODELS}") from error
    except CheckpointError as error:
        raise InputError(f"{path}: {error}") from error
    if loaded.model.decoder.score is None:
        return []
    return [
        {
            "model": path.name.removesuffix(SUFFIX),
            "example": source,
            "target_position": target,
            "predicted": predicted,
            "source_position": place,
            "source": covered,
            "weight": weight,
        }
        for source, alignment in zip(sources, align(loaded.model, sources, torch.device("cpu")), strict=True)
        for target, (predicted, weights) in enumerate(
            zip(alignment.prediction, alignment.weights, strict=True), start=1
        )
        for place, (covered, weight) in enumerate(zip(alignment.source, weights, strict=True), start=1)
    ]


def _checkpoints(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    if paths := kept_models(place):
        return paths
    raise InputError(f"{place}: no models in it; expected the output folder of a study, with DIR/{MODELS}")
