"""What `python -m studies align` does: heat maps of chosen examples, from models that were kept."""

from __future__ import annotations

import shlex
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from results.cores import usable_cores
from results.tables import provenance
from results.tables.atomic_write import InputError, reason_of
from results.tables.csv_io import write_table
from results.tables.study_schema import factors_in
from results.tables.table_file import remove_table
from seq2seq_core.config.task import DEFAULT_TASK
from seq2seq_core.evaluation.alignment import align
from seq2seq_core.training.checkpoint import CheckpointError, LoadedModel, deserialize, load
from studies.engine.checkpoints import MODELS, SUFFIX
from studies.engine.folder_lock import lock, run_rows
from studies.engine.pool import say
from studies.recipes.registry import recipe_of


@dataclass(frozen=True)
class Model:
    """A kept model."""

    run_id: str
    """Of a checkpoint outside a study's folder, the name of its file"""
    name: str
    loaded: LoadedModel


def draw(places: Sequence[Path], sources: Sequence[str], *, folder: Path, command: Sequence[str]) -> int:
    """Writes examples.csv and the report with its figures into the folder; returns the exit status.

    `places` are checkpoints, or output folders of studies: of these, the kept models of the runs in their tables.
    Raises InputError for a place that is neither, and ConfigError for a letter that a model does not know; nothing is
    written then.
    """
    models = _load_models([model for place in places for model in _models(place)])
    if not models:
        raise InputError(f"{', '.join(map(str, places))}: no model there has attention; expected one that does")
    rows = _rows(models, sources)
    provenance.prepare(folder)
    with lock(folder):
        _write(folder, rows, models, sources, command)

        from results.report.build import build  # drawing takes seconds to import; refusals do without it

        print(f"report: {build(folder)}")
    return 0


def add_examples(folder: Path, sources: Sequence[str], *, command: Sequence[str]) -> None:
    """Adds the examples to a study's folder. Prints a note if the folder has no model with attention."""
    if models := _load_models(_kept_models(folder)):
        _write(folder, _rows(models, sources), models, sources, command)
    else:
        say(f"--example: no model with attention in {folder / MODELS}, so there is nothing to draw")


def drop_examples(folder: Path, replaced: Container[str]) -> None:
    """Removes the examples from a study's folder if they show the model of a run that is replaced (by id), and says
    what draws them again."""
    part = provenance.read(folder).get("examples")
    if part is None:
        return
    models, examples = part["settings"]["models"], part["settings"]["examples"]
    # Without ids they are of an earlier version, which did not say what run a model is of.
    if not isinstance(models, dict) or any(run_id in replaced for run_id in models):
        remove_table(folder, "examples")
        provenance.remove(folder, "examples")
        words = [word for example in examples for word in ("--example", example)]
        again = shlex.join(["python", "-m", "studies", "align", str(folder), *words])
        say(f"{folder / 'examples.csv'} showed models of other runs and is removed; to draw it again: {again}")


def _load_models(models: Sequence[tuple[Path, str]]) -> list[Model]:
    """Those with attention, each once, however often it is given."""
    once: dict[str, tuple[Path, str]] = {}
    for path, name in models:
        first, _ = once.setdefault(path.name, (path, name))
        if name == path.stem and first.resolve() != path.resolve():  # no run id says that the two are the same model
            raise InputError(f"{path}: a second model of that name, after {first}; expected each under one of its own")
    torch.set_num_threads(min(torch.get_num_threads(), usable_cores()))  # torch does not know a container's quota
    loaded = [Model(path.stem, name, _load(path)) for path, name in once.values()]
    return [one for one in loaded if one.loaded.model.decoder.score is not None]


def _load(path: Path) -> LoadedModel:
    try:
        data = path.read_bytes()
        identity, _ = deserialize(data)
        recipe, *slips = identity["recipe"].split()
        return load(data, recipe_of(recipe, tuple(slips), identity["model"]["score"]))
    except OSError as error:
        raise InputError(f"{path}: {reason_of(error)}; expected a checkpoint, such as those in DIR/{MODELS}") from error
    except CheckpointError as error:
        raise InputError(f"{path}: {error}") from error


def _rows(models: Sequence[Model], sources: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of examples.csv."""
    return [
        {
            "run_id": one.run_id,
            "model": one.name,
            "example": source,
            "target_position": target,
            "predicted": predicted,
            "source_position": place,
            "source": covered,
            "weight": weight,
        }
        for one in models
        for source, alignment in zip(
            sources, align(one.loaded.model, one.loaded.task, sources, torch.device("cpu")), strict=True
        )
        for target, (predicted, weights) in enumerate(
            zip(alignment.prediction, alignment.weights, strict=True), start=1
        )
        for place, (covered, weight) in enumerate(zip(alignment.source, weights, strict=True), start=1)
    ]


def _write(
    folder: Path,
    rows: Sequence[dict[str, Any]],
    models: Sequence[Model],
    sources: Sequence[str],
    command: Sequence[str],
) -> None:
    """Writes the table and its provenance."""
    write_table(folder, "examples", rows)
    settings: dict[str, Any] = {"models": {one.run_id: one.name for one in models}, "examples": list(sources)}
    if any(one.loaded.task.task != DEFAULT_TASK for one in models):
        settings["expected_alignments"] = [
            {
                "run_id": one.run_id,
                "example": source,
                "length": len(source),
                "positions": one.loaded.task.definition.expected_alignment(len(source)),
            }
            for one in models
            for source in sources
        ]
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


def _kept_models(folder: Path) -> list[tuple[Path, str]]:
    """The checkpoint of each run in a study's tables whose model is kept, in the tables' order, and the run's name: the
    arm, and its levels. Models of other runs, such as those of another profile, may lie beside them."""
    models = []
    for row in run_rows(folder):
        path = folder / MODELS / f"{row['run_id']}{SUFFIX}"
        if path.exists():
            levels = [f"{factor}={row[factor]}" for factor in factors_in([*row])]
            models.append((path, "-".join([row["arm"], *levels])))
    return models


def _models(place: Path) -> list[tuple[Path, str]]:
    """The checkpoints of a place, and the name of each: in a study's folder its run's, otherwise its file's."""
    if not place.is_dir():
        beside = {path.resolve(): name for path, name in _kept_models(place.parent.parent)}
        return [(place, beside.get(place.resolve(), place.stem))]
    if models := _kept_models(place):
        return models
    raise InputError(
        f"{place}: no models of the runs in its runs.csv; expected the output folder of a study, with DIR/{MODELS}"
    )
