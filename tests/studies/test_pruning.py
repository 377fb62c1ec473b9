"""Pruners end tuning runs that are not worth their remaining epochs or seeds, and no other run."""

import dataclasses
import random

import pytest
from formula import EPOCHS, carried_out, tuned, with_curve

from studies.design.study import Study
from studies.design.tuning import FIRST_SEED
from studies.planning.plan import Plan
from studies.planning.pruner import prunes
from studies.planning.run_rows import Rows


@pytest.fixture(params=[("median", 1), ("hyperband", 2), ("wilcoxon", 5), ("none", 1)])
def todo(request: pytest.FixtureRequest, study: Study) -> Plan:
    pruner, seeds = request.param
    return tuned(study, pruner=pruner, seeds=seeds)


@pytest.fixture
def settled(todo: Plan) -> dict[str, Rows]:
    return carried_out(todo, random.Random(1))


def test_pruners_prune_tuning_runs_and_no_other(todo: Plan, settled: dict[str, Rows]) -> None:
    runs = todo.known(settled)
    pruned = [run for run in runs if settled[run.run_id]["runs"][0]["status"] == "pruned"]
    assert bool(pruned) == (todo.tuning.pruner in ("median", "hyperband"))
    assert all(run.trial for run in pruned)
    assert all(1 <= len(settled[run.run_id]["convergence"]) < EPOCHS for run in pruned)
    spared = [trial for chain, _ in todo.tuned(settled) for trial in chain if len(trial.runs) < todo.tuning.seeds]
    assert bool(spared) == (todo.tuning.pruner in ("hyperband", "wilcoxon"))
    assert all(trial.value is None for trial in spared)
    # The same curve as a reported run's would not be stopped.
    for run in pruned:
        curve = [0.0] * len(settled[run.run_id]["convergence"])
        assert prunes(run, curve, settled)
        assert not prunes(dataclasses.replace(run, trial=None), curve, settled)


def test_the_median_pruner_waits_for_trials_to_compare_with_and_for_a_third_of_the_epochs(study: Study) -> None:
    todo = tuned(study)
    settled = carried_out(todo, random.Random(1))
    (chain, _), *_ = todo.tuned(settled)
    for trial in chain:
        (run,) = trial.runs
        at = [epochs for epochs in range(1, EPOCHS + 1) if prunes(run, [0.0] * epochs, settled)]
        assert at == (list(range(3, EPOCHS)) if run.trial.number >= 4 else [])


def test_a_run_is_compared_with_runs_of_the_same_seed(study: Study) -> None:
    """Some seeds are easier than others."""
    todo = tuned(study, seeds=2)
    settled: dict[str, Rows] = {}
    for _ in range(2 * 5):
        for run in todo.known(settled):
            settled.setdefault(run.run_id, with_curve("done", [0.9 if run.seed == FIRST_SEED else 0.3] * EPOCHS))
    (chain, _), *_ = todo.tuned(settled)
    easy, hard = chain[4].runs
    assert prunes(easy, [0.5] * 5, settled)
    assert not prunes(hard, [0.5] * 5, settled)
    assert prunes(hard, [0.1] * 5, settled)


def test_a_pruner_that_is_not_told_of_all_earlier_trials_says_so(study: Study) -> None:
    todo = tuned(study)
    settled = carried_out(todo, random.Random(1))
    (chain, _), *_ = todo.tuned(settled)
    del settled[chain[2].runs[0].run_id]
    with pytest.raises(ValueError, match="an earlier trial of the chain is not settled"):
        prunes(chain[5].runs[0], [0.1], settled)
