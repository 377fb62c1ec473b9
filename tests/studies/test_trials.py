"""Every arm has the same tuning in any order of the runs; the best trial is run with fresh seeds."""

import csv
import dataclasses
import itertools
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from formula import RATE, finish_all, trained, tuned, with_curve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from optuna.distributions import FloatDistribution

from seq2seq_core.config import ConfigError
from studies import catalog
from studies.design.study import Study
from studies.design.tuning import FIRST_SEED
from studies.planning import run as runs
from studies.planning.plan import Plan, plan
from studies.planning.run import Run
from studies.planning.run_rows import Rows, failed_rows, rows_without_metrics, trial_value

ROOT = Path(__file__).parents[2]


@pytest.fixture(
    scope="module",
    params=[("tpe", "median", 1), ("tpe", "hyperband", 2), ("tpe", "wilcoxon", 5), ("random", "none", 1)],
)
def todo(request: pytest.FixtureRequest, study: Study) -> Plan:
    sampler, pruner, seeds = request.param
    return tuned(study, sampler=sampler, pruner=pruner, seeds=seeds)


@pytest.fixture(scope="module")
def finished(todo: Plan) -> dict[str, Rows]:
    return finish_all(todo, random.Random(1))


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False))
def test_runs_and_rows_do_not_depend_on_the_order_in_which_runs_finish(
    todo: Plan, finished: dict[str, Rows], order: random.Random
) -> None:
    assert finish_all(todo, order) == finished
    assert {run.run_id for run in todo.planned_runs(finished)} == finished.keys()


def test_every_arm_has_the_same_number_of_trials_and_reports_the_best(todo: Plan, finished: dict[str, Rows]) -> None:
    for variant, (chain, best) in zip(todo.variants, todo.tuning_trials(finished), strict=True):
        assert len(chain) == 7
        values = [trial.value for trial in chain if trial.value is not None]
        assert best is not None
        assert best.value == max(values)
        mine = [
            run
            for run in todo.planned_runs(finished)
            if run.trial is None and (run.variant.arm, run.variant.levels) == (variant.arm, variant.levels)
        ]
        assert [run.seed for run in mine] == list(todo.seeds)
        assert {run.setup.training.learning_rate for run in mine} == {best.settings["learning_rate"]}
    assert len(finished) <= todo.size


def test_all_trials_share_the_tuning_seeds_which_are_never_reported(todo: Plan, finished: dict[str, Rows]) -> None:
    runs = todo.planned_runs(finished)
    assert {run.seed for run in runs if run.trial is None} == {0, 1}
    assert {run.seed for run in runs if run.trial} == set(range(FIRST_SEED, FIRST_SEED + todo.tuning.seeds))
    assert all(run.seed == FIRST_SEED for run in todo.planned_runs({}))


def test_reported_seeds_that_overlap_the_tuning_seeds_are_refused(study: Study) -> None:
    with pytest.raises(ConfigError, match="seed 1000000; expected one below 1000000"):
        plan(tuned(study).study, "quick", seeds=FIRST_SEED + 1)


def test_another_process_plans_the_same_runs(tmp_path: Path) -> None:
    """A proposal depends neither on the process, nor on the order of a set, nor on earlier proposals."""
    todo = plan(catalog.load("scores"), "smoke")
    finished: dict[str, Rows] = {}
    for _ in range(9):
        waiting = [run for run in todo.planned_runs(finished) if run.run_id not in finished]
        finished |= {run.run_id: with_curve("done", [run.setup.training.learning_rate]) for run in waiting}
    assert len(finished) == todo.size
    (tmp_path / "settled.json").write_text(json.dumps(finished))
    code = (
        "import json, sys; from studies import catalog; from studies.planning.plan import plan\n"
        "settled = json.load(open(sys.argv[1]))\n"
        "print(json.dumps([run.run_id for run in plan(catalog.load('scores'), 'smoke').planned_runs(settled)]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "settled.json")]
    output = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert json.loads(output) == [run.run_id for run in todo.planned_runs(finished)]


def test_arms_begin_with_the_same_trials(study: Study) -> None:
    finished = finish_all(tuned(study), random.Random(1))
    chains = [chain for chain, _ in tuned(study).tuning_trials(finished)]
    first = [[trial.settings["learning_rate"] for trial in chain[:4]] for chain in chains]
    assert first == [first[0]] * 4
    assert len({chain[5].settings["learning_rate"] for chain in chains}) > 1


def test_sampled_numbers_have_four_digits_and_stay_in_their_range(study: Study) -> None:
    narrow = {"learning_rate": FloatDistribution(1.23456e-3, 1.23457e-3)}
    for run in carried_and_known(tuned(study, space=narrow)):
        assert 1.23456e-3 <= run.setup.training.learning_rate <= 1.23457e-3
    for run in carried_and_known(tuned(study)):
        assert float(f"{run.setup.training.learning_rate:.4g}") == run.setup.training.learning_rate


def carried_and_known(todo: Plan) -> list[Run]:
    return todo.planned_runs(finish_all(todo, random.Random(1)))


def test_a_larger_budget_continues_from_a_smaller_one(study: Study) -> None:
    few, many = (
        {run.run_id for run in carried_and_known(tuned(study, trials_per_arm=trials)) if run.trial} for trials in (5, 7)
    )
    assert len(few) == 4 * 5
    assert few < many


@pytest.mark.parametrize(
    "change",
    [{"sampler": "random"}, {"pruner": "none"}, {"seeds": 2}, {"space": {**RATE, "clip_norm": RATE["learning_rate"]}}],
)
def test_another_search_space_has_other_runs(study: Study, change: dict[str, object]) -> None:
    runs, others = tuned(study).planned_runs({}), tuned(study, **change).planned_runs({})
    assert not {run.run_id for run in runs} & {run.run_id for run in others}


def test_runs_without_a_trial_have_the_ids_of_the_reference_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The committed rows are of runs without a trial, with the encoder that the study had then."""
    monkeypatch.setattr(runs, "NUMBERS_VERSION", 2)  # that of the reference rows
    study = catalog.load("attention")
    packed = dataclasses.replace(study, base=study.base.replace({"packing": "packed"}))
    with (ROOT / "results/reference/attention/runs.csv").open(newline="") as file:
        assert [run.run_id for run in plan(packed, "quick").initial_runs] == [
            row["run_id"] for row in csv.DictReader(file)
        ]


def lost(run: Run, earlier: Mapping[str, Rows]) -> Rows:
    """As `trained`, but dot always diverges in the end, and none fails at every other trial."""
    rows = trained(run, earlier)
    if run.trial and run.variant.arm == "dot":
        return {**rows, "runs": rows_without_metrics("diverged", "no longer finite")["runs"]}
    return failed_rows("out of luck") if run.trial and run.trial.number % 2 else rows


def test_an_arm_whose_trials_all_fail_has_no_reported_run_and_delays_no_other(
    study: Study,
) -> None:
    todo = tuned(study)
    finished = finish_all(todo, random.Random(1), lost)
    reported = Counter(run.variant.arm for run in todo.planned_runs(finished) if run.trial is None)
    assert reported == {"none": 4}
    for variant, (chain, best) in zip(todo.variants, todo.tuning_trials(finished), strict=True):
        assert len(chain) == 7
        outcomes = [trial.result and trial.result.outcome for trial in chain]
        if variant.arm == "dot":
            assert best is None
            assert set(outcomes) == {"diverged"}
        else:
            assert chain.index(best) % 2 == 0
            assert outcomes[1::2] == ["failed"] * 3


def test_the_first_of_equal_trials_is_chosen_after_all_trials_have_ended(study: Study) -> None:
    todo = tuned(study, pruner="none")
    finished: dict[str, Rows] = {}
    for number in itertools.count():
        waiting = [run for run in todo.planned_runs(finished) if run.run_id not in finished]
        if number == 7:
            break
        assert all(run.trial and run.trial.number == number for run in waiting)
        finished |= {run.run_id: with_curve("done", [0.5]) for run in waiting}
    assert all(chain.index(best) == 0 for chain, best in todo.tuning_trials(finished))
    assert len(waiting) == 8


def test_the_choice_does_not_depend_on_the_test_set(study: Study) -> None:
    todo = tuned(study)
    finished = finish_all(todo, random.Random(1))
    for index, rows in enumerate(finished.values()):
        rows["runs"][0] |= {"levenshtein_accuracy": index / 1000, "exact_match": index / 1000, "steps_to_99": index}
    assert todo.planned_runs(finished) == tuned(study).planned_runs(finish_all(todo, random.Random(1)))


@pytest.mark.parametrize(
    ("primary", "value"), [("steps_to_99", 0.5), ("levenshtein_accuracy", 0.7), ("exact_match", 0.35)]
)
def test_a_trial_is_evaluated_by_the_metric_of_the_study(primary: str, value: float) -> None:
    assert trial_value(primary, with_curve("done", [0.2, 0.6, 0.7]), 3) == pytest.approx(value)
    assert trial_value(primary, with_curve("pruned", [0.2, 0.6, 0.7]), 5) == pytest.approx(value)
    assert trial_value(primary, with_curve("diverged", [0.2, 0.6, 0.7]), 3) is None


def test_a_run_that_is_solved_counts_with_its_last_accuracy_to_the_end() -> None:
    assert trial_value("steps_to_99", with_curve("done", [0.2, 0.6, 1.0]), 5) == pytest.approx(0.76)
    assert trial_value("levenshtein_accuracy", with_curve("done", [0.2, 0.6, 1.0]), 5) == 1.0
