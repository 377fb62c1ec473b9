"""Studies of tasks other than reversal, up to their reports: metrics, provenance and marks follow from the task."""

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import made_tasks
import pytest
import torch
from commands import TINY
from optuna.distributions import CategoricalDistribution

from results.report.build import build
from results.tables import provenance
from results.tables.csv_io import read_table
from seq2seq_core.config import ConfigError, TaskConfig
from seq2seq_core.config.task import DEFAULT_TASK
from seq2seq_core.examples import Examples
from seq2seq_core.tasks import TASKS
from seq2seq_core.training import train
from studies import catalog
from studies.commands.export import export_tables, settings_of
from studies.design.study import Study
from studies.design.tuning import Tuning
from studies.models.align import draw
from studies.planning.plan import plan
from studies.recipes.article import article_accuracy
from studies.training.train_run import train_to_rows

CPU = torch.device("cpu")


def report_of(folder: Path, study: Study, **settings: Any) -> tuple[str, Mapping[str, Any]]:
    """Trains a study -> its report and the settings in its provenance."""
    todo = plan(study, "smoke", seeds=1, settings={**TINY, **settings})
    rows = {run.run_id: train_to_rows(run, lambda metrics: None) for run in todo.initial_runs}
    export_tables(folder, "attention", todo, rows)
    recorded = settings_of("attention", todo, rows)
    provenance.record(
        folder, "study", command=["some"], profile="smoke", threads=1, gpu=None, started=datetime.now(UTC),
        settings=recorded,
    )  # fmt: skip
    return build(folder).with_suffix(".md").read_text(), recorded


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "positions", "name"),
    [
        ("copy", [0, 1, 2], "diagonal"),
        ("doubled", [0, 0, 1, 1, 2, 2], "expected alignment"),
        ("without_repeats", None, None),
    ],
)
def test_a_report_marks_the_alignment_that_the_task_expects(
    tmp_path: Path, task: str, positions: list[int] | None, name: str | None
) -> None:
    text, recorded = report_of(tmp_path, catalog.load("attention"), task=task)
    assert recorded["task"]["task"] == task
    assert recorded["expected_alignments"] == [{"task": task, "length": 3, "positions": positions}]
    assert "anti-diagonal" not in text
    assert text.count(f"Squares mark the {name}") == (2 if name else 0)
    assert (f"| arm | {name} |" in text) == bool(name)
    runs = read_table(tmp_path, "runs").set_index("arm")
    assert runs["anti_diagonal"].notna().to_dict() == {
        arm: arm != "none" and positions is not None for arm in runs.index
    }
    assert read_table(tmp_path, "by_length")["length"].max() == 3  # of the source


@pytest.mark.slow
def test_a_study_can_compare_tasks(tmp_path: Path) -> None:
    study = dataclasses.replace(catalog.load("attention"), factors={"task": ("reverse", "copy")})
    text, recorded = report_of(tmp_path, study)
    assert [entry["positions"] for entry in recorded["expected_alignments"]] == [[2, 1, 0], [0, 1, 2]]
    assert text.count("Squares mark the expected alignment") == 2
    assert "| task | arm | expected alignment |" in text


def test_a_study_of_the_default_task_records_neither_task_name_nor_alignment() -> None:
    recorded = settings_of("attention", plan(catalog.load("attention"), "full"), {})
    assert "expected_alignments" not in recorded
    assert recorded["task"] == {"letters": 4, "min_length": 5, "max_length": 14}


def test_a_tuning_cannot_search_the_task(study: Study) -> None:
    """Arms of one comparison learn one task."""
    space = {"task": CategoricalDistribution(["reverse", "copy"])}
    with pytest.raises(ConfigError, match="task defines what is measured"):
        dataclasses.replace(study, tuning=Tuning(space=space, trials_per_arm=8))


@pytest.mark.slow
def test_chosen_examples_are_marked_by_the_task_of_their_model(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    for task in ("copy", DEFAULT_TASK):
        config = TaskConfig(task=task, min_length=1, max_length=3)
        train(
            made_tasks.SMALL, config, made_tasks.BRIEF, 0,
            on_checkpoint=(models / f"{task}.checkpoint").write_bytes,
        )  # fmt: skip
    assert draw(sorted(models.iterdir()), ["abc"], folder=tmp_path / "out", command=["some"]) == 0
    recorded = json.loads((tmp_path / "out/provenance.json").read_text())["parts"]["examples"]["settings"]
    assert recorded["expected_alignments"] == [
        {"run_id": "copy", "example": "abc", "length": 3, "positions": [0, 1, 2]},
        {"run_id": "reverse", "example": "abc", "length": 3, "positions": [2, 1, 0]},
    ]
    assert "Squares mark the expected alignment" in (tmp_path / "out/report.md").read_text()


@pytest.mark.parametrize("task", sorted(name for name in TASKS if not TASKS[name].from_files))
def test_the_articles_metric_is_1_for_a_model_that_has_learnt_any_task(task: str) -> None:
    config = TaskConfig(task=task, min_length=1, max_length=6)
    assert article_accuracy(made_tasks.Perfect(config), Examples(config, 0, "test", CPU), 60) == 1.0
