"""A plan holds every run once, in one order, and a run's id is its content's."""

import dataclasses
import json
import re
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from seq2seq_core.config import ConfigError
from studies.design.setup import PARTS
from studies.design.study import Arm, Study
from studies.design.tuning import Tuning
from studies.planning import run as runs
from studies.planning.plan import Run, plan


def test_a_plan_is_every_arm_at_every_level_with_every_seed(study: Study) -> None:
    planned = plan(study, "full")
    runs = [(run.seed, run.task.max_length, run.model.cell, run.arm) for run in planned.runs]
    # Seeds slowest, so that a study that is cut off can compare all arms; arms fastest.
    assert runs == [
        (seed, length, cell, arm)
        for seed in (0, 1, 2)
        for length in (3, 4)
        for cell in ("gru", "lstm", "rnn")
        for arm in ("none", "dot")
    ]
    assert [run.model.score for run in planned.runs[:2]] == [None, "dot"]
    assert len({run.run_id for run in planned.runs}) == 36
    assert planned.runs[0].levels == {"max_length": 3, "cell": "gru"}


def test_seeds_can_be_fewer_and_keep_their_runs(study: Study) -> None:
    assert plan(study, "quick", seeds=1).runs == plan(study, "quick").runs[:2]


def test_an_id_is_the_same_on_every_machine_and_day(study: Study) -> None:
    """A constant: a change of it orphans every stored run, so it has to be wanted (see NUMBERS_VERSION)."""
    content = plan(study, "smoke").runs[1].to_dict()
    assert Run.from_dict(json.loads(json.dumps(content))).run_id == content["run_id"]
    assert plan(study, "smoke").runs[1].run_id == content["run_id"]
    assert len(content["run_id"]) == 12


def test_one_value_has_one_id_however_it_is_written(study: Study) -> None:
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
    ids = [[run.run_id for run in planned.runs] for planned in plans]
    assert ids[0] == ids[1] == ids[2]
    levels = json.dumps([planned.factors for planned in plans])
    assert levels == json.dumps([{"learning_rate": (1.0, 2.0)}] * 3)


def test_no_id_is_read_as_a_number_and_others_are_hexadecimal_digits_alone(study: Study) -> None:
    """Of a thousand hashes about five are digits alone, or digits, an e, and digits: pandas would make numbers of them,
    without their leading zeros."""
    run = plan(study, "smoke").runs[0]
    ids = [dataclasses.replace(run, seed=seed).run_id for seed in range(3000)]
    marked = [name for name in ids if name.startswith("r")]
    assert [name for name in ids if re.fullmatch("[0-9]+(e[0-9]+)?", name)] == []
    assert marked
    assert [name for name in marked if not re.fullmatch("r[0-9]+(e[0-9]+)?", name)] == []
    assert [name for name in ids if not re.fullmatch("r?[0-9a-f]{12}", name)] == []


CHANGED: dict[str, Any] = {
    "task": "copy",
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
    "loss": "nll",
    "forcing": 0.5,
    "forcing_decay": "linear",
    "forcing_draw": "step",
    "feed": "sample",
}
"""Another value for each setting that is not a whole number."""


def test_any_setting_changes_the_id(study: Study) -> None:
    model = study.base.replace({"layers": 2, "bidirectional": True, "query": "previous"})
    training = study.training.replace({"forcing": 0.9})
    run = dataclasses.replace(plan(study, "quick").runs[0], model=model, training=training)
    ids = {run.run_id}
    compiled = model.replace({"score": "additive", "query": "current", "compile": True})  # goes with no other query
    for config in (compiled, compiled.replace({"compile": False})):
        ids.add(dataclasses.replace(run, model=config).run_id)
    configs = {part: getattr(run, part) for part in PARTS}
    settings = [(part, name, getattr(configs[part], name)) for part in PARTS for name in configs[part].names()]
    settings.remove(("model", "compile", False))
    for part, name, value in settings:
        changed = getattr(run, part).replace({name: CHANGED[name] if name in CHANGED else value + 1})
        ids.add(dataclasses.replace(run, **{part: changed}).run_id)
    others = {
        "arm": "other",
        "levels": {"cell": "gru"},
        "seed": 9,
        "device": "cuda",
        "recipe": "article",
        "slips": ("three_letters",),
    }
    for field, other in others.items():
        ids.add(dataclasses.replace(run, **{field: other}).run_id)
    assert len(ids) == 3 + len(settings) + len(others)


def test_new_numbers_are_new_runs(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    old = plan(study, "smoke").runs[0].run_id
    monkeypatch.setattr(runs, "NUMBERS_VERSION", runs.NUMBERS_VERSION + 1)
    assert plan(study, "smoke").runs[0].run_id != old


def test_settings_reach_every_run_and_the_base(study: Study) -> None:
    planned = plan(study, "smoke", settings={"hidden_size": 5, "epochs": 3})
    assert planned.setup.model.hidden_size == 5
    assert {(run.model.hidden_size, run.training.epochs) for run in planned.runs} == {(5, 3)}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"hiden_size": 5}, "did you mean 'hidden_size'"),
        ({"hidden_size": -5}, "ModelConfig.hidden_size: -5 is refused"),
        ({"query": "previous"}, "query"),  # fits the base and dot, not the arm without a score
        ({"cell": "lstm"}, "cell: it is a factor at profile 'full'"),
        ({"score": "dot"}, "score: every arm sets its own"),
    ],
)
def test_a_setting_that_cannot_be_followed_is_refused(study: Study, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(study, "full", settings=settings)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"learning_rate": 0.1}, "learning_rate: it is tuned, so yours would have no effect"),
        ({"layers": 1}, "Tuning.space: ModelConfig.dropout: 0.5 is refused"),  # fits the base, not what may be chosen
    ],
)
def test_a_setting_that_the_tuning_cannot_do_with_is_refused(study: Study, settings: dict[str, Any], said: str) -> None:
    space = {"learning_rate": FloatDistribution(1e-4, 1e-1), "dropout": FloatDistribution(0.0, 0.5)}
    base = study.base.replace({"layers": 2})
    study = dataclasses.replace(study, base=base, tuning=Tuning(space=space, trials_per_arm=2))
    assert len(plan(study, "quick").runs) == 2
    with pytest.raises(ConfigError) as caught:
        plan(study, "quick", settings=settings)
    assert said in str(caught.value)


def test_a_tuning_run_travels_as_json_and_keeps_its_id(study: Study) -> None:
    space = {
        "learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
        "batch_size": IntDistribution(2, 8, step=2),
        "packing": CategoricalDistribution(["packed", "padded"]),
    }
    run = plan(dataclasses.replace(study, tuning=Tuning(space=space, trials_per_arm=2)), "quick").runs[0]
    again = Run.from_dict(json.loads(json.dumps(run.to_dict())))
    assert (again, again.run_id) == (run, run.run_id)
    assert run.run_id != dataclasses.replace(run, trial=None).run_id
