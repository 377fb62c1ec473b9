"""Optuna's viewers read names from a study's storage: the arm, its levels and settings, the seed, and the metric."""

import dataclasses
from collections.abc import Iterator

import optuna
import pandas as pd
import pytest
from formula import tuned
from optuna.trial import TrialState, create_trial

from results.errors import InputError
from studies.commands.request import Request
from studies.commands.saved_request import save_request
from studies.design.study import Arm, Study
from studies.engine.queue import Queue, Worker
from studies.engine.scheduler import enqueue
from studies.engine.storage import open_storage
from studies.planning.plan import Plan, plan
from studies.planning.run_rows import rows_without_metrics


@pytest.fixture
def queue(storage_url: str) -> Iterator[Queue]:
    with open_storage(storage_url) as storage:
        yield Queue(storage, "some", lambda line: None)


def table(queue: Queue, name: str = "some") -> pd.DataFrame:
    """What pandas, and so a user, gets from the storage."""
    study = optuna.load_study(study_name=name, storage=queue.storage)
    return study.trials_dataframe(("params", "user_attrs")).rename(
        columns=lambda column: column.removeprefix("params_")
    )


def seen(trials: pd.DataFrame, *names: str) -> list[tuple[object, ...]]:
    return list(trials[[*names]].itertuples(index=False, name=None))


def test_a_trial_has_the_arm_the_levels_the_varied_settings_and_the_seed(queue: Queue, study: Study) -> None:
    planned = plan(study, "full")
    enqueue(queue, planned)
    assert seen(table(queue), "arm", "score", "max_length", "cell", "seed") == [
        (run.variant.arm, run.setup.model.score or "none", *run.variant.levels.values(), run.seed)
        for run in planned.initial_runs
    ]


def test_slips_are_shown_and_settings_shared_by_all_arms_are_not(queue: Queue, study: Study) -> None:
    arms = {"none": Arm(score=None, layers=2), "dot": Arm("three_letters", "stuck_state", score=None, layers=2)}
    slipped = dataclasses.replace(study, recipe="article", arms=arms, profiles=study.profiles)
    slipped = dataclasses.replace(slipped, task=slipped.task.replace({"letters": 4}))
    enqueue(queue, plan(slipped, "smoke"))
    assert seen(table(queue), "arm", "slips") == [("none", ""), ("dot", "three_letters, stuck_state")]
    assert not {"layers", "score"} & set(table(queue))


def test_a_tuning_run_has_its_settings_and_its_trial_and_a_reported_run_the_chosen_settings(
    queue: Queue, study: Study
) -> None:
    planned = tuned(study, trials_per_arm=1)
    for _ in range(2):
        positions = enqueue(queue, planned).positions
        while claim := queue.claim(positions, Worker("ours", "here", 1, "2026-01-01T00:00:00+00:00")):
            rows = rows_without_metrics("done", "")
            rows["convergence"] = [{"levenshtein_accuracy": 0.5, "exact_match": 0.25}]
            rows["runs"][0]["levenshtein_accuracy"] = 0.75
            queue.finish(claim, rows)
    trials = table(queue)
    tuning = trials[trials["trial"].notna()]
    reported = trials[trials["trial"].isna()]
    assert (len(tuning), len(reported)) == (4, 8)
    assert (tuning["trial"] == 0).all()
    assert trials["learning_rate"].nunique() == 1, "one trial, and all arms start with the same settings"
    assert trials["learning_rate"].notna().all()


@pytest.mark.parametrize(
    ("name", "value"),
    [("attention", "levenshtein_accuracy"), ("scores", "levenshtein_accuracy (tuning: mean over epochs)")],
)
def test_the_objective_is_named_also_in_an_earlier_storage(queue: Queue, name: str, value: str) -> None:
    save_request(Request(name=name, profile="smoke"), queue)
    assert optuna.load_study(study_name="some", storage=queue.storage).metric_names == [value]


def test_a_storage_without_the_parameters_is_continued(queue: Queue, study: Study) -> None:
    planned = plan(study, "quick")
    for run in planned.initial_runs[:2]:
        bare = create_trial(state=TrialState.WAITING, user_attrs={"run": run.to_dict()})
        queue.storage.create_new_trial(queue.study_id, bare)
    positions = enqueue(queue, planned).positions
    assert table(queue)["arm"].isna().tolist() == [True, True, False, False]
    worker = Worker("ours", "here", 1, "2026-01-01T00:00:00+00:00")
    claims = [queue.claim(positions, worker) for _ in planned.initial_runs]
    assert [claim.run for claim in claims if claim] == list(planned.initial_runs)


def with_another_arm(study: Study) -> Plan:
    return plan(dataclasses.replace(study, arms={"additive": Arm(score="additive"), **study.arms}), "smoke")


def test_a_study_that_gets_another_arm_keeps_the_names_of_the_others(queue: Queue, study: Study) -> None:
    """Optuna refuses a categorical parameter whose choices change."""
    other = Queue(queue.storage, "other", lambda line: None)
    for each in (queue, other):
        enqueue(each, plan(study, "smoke"))
    longer = with_another_arm(study)
    enqueue(queue, longer)
    enqueue(queue, longer)
    enqueue(queue, plan(study, "full"))
    enqueue(queue, plan(study, "quick"))
    first = [("none", "none"), ("dot", "dot"), ("additive", "additive")]
    assert seen(table(queue), "arm", "score")[:3] == first
    assert len(table(queue)) == 3 + 36 + 4
    assert seen(table(other, "other"), "arm", "score") == first[:2]
    trials = queue.trials()
    assert {trial.distributions["arm"].choices for trial in trials} == {("none", "dot", "additive")}
    for trial in other.trials():
        assert trial.distributions["arm"].choices == ("none", "dot")


def test_a_tuned_setting_cannot_become_a_level(queue: Queue, study: Study) -> None:
    enqueue(queue, tuned(study))
    profiles = {
        name: dataclasses.replace(profile, factors={"learning_rate": (1e-3, 1e-2)})
        for name, profile in study.profiles.items()
    }
    with pytest.raises(InputError, match=r"holds an earlier tuning of this study with another search space \("):
        enqueue(queue, plan(dataclasses.replace(study, profiles=profiles), "quick"))
