"""Pruners end tuning runs that are not worth their remaining epochs or seeds, and no other run."""

import dataclasses
import random
from collections.abc import Callable, Mapping, Sequence

import pytest
from formula import EPOCHS, finish_all, tuned, with_curve

from seq2seq_core.training import EpochMetrics
from studies.design.study import Arm, Study
from studies.design.tuning import FIRST_SEED
from studies.planning.plan import Plan
from studies.planning.pruner import courses_of_earlier, should_prune
from studies.planning.run import Run
from studies.planning.run_rows import Rows
from studies.training import run_task


def pruned_by(run: Run, curve: Sequence[float], finished: Mapping[str, Rows]) -> bool:
    return should_prune(run, curve, courses_of_earlier(run, finished))


@pytest.fixture(params=[("median", 1), ("hyperband", 2), ("wilcoxon", 5), ("none", 1)])
def todo(request: pytest.FixtureRequest, study: Study) -> Plan:
    pruner, seeds = request.param
    return tuned(study, pruner=pruner, seeds=seeds)


@pytest.fixture
def finished(todo: Plan) -> dict[str, Rows]:
    return finish_all(todo, random.Random(1))


def test_pruners_prune_tuning_runs_only(todo: Plan, finished: dict[str, Rows]) -> None:
    runs = todo.planned_runs(finished)
    pruned = [run for run in runs if finished[run.run_id]["runs"][0]["status"] == "pruned"]
    assert bool(pruned) == (todo.tuning.pruner in ("median", "hyperband"))
    assert all(run.trial for run in pruned)
    assert all(1 <= len(finished[run.run_id]["convergence"]) < EPOCHS for run in pruned)
    spared = [
        trial for chain, _ in todo.tuning_trials(finished) for trial in chain if len(trial.runs) < todo.tuning.seeds
    ]
    assert bool(spared) == (todo.tuning.pruner in ("hyperband", "wilcoxon"))
    assert all(trial.value is None for trial in spared)
    # The same curve as a reported run's would not be stopped.
    for run in pruned:
        curve = [0.0] * len(finished[run.run_id]["convergence"])
        assert pruned_by(run, curve, finished)
        assert not pruned_by(dataclasses.replace(run, trial=None), curve, finished)


def test_the_median_pruner_waits_for_trials_to_compare_with_and_for_a_third_of_the_epochs(study: Study) -> None:
    todo = tuned(study)
    finished = finish_all(todo, random.Random(1))
    (chain, _), *_ = todo.tuning_trials(finished)
    for trial in chain:
        (run,) = trial.runs
        at = [epochs for epochs in range(1, EPOCHS + 1) if pruned_by(run, [0.0] * epochs, finished)]
        assert at == (list(range(3, EPOCHS)) if run.trial.number >= 4 else [])


def test_a_solved_trial_is_compared_with_its_last_accuracy(study: Study) -> None:
    """Four earlier trials are solved in epoch 4: at epoch 6 a run that is no better than 0.5 is below their median."""
    todo = tuned(study)
    finished: dict[str, Rows] = {}
    for _ in range(4):
        run = next(run for run in todo.planned_runs(finished) if run.run_id not in finished)
        finished[run.run_id] = with_curve("done", [0.2, 0.6, 1.0, 1.0])
    (fifth,) = [run for run in todo.planned_runs(finished) if run.trial and run.trial.number == 4]
    assert pruned_by(fifth, [0.5] * 6, finished)
    assert not pruned_by(fifth, [1.0] * 6, finished)


def test_a_pruner_compares_the_metric_that_the_value_of_a_trial_is_made_of(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four earlier trials have a Levenshtein accuracy of 0.8 and an exact match of 0.4."""
    todo = tuned(dataclasses.replace(study, primary="exact_match"))
    finished: dict[str, Rows] = {}
    for _ in range(4):
        run = next(run for run in todo.planned_runs(finished) if run.run_id not in finished)
        finished[run.run_id] = with_curve("done", [0.8] * EPOCHS)
    (fifth,) = [run for run in todo.planned_runs(finished) if run.trial and run.trial.number == 4]
    assert not pruned_by(fifth, [0.5] * 6, finished)
    assert pruned_by(fifth, [0.3] * 6, finished)

    def train(run: Run, on_epoch: Callable[[EpochMetrics], None], **_: object) -> Rows:
        """More letters are right than in the earlier trials, and fewer strings."""
        for epoch in range(1, EPOCHS + 1):
            on_epoch(EpochMetrics(epoch, epoch, 1.0, 1.0, levenshtein_accuracy=0.9, exact_match=0.3))
        return with_curve("done", [0.9] * EPOCHS)

    monkeypatch.setattr(run_task, "train_to_rows", train)
    task = run_task.Task(fifth, None, courses_of_earlier(fifth, finished))
    rows = run_task.perform(task, lambda point: None, lambda checkpoint: None)
    assert "Pruned" in rows["runs"][0]["reason"]


def test_a_pruner_compares_runs_of_the_same_seed(study: Study) -> None:
    """Some seeds are easier than others."""
    todo = tuned(study, seeds=2)
    finished: dict[str, Rows] = {}
    for _ in range(2 * 5):
        for run in todo.planned_runs(finished):
            finished.setdefault(run.run_id, with_curve("done", [0.9 if run.seed == FIRST_SEED else 0.3] * EPOCHS))
    (chain, _), *_ = todo.tuning_trials(finished)
    easy, hard = chain[4].runs
    assert pruned_by(easy, [0.5] * 5, finished)
    assert not pruned_by(hard, [0.5] * 5, finished)
    assert pruned_by(hard, [0.1] * 5, finished)


def test_a_pruner_without_an_earlier_trial_raises_an_error(study: Study) -> None:
    todo = tuned(study)
    finished = finish_all(todo, random.Random(1))
    (chain, _), *_ = todo.tuning_trials(finished)
    del finished[chain[2].runs[0].run_id]
    with pytest.raises(ValueError, match="an earlier trial of the variant is unfinished"):
        pruned_by(chain[5].runs[0], [0.1], finished)


def test_a_tuned_study_with_a_recipe_and_slips_is_pruned_too(study: Study) -> None:
    """The pruner looks up the earlier trials by run id, and recipe and slips are part of the id."""
    arms = {"none": Arm("stuck_state", score=None), "dot": Arm("three_letters", score="dot")}
    todo = tuned(dataclasses.replace(study, recipe="article", arms=arms))
    finished = finish_all(todo, random.Random(1))
    assert all(len(chain) == 7 for chain, _ in todo.tuning_trials(finished))
    assert "pruned" in {rows["runs"][0]["status"] for rows in finished.values()}
