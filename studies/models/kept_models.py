"""The models that a study keeps in its output folder: which there are, which is the best, and a model from its file."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import torch

from results.cores import usable_cores
from results.errors import InputError, reason_of
from results.tables import provenance
from results.tables.study_schema import factors_in
from results.tables.table_file import table_file
from seq2seq_core.config import suggest
from seq2seq_core.training.checkpoint import CheckpointError
from seq2seq_core.training.trained_model import TrainedModel, load
from studies.engine.checkpoints import MODELS, SUFFIX
from studies.engine.folder_content import read_runs
from studies.sources.code import Code, changes
from studies.sources.kept_code import where_kept
from studies.sources.source import load_code

TEST_METRICS = ("levenshtein_accuracy", "exact_match")
"""The metrics of the test set. The first is compared if the primary metric of a study is no accuracy."""


OF_WORK = "`work` keeps the models that it trains in its own folder"


@dataclass(frozen=True)
class KeptModel:
    """The file of a model, and the run that it comes from."""

    path: Path
    name: str
    """The arm with its levels, such as general-max_length=14."""
    arm: str
    seed: int


def kept_models(folder: Path) -> list[KeptModel]:
    """The kept models of the runs in a study's tables, in the order of the tables.

    Of several models of an arm, which a study has if lower seeds were added, it is that of the lowest seed.
    """
    models: dict[str, KeptModel] = {}
    for row in _rows(folder):
        path = folder / MODELS / f"{row['run_id']}{SUFFIX}"
        if path.exists():
            model = KeptModel(path, _name(row), row["arm"], int(_number(row, "seed")))
            models.setdefault(model.name, model)
    return [*models.values()]


def no_kept_model(folder: Path) -> InputError:
    return InputError(
        f"{folder}: no kept models of the runs in runs.csv; expected the output folder of a study, with DIR/{MODELS}; "
        f"{OF_WORK}"
    )


def load_model(path: Path, code: Code = ()) -> TrainedModel:
    """The model of a checkpoint, on the CPU. `code` is that of its parts, which have been loaded.

    Raises InputError, in one line, if the file holds no model, or one that was trained with another state of the code.
    """
    torch.set_num_threads(min(torch.get_num_threads(), usable_cores()))  # torch ignores a container's quota
    try:
        model = load(path)
    except OSError as error:
        raise InputError(f"{path}: {reason_of(error)}; expected a checkpoint, such as those in DIR/{MODELS}") from error
    except CheckpointError as error:
        raise InputError(str(error)) from error
    files = {name: digest for name, digest in model.recipe.outside.items() if name.endswith(".py")}
    if code and (different := changes(files, dict(code))):
        kept = where_kept(path.parent.parent)  # of DIR/models/FILE
        raise InputError(f"{path}: {different} since the model was trained; expected the code as it was{kept}")
    return model


def load_parts(parts: str | None) -> Code:
    """Loads the file, or the module, of the parts of a model. ConfigError if it has a mistake."""
    return load_code(parts)[1].code if parts else ()


def choose_model(folder: Path, arm: str | None) -> tuple[KeptModel, str, list[str]]:
    """A kept model of a study's folder, a few words on why it is this one, and a note if a better arm has no model.

    The arm is named as in the tables, or with its levels, such as general-max_length=14. Of several models, it is that
    of the arm and levels with the highest mean accuracy on the test set, in the study's primary metric if that is an
    accuracy. Raises InputError if there is no such model; the message lists those that there are.
    """
    models, rows = kept_models(folder), _rows(folder)
    if not models:
        raise no_kept_model(folder)
    arms = {_name(row): row["arm"] for row in rows}
    if arm is not None:
        names = dict.fromkeys([*(one.arm for one in models), *(one.name for one in models)])
        if arm not in names:
            there = arm in {*arms, *arms.values()}
            raise InputError(f"{folder}: no kept model of the arm {arm!r}; {OF_WORK if there else suggest(arm, names)}")
        models = [one for one in models if arm in (one.arm, one.name)]
    kept = {one.name for one in models}
    without = [name for name, its_arm in arms.items() if name not in kept and arm in (None, its_arm, name)]
    primary = provenance.read(folder).get("study", {}).get("settings", {}).get("primary")
    metric = primary if primary in TEST_METRICS else TEST_METRICS[0]
    means = _means(rows, metric)
    best = max(models, key=lambda one: means.get(one.name, -1.0))
    if len(models) == 1:
        why = "the only one" if arm is None else "as chosen"
    else:
        why = f"the highest mean {metric} of {len(models)}, {means.get(best.name, 0.0):.4f} on the test set"
    if without:
        why += f"; no kept model of {', '.join(without)}"
    better = [name for name in without if means.get(name, -1.0) > means.get(best.name, -1.0)]
    higher = ", ".join(f"{name} ({means[name]:.4f})" for name in better)
    notes = [f"note: a higher mean {metric}, but no kept model in {folder / MODELS}: {higher}; {OF_WORK}"]
    return best, why, notes if better else []


def _rows(folder: Path) -> list[dict[str, str]]:
    """The rows of the study's runs.csv. InputError if it lacks a column or a cell."""
    rows = read_runs(folder)
    for row in rows:
        if not row.keys() >= {"arm", "seed"} or None in row or None in row.values():
            raise InputError(
                f"{table_file(folder, 'runs')}, run {row['run_id']}: expected the columns arm and seed, and a cell for "
                "each column"
            )
    return rows


def _means(rows: Sequence[Mapping[str, str]], metric: str) -> dict[str, float]:
    """Arm with levels -> the mean over its runs that have the metric."""
    values = defaultdict(list)
    for row in rows:
        if row.get(metric):
            values[_name(row)].append(_number(row, metric))
    return {name: fmean(found) for name, found in values.items()}


def _name(row: Mapping[str, str]) -> str:
    return "-".join([row["arm"], *(f"{factor}={row[factor]}" for factor in factors_in([*row]))])


def _number(row: Mapping[str, str], column: str) -> float:
    try:
        number = float(row[column])
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"runs.csv: {column} {row[column]!r} of the run {row['run_id']}; expected a number")
    return number
