"""An estimate of the time that the runs of a plan take, from a few training steps and an evaluation of each variant.

It is measured in one process, with fresh models. Several workers on one machine slow each other down, models that learn
end their predictions earlier, and a tuned study may need fewer runs. Tests at further lengths are counted by their
letters, as if a letter took as long as one of the evaluation set, and of a model that is exact at none of them. That is
rough: attention to a longer source takes longer, and a model that is exact decodes ten times as many strings above 100
letters, and others above 1,000. The rule by which a recipe ends runs, start and report are not in it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch

from results.terminal.progress import progress
from seq2seq_core.config.device import check_device
from seq2seq_core.evaluation.evaluate import evaluate, sequences_at
from seq2seq_core.layers.losses import LOSSES
from seq2seq_core.training import build_model, make_optimizer, training_step
from seq2seq_core.training.scheduled_sampling import ScheduledSampling
from studies.planning.plan import Plan
from studies.planning.run import Variant

WARM_UP_STEPS = 3
MOST_STEPS = 20
LONGEST_SECONDS = 0.5
"""After which no further step of a variant is timed."""


def estimate_seconds(plan: Plan, workers: int) -> float:
    """The seconds until `workers` processes have trained all runs of the plan. A bar shows the progress."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as in a worker
    try:
        of_runs = [run_seconds(variant) for variant in progress(plan.variants, "timing arms")]
    finally:
        torch.set_num_threads(threads)
    return total_seconds(of_runs, plan.size // len(plan.variants), workers)


def total_seconds(of_runs: Sequence[float], each: int, workers: int) -> float:
    """The time of `each` runs of every variant, given the time of one: no worker waits, and no run is shared."""
    return max(sum(of_runs) * each / workers, *of_runs)


def run_seconds(variant: Variant) -> float:
    """The seconds of one run."""
    setup, device = variant.setup, check_device(variant.device)
    recipe, training = setup.build_recipe(), setup.training
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        model = build_model(setup.model, setup.task, 0, device, training, recipe)
        optimizer = make_optimizer(model, training.learning_rate, training.weight_decay)
        examples = recipe.examples(setup.task, training, 0, "train", device)
        sampling = ScheduledSampling(training, 0, device)

        def step(number: int) -> None:
            batch = examples.draw(training.batch_size)
            feeding = sampling.feeding(number, batch.target)
            loss = training_step(model, batch, optimizer, training.clip_norm, LOSSES[training.loss], feeding)
            loss.item()  # waits for the device

        for number in range(WARM_UP_STEPS):
            step(number)
        steps, started = 0, time.perf_counter()
        while not steps or (steps < MOST_STEPS and time.perf_counter() - started < LONGEST_SECONDS):
            step(WARM_UP_STEPS + steps)
            steps += 1
        step_seconds = (time.perf_counter() - started) / steps
        size = min(training.evaluation_size, recipe.evaluation_batch_size)
        started = time.perf_counter()
        evaluate(model, recipe.examples(setup.task, training, 0, "evaluation", device), size, recipe)
        example_seconds = (time.perf_counter() - started) / size
    trained = training.epochs * training.steps_per_epoch * step_seconds
    tested = training.epochs * training.evaluation_size + training.test_size
    further = sum(
        length * sequences_at(length, recipe, exact=place == 0) for place, length in enumerate(training.test_lengths)
    )
    return trained + (tested + further / setup.task.max_length) * example_seconds
