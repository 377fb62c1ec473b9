"""A plan holds every run once, in a fixed order, and the id of a run is a hash of its content."""

import dataclasses
import json
import re
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from seq2seq_core.config import ConfigError
from seq2seq_core.config.task import OF_PAIRS
from studies import catalog
from studies.design.selection import select_arms
from studies.design.setup import CONFIGS
from studies.design.study import Arm, Study
from studies.design.tuning import Tuning
from studies.planning import run as runs
from studies.planning.plan import plan
from studies.planning.run import Run


def test_a_plan_is_every_arm_at_every_level_with_every_seed(study: Study) -> None:
    planned = plan(study, "full")
    runs = [
        (run.seed, run.setup.task.max_length, run.setup.model.cell, run.variant.arm) for run in planned.initial_runs
    ]
    # Seeds slowest, so that a study that is cut off can compare all arms; arms fastest.
    assert runs == [
        (seed, length, cell, arm)
        for seed in (0, 1, 2)
        for length in (3, 4)
        for cell in ("gru", "lstm", "rnn")
        for arm in ("none", "dot")
    ]
    assert [run.setup.model.score for run in planned.initial_runs[:2]] == [None, "dot"]
    assert len({run.run_id for run in planned.initial_runs}) == 36
    assert planned.initial_runs[0].variant.levels == {"max_length": 3, "cell": "gru"}


def test_with_fewer_seeds_the_remaining_runs_keep_their_ids(study: Study) -> None:
    assert plan(study, "quick", seeds=1).initial_runs == plan(study, "quick").initial_runs[:2]


def test_a_run_that_is_planned_again_or_read_from_json_has_the_same_id(study: Study) -> None:
    """The ids of the catalog are constants of `test_catalog.py`."""
    content = plan(study, "smoke").initial_runs[1].to_dict()
    assert Run.from_dict(json.loads(json.dumps(content))).run_id == content["run_id"]
    assert plan(study, "smoke").initial_runs[1].run_id == content["run_id"]
    assert len(content["run_id"]) == 12


def test_equal_values_written_differently_have_one_id(study: Study) -> None:
    """As a setting, as a level and in an arm: 1 and 1.0 are one number, and so are 0.0 and -0.0."""
    plans = [
        plan(
            dataclasses.replace(
                study, arms={**study.arms, "free": Arm(score="dot", forcing=zero)}, factors={"learning_rate": (one, 2)}
            ),
            "quick",
            settings={"clip_norm": one, "hidden_size": size},
        )
        for one, zero, size in ((1, 0, 8), (1.0, 0.0, 8.0), (1, -0.0, 8))
    ]
    ids = [[run.run_id for run in planned.initial_runs] for planned in plans]
    assert ids[0] == ids[1] == ids[2]
    levels = json.dumps([planned.factors for planned in plans])
    assert levels == json.dumps([{"learning_rate": (1.0, 2.0)}] * 3)


@pytest.mark.parametrize("profile", ["smoke", "full"])
def test_two_arms_with_equal_settings_are_refused(study: Study, profile: str) -> None:
    equal = "arms 'dot' and 'general': all settings of the one are those of the other"
    arms = {**study.arms, "general": Arm(score="general", layers=2), "slow": Arm(score="dot", learning_rate=1e-5)}
    assert plan(dataclasses.replace(study, arms=arms), profile).variants
    for general in (Arm(score="dot"), Arm(score="dot", learning_rate=study.training.learning_rate)):
        with pytest.raises(ConfigError, match=equal):
            plan(dataclasses.replace(study, arms={**arms, "general": general}), profile)
    declared = dataclasses.replace(study, arms={**study.arms, "general": Arm()})
    assert plan(declared, profile, settings={"score": "general"}).variants
    with pytest.raises(ConfigError, match=equal):
        plan(declared, profile, settings={"score": "dot"})


def test_no_id_reads_as_a_number_and_each_has_hexadecimal_digits_only(study: Study) -> None:
    """Of a thousand hashes about five are digits alone, or digits, an e, and digits: pandas would make numbers of them,
    without their leading zeros."""
    run = plan(study, "smoke").initial_runs[0]
    ids = [dataclasses.replace(run, seed=seed).run_id for seed in range(3000)]
    marked = [name for name in ids if name.startswith("r")]
    assert [name for name in ids if re.fullmatch("[0-9]+(e[0-9]+)?", name)] == []
    assert marked
    assert [name for name in marked if not re.fullmatch("r[0-9]+(e[0-9]+)?", name)] == []
    assert [name for name in ids if not re.fullmatch("r?[0-9a-f]{12}", name)] == []


CHANGED: dict[str, Any] = {
    "task": "copy",
    "boundaries": True,
    "stop_at": 0.9,
    "keep": "best",
    "test_lengths": [20],
    "cell": "lstm",
    "embedding": "one_hot",
    "dropout": 0.5,
    "conv_width": 5,
    "bidirectional": False,
    "merge": "sum",
    "pyramid": "drop",
    "packing": "padded",
    "bridge": "zero",
    "score": "additive",
    "mlp": True,
    "query": "current",
    "input_feeding": True,
    "attentional_layer": True,
    "readout": "state",
    "learning_rate": 0.5,
    "clip_norm": 0.5,
    "loss": "sequence_cross_entropy",
    "forcing": 0.5,
    "forcing_decay": "linear",
    "forcing_draw": "step",
    "feed": "sample",
}
"""Another value for each setting that is not an integer."""


def test_any_setting_changes_the_id(study: Study) -> None:
    settings = {
        "score": study.base.score, "layers": 2, "conv_layers": 1, "bidirectional": True, "query": "previous",
        "forcing": 0.9,
    }  # fmt: skip
    run = plan(study, "quick").initial_runs[1].variant.run(0, settings)
    variant, setup = run.variant, run.setup
    setups = [setup, dataclasses.replace(setup, recipe="article"), dataclasses.replace(setup, slips=("three_letters",))]
    compiled = setup.replace({"score": "additive", "query": "current", "compile": True})  # goes with no other query
    setups += [compiled, compiled.replace({"compile": False})]
    names = [name for part in CONFIGS for name in getattr(setup, part).names()]
    names = [name for name in names if name not in ("compile", *OF_PAIRS)]
    for name, value in setup.values_of(names).items():
        part = setup.config_of[name]
        # The part alone is changed: two settings that must fit each other are in one part.
        changed = getattr(setup, part).replace({name: CHANGED[name] if name in CHANGED else value + 1})
        setups.append(dataclasses.replace(setup, **{part: changed}))
    variants = [dataclasses.replace(variant, setup=other) for other in setups]
    variants += [
        dataclasses.replace(variant, **change)
        for change in ({"arm": "other"}, {"levels": {"cell": "gru"}}, {"device": "cuda"})
    ]
    ids = {Run(other, 0).run_id for other in variants} | {Run(variant, 9).run_id}
    assert len(ids) == len(variants) + 1 == len(names) + 9


def test_new_numbers_are_new_runs(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    old = plan(study, "smoke").initial_runs[0].run_id
    monkeypatch.setattr(runs, "NUMBERS_VERSION", runs.NUMBERS_VERSION + 1)
    assert plan(study, "smoke").initial_runs[0].run_id != old


def test_settings_reach_every_run_and_the_base(study: Study) -> None:
    planned = plan(study, "smoke", settings={"hidden_size": 5, "epochs": 3})
    assert planned.setup.model.hidden_size == 5
    assert {(run.setup.model.hidden_size, run.setup.training.epochs) for run in planned.initial_runs} == {(5, 3)}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hiden_size": 5}, "did you mean 'hidden_size'"),
        ({"hidden_size": -5}, "ModelConfig.hidden_size: -5 is refused"),
        ({"query": "previous"}, "query"),  # fits the base and dot, not the arm without a score
        ({"cell": "lstm"}, "cell: it is a factor at profile 'full'"),
        ({"score": "dot"}, "score: every arm sets it"),
    ],
)
def test_an_invalid_setting_is_refused(study: Study, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(study, "full", settings=settings)
    assert message in str(caught.value)


def test_a_setting_that_no_arm_reads_is_refused(study: Study) -> None:
    """Its runs had other ids and the same results."""
    with pytest.raises(ConfigError, match="forcing_half: with their other settings, no arm reads it"):
        plan(study, "quick", settings={"forcing_half": 100})
    assert plan(study, "quick", settings={"forcing_half": 100, "forcing_decay": "linear"}).size
    generalise = catalog.load("generalise")
    for name in ("cell", "packing", "embedding_size"):
        value = {"cell": "lstm", "packing": "packed", "embedding_size": 16}[name]
        assert plan(select_arms(generalise, ["transformer", "shift"], {}), "smoke", settings={name: value}).size
        with pytest.raises(ConfigError, match=f"{name}: with their other settings, no arm reads it"):
            plan(select_arms(generalise, ["transformer"], {}), "smoke", settings={name: value})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"learning_rate": 0.1},
            "learning_rate: the study tunes learning_rate, dropout, so a value would have no effect",
        ),
        ({"layers": 1}, "Tuning.space: ModelConfig.dropout: 0.5 is refused"),  # fits the base, not what may be chosen
    ],
)
def test_a_setting_that_conflicts_with_the_tuning_is_refused(
    study: Study, settings: dict[str, Any], message: str
) -> None:
    space = {"learning_rate": FloatDistribution(1e-4, 1e-1), "dropout": FloatDistribution(0.0, 0.5)}
    base = study.base.replace({"layers": 2})
    study = dataclasses.replace(study, base=base, tuning=Tuning(space=space, trials_per_arm=2))
    assert len(plan(study, "quick").initial_runs) == 2
    with pytest.raises(ConfigError) as caught:
        plan(study, "quick", settings=settings)
    assert message in str(caught.value)


def test_a_tuning_run_keeps_its_id_through_json(study: Study) -> None:
    space = {
        "learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
        "batch_size": IntDistribution(2, 8, step=2),
        "packing": CategoricalDistribution(["packed", "padded"]),
    }
    run = plan(dataclasses.replace(study, tuning=Tuning(space=space, trials_per_arm=2)), "quick").initial_runs[0]
    again = Run.from_dict(json.loads(json.dumps(run.to_dict())))
    assert (again, again.run_id) == (run, run.run_id)
    assert run.run_id != dataclasses.replace(run, trial=None).run_id


def test_an_alphabet_that_is_too_large_for_an_arm_is_refused_before_any_run() -> None:
    with pytest.raises(ConfigError, match=r"'one_hot' is refused for 10,001 letters"):
        plan(catalog.load("encoder"), "smoke", settings={"letters": 10_001})
