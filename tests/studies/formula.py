"""Training replaced by a formula, so that a plan of hundreds of runs is finished in a second."""

import dataclasses
import json
import math
import random
from collections.abc import Callable, Mapping

from optuna.distributions import FloatDistribution

from studies.design.study import Study
from studies.design.tuning import Tuning
from studies.planning.plan import Plan, plan
from studies.planning.pruner import courses_of_earlier, should_prune
from studies.planning.run import Run
from studies.planning.run_rows import Rows, rows_without_metrics

RATE = {"learning_rate": FloatDistribution(1e-4, 1e-1, log=True)}
BEST = {"none": 1e-2, "dot": 2e-3}
"""Arm -> the learning rate that suits it."""
EPOCHS = 9


def tuned(study: Study, **changes: object) -> Plan:
    """A plan of the tuned study: two arms, each at two lengths."""
    tuning = Tuning(**{"space": RATE, "trials_per_arm": 7, **changes})
    training = study.training.replace({"epochs": EPOCHS})
    study = dataclasses.replace(study, tuning=tuning, training=training, factors={"max_length": (3, 4)})
    return plan(study, "quick")


def trained(run: Run, earlier: Mapping[str, Rows]) -> Rows:
    """The rows of a run: more accurate the nearer its rate is to the best one, with a little noise by seed."""
    off = abs(math.log10(run.setup.training.learning_rate / BEST[run.variant.arm]))
    height = max(0.0, 1.0 - off / 3 - 0.01 * random.Random(run.seed).random())
    curve, courses = list[float](), courses_of_earlier(run, earlier)
    for epoch in range(1, run.setup.training.epochs + 1):
        curve.append(height * (1 - math.exp(-epoch / 3)))
        if should_prune(run, curve, courses):
            return with_curve("pruned", curve)
    return with_curve("done", curve)


def with_curve(status: str, curve: list[float]) -> Rows:
    """The rows of a run with this accuracy after each epoch; the exact match is half of it."""
    points = [
        {"step": epoch, "epoch": epoch, "train_loss": 1.0, "eval_loss": 1.0, **figures(accuracy)}
        for epoch, accuracy in enumerate(curve, start=1)
    ]
    rows = {**rows_without_metrics(status, "" if status == "done" else status), "convergence": points}
    rows["runs"][0] |= {"steps": len(curve), **(figures(curve[-1]) if status == "done" else {})}
    return rows


def figures(accuracy: float) -> dict[str, float]:
    return {"levenshtein_accuracy": accuracy, "exact_match": accuracy / 2}


def finish_all(
    todo: Plan, order: random.Random, train: Callable[[Run, Mapping[str, Rows]], Rows] = trained
) -> dict[str, Rows]:
    """Finishes the planned runs one by one in a random order, until none is left -> run id to rows."""
    finished: dict[str, Rows] = {}
    while waiting := [run for run in todo.planned_runs(finished) if run.run_id not in finished]:
        run = order.choice(waiting)
        finished[run.run_id] = train(Run.from_dict(json.loads(json.dumps(run.to_dict()))), finished)
    return finished
