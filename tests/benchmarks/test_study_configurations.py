"""`bench --of` times what a study has trained: its configurations are rebuilt from the provenance."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.session.study import configurations, read_study
from results.errors import InputError
from results.tables.timing_schema import packed_candidate
from studies import PROFILES, catalog
from studies.commands.export import settings_of
from studies.planning.plan import plan

REFERENCES = Path(__file__).parents[2] / "results/reference"
PLAIN_STUDIES = [
    name
    for name in catalog.names()
    if {variant.setup.recipe for variant in plan(catalog.load(name), "smoke").variants} == {"plain"}
]
CHANGED = {"epochs": 7, "embedding_size": 24, "batch_size": 9}


@pytest.mark.parametrize("changed", [{}, CHANGED], ids=["declared", "changed"])
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", PLAIN_STUDIES)
def test_the_configurations_of_every_study_are_those_that_it_plans(
    name: str, profile: str, changed: dict[str, Any]
) -> None:
    planned = plan(catalog.load(name), profile, settings=changed)
    rebuilt = {
        (arm, *at.levels.items()): (one.model, one.task, one.training, one.baseline)
        for at in configurations(settings_of(name, planned, {}))
        for arm, one in at.candidates.items()
        if arm in planned.study.arms
    }
    assert rebuilt == {
        (variant.arm, *variant.levels.items()): (
            variant.setup.model,
            variant.setup.task,
            variant.setup.training,
            planned.study.baseline,
        )
        for variant in planned.variants
    }


def test_an_arm_with_padded_exact_has_a_second_candidate_with_the_values_of_packed() -> None:
    settings = settings_of("encoder", plan(catalog.load("encoder"), "smoke"), {})
    [at] = configurations(settings)
    added = {name: one for name, one in at.candidates.items() if name not in settings["arms"]}
    assert [*added] == [packed_candidate("padded_exact")]
    [one] = added.values()
    assert one.baseline == "padded_exact"
    assert one.model == at.candidates["padded_exact"].model.replace({"packing": "packed"})


def test_an_arm_may_name_the_recipe_of_plain_trainings() -> None:
    settings = settings_of("attention", plan(catalog.load("attention"), "smoke"), {})
    [before] = configurations(settings)
    settings["arms"]["dot"]["recipe"] = "plain"
    assert [*configurations(settings)] == [before]


def test_the_settings_that_the_tuning_has_chosen_are_those_of_their_arm_and_levels() -> None:
    settings = settings_of("lengths", plan(catalog.load("lengths"), "smoke"), {})
    for number, one in enumerate(settings["tuning"]["chosen"]):
        one["settings"] = {"learning_rate": 0.001 * (number + 1)}
    rates = [at.candidates[arm].training.learning_rate for at in configurations(settings) for arm in settings["arms"]]
    assert rates == [0.001 * (number + 1) for number in range(20)]


@pytest.mark.parametrize("name", ["attention", "benchmarks", "encoder", "forcing", "lengths", "order", "scores"])
def test_the_committed_studies_of_earlier_versions_can_be_timed(name: str) -> None:
    study = read_study(REFERENCES / name)
    settings = json.loads((REFERENCES / name / "provenance.json").read_text())["parts"]["study"]["settings"]
    expected = [{factor: level} for factor, levels in settings["factors"].items() for level in levels] or [{}]
    assert [at.levels for at in study.cases] == expected
    for at in study.cases:
        assert at.candidates.keys() >= settings["arms"].keys()


def test_settings_that_levels_bring_and_an_earlier_version_did_not_record_are_missed() -> None:
    settings = settings_of("lengths", plan(catalog.load("lengths"), "full"), {})
    for at in settings["at_levels"]:
        del at["settings"]
    with pytest.raises(InputError, match=r"has steps_per_epoch 50, and its settings give 25; expected .*: repeat its"):
        [*configurations(settings)]


def unknown_score(settings: dict[str, Any]) -> None:
    settings["arms"]["dot"] = {"score": "of_a_file"}


def other_recipe(settings: dict[str, Any]) -> None:
    settings["recipe"] = "mine"


def arm_with_a_recipe(settings: dict[str, Any]) -> None:
    settings["arms"]["dot"]["recipe"] = "transformer"


def one_more_seed(settings: dict[str, Any]) -> None:
    settings["seeds"].append(10)


def one_more_trial(settings: dict[str, Any]) -> None:
    settings["tuning"]["trials_per_arm"] += 1


def other_pairs(settings: dict[str, Any]) -> None:
    settings["task"] = {"task": "pairs", "content": "0123456789abcdef"}


def no_model(settings: dict[str, Any]) -> None:
    del settings["model"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (unknown_score, "arm 'dot': ModelConfig.score: 'of_a_file' is refused; expected one of "),
        (other_recipe, "the study scores has the recipe mine; expected a study with the recipe plain"),
        (arm_with_a_recipe, "the study scores has the recipe transformer; expected a study with the recipe plain"),
        (one_more_seed, "40 of 44 runs of the study scores; expected a finished study"),
        (one_more_trial, "32 of 36 trials of the study scores; expected a finished study"),
        (
            other_pairs,
            "the pairs 0123456789abcdef are not here; expected a file with pairs of source and target: --data",
        ),
        (no_model, "provenance.json: parts.study.settings lacks model; expected a study as `run` records it"),
    ],
)
def test_a_study_that_cannot_be_timed_is_refused_with_the_reason(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    for name in ("runs.csv", "tuning.csv"):
        shutil.copy(REFERENCES / "scores" / name, tmp_path)
    content = json.loads((REFERENCES / "scores" / "provenance.json").read_text())
    change(content["parts"]["study"]["settings"])
    (tmp_path / "provenance.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=re.escape(message)) as refused:
        read_study(tmp_path)
    assert str(refused.value).startswith(f"{tmp_path}: ")


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("article", "the study article has arms with slips, such as none_stuck_state; expected a study without slips"),
        ("peers", "no study in provenance.json; expected the output folder of a study"),
        ("nowhere", "no such folder; expected the output folder of a study"),
    ],
)
def test_a_folder_without_a_study_of_plain_trainings_is_refused(folder: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"{REFERENCES / folder}: {message}")):
        read_study(REFERENCES / folder)
