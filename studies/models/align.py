"""`retrograde align`: heat maps of chosen examples, from kept models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from results.errors import InputError
from results.tables import provenance
from results.tables.csv_io import write_table
from results.terminal.folder_lock import lock_folder
from seq2seq_core.config.task import DEFAULT_TASK
from seq2seq_core.training.trained_model import TrainedModel
from studies.engine.checkpoints import MODELS
from studies.engine.pool import notify
from studies.models.kept_models import kept_models, load_model, load_parts, no_kept_model
from studies.models.unknown_units import unknown_lines
from studies.sources.code import Code
from studies.training.train_run import alignment_rows


@dataclass(frozen=True)
class Model:
    """A kept model with its name in examples.csv."""

    run_id: str
    """For a checkpoint outside a study's folder, the name of its file."""
    name: str
    loaded: TrainedModel


def draw(
    paths: Sequence[Path], sources: Sequence[str], *, folder: Path, command: Sequence[str], parts: str | None = None
) -> int:
    """Writes examples.csv and the report with its figures into the folder; returns the exit status.

    `paths` are checkpoints, or output folders of studies with kept models of the runs in their tables. `parts` is the
    file that defines parts of these models. Raises InputError for a path that is neither, and ConfigError for a letter
    outside the alphabet of a model; then nothing is written.
    """
    code = load_parts(parts)
    models = _load_models([model for path in paths for model in _models(path)], code)
    if not models:
        raise InputError(f"{', '.join(map(str, paths))}: no model with attention; expected at least one")
    rows = _rows(models, sources)
    provenance.prepare(folder)
    with lock_folder(folder):
        _write(folder, rows, models, sources, command)

        from results.report.build import build  # takes seconds to import; errors come before

        print(f"report: {build(folder)}")
    return 0


def add_examples(folder: Path, sources: Sequence[str], *, command: Sequence[str]) -> None:
    """Adds examples to a study's folder. A notice says so if the folder has no model with attention."""
    if models := _load_models([(one.path, one.name) for one in kept_models(folder)]):
        _write(folder, _rows(models, sources), models, sources, command)
    else:
        notify(f"--example: no model with attention in {folder / MODELS}; no heat map is drawn")


def _load_models(models: Sequence[tuple[Path, str]], code: Code = ()) -> list[Model]:
    """The models with attention, without duplicates."""
    unique: dict[str, tuple[Path, str]] = {}
    for path, name in models:
        first, _ = unique.setdefault(path.name, (path, name))
        if (
            name == path.stem and first.resolve() != path.resolve()
        ):  # no run id shows whether the two are the same model
            raise InputError(f"{path}: a second model of this name, after {first}; expected different file names")
    loaded = [Model(path.stem, name, load_model(path, code)) for path, name in unique.values()]
    return [model for model in loaded if model.loaded.network.decoder.score is not None]


def _rows(models: Sequence[Model], sources: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of examples.csv."""
    return [
        {"run_id": model.run_id, "model": model.name, "example": source, **row}
        for model in models
        for source, alignment in zip(sources, model.loaded.attention(sources), strict=True)
        for row in alignment_rows(alignment)
    ]


def _write(
    folder: Path,
    rows: Sequence[dict[str, Any]],
    models: Sequence[Model],
    sources: Sequence[str],
    command: Sequence[str],
) -> None:
    """Writes the table and its provenance. A notice names the units that the models read as unknown."""
    for line in unknown_lines((model.loaded.task for model in models), sources):
        notify(line)
    write_table(folder, "examples", rows)
    settings: dict[str, Any] = {"models": {model.run_id: model.name for model in models}, "examples": list(sources)}
    if any(model.loaded.task.task != DEFAULT_TASK for model in models):
        settings["expected_alignments"] = [
            {
                "run_id": model.run_id,
                "example": source,
                "length": len(model.loaded.task.split(source)),
                "positions": model.loaded.task.definition.expected_alignment(len(model.loaded.task.split(source))),
            }
            for model in models
            for source in sources
        ]
    units = {model.loaded.task.units for model in models if model.loaded.task.content}
    if len(units) == 1:
        settings["units"] = units.pop()
    provenance.record(
        folder,
        "examples",
        command=command,
        profile="none",
        threads=torch.get_num_threads(),
        gpu=None,
        started=datetime.now(UTC),
        settings=settings,
    )


def _models(path: Path) -> list[tuple[Path, str]]:
    """(checkpoint, name) of each model of a path, named after its run in a study's folder, else after its file."""
    if not path.is_dir():
        names = {one.path.resolve(): one.name for one in kept_models(path.parent.parent)}
        return [(path, names.get(path.resolve(), path.stem))]
    if models := kept_models(path):
        return [(one.path, one.name) for one in models]
    raise no_kept_model(path)
