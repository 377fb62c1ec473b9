"""`show` prints what a command would run, which arms nothing is compared with, and how long it takes."""

from __future__ import annotations

import itertools
import json
import re
from types import SimpleNamespace

import pytest
import torch
from commands import refused, run_words

from results.text import duration
from studies import catalog
from studies.command_line.cli import main
from studies.commands.request import Request
from studies.design.selection import select_arms
from studies.planning import time_estimate
from studies.planning.time_estimate import run_seconds, total_seconds

SMALL = {"epochs": 3, "steps_per_epoch": 4, "hidden_size": 8, "evaluation_size": 20, "test_size": 20}


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, str]:
    """The first word of each line -> the rest."""
    assert main(["show", *words]) == 0
    lines = [line.partition(" ") for line in capsys.readouterr().out.splitlines()]
    return {word: rest.strip() for word, _, rest in lines if word}


def test_chosen_arms_and_seeds_are_shown_with_what_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--arm", "dot", "--arm", "general", "--add", "deep: layers=2", "--seeds", "3,5-6", "--no-estimate"]
    lines = shown(capsys, "attention", *words)
    assert lines["arms"] == "dot      score=dot  (the baseline)"
    assert lines["seeds"] == "3, 5, 6"
    assert lines["compared"].startswith("2 comparisons;")
    assert lines["left"].startswith("out  comparisons that answer the question: dot against none; general against")
    assert lines["runs"] == "3 arms x 3 seeds = 9"
    assert "time" not in lines


def test_arms_that_no_comparison_covers_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--arm", "none", "--arm", "luong", "--arm", "bahdanau_published", "--no-estimate"]
    assert shown(capsys, "article", *words)["alone"] == "no comparison covers bahdanau_published"
    assert "alone" not in shown(capsys, "attention", "--no-estimate")
    alone = {name: arms for name in catalog.names() if (arms := catalog.load(name).uncompared_arms)}
    assert alone == {
        "article": ["bahdanau_published"],
        "generalise_tasks": ["general", "additive", "location", "shift", "one_step"],
    }
    assert select_arms(catalog.load("scores"), ["dot"], {}).uncompared_arms == ["dot"]
    assert select_arms(catalog.load("scores"), ["dot", "additive"], {}).uncompared_arms == []


def test_the_time_is_estimated_for_all_runs(capsys: pytest.CaptureFixture[str]) -> None:
    state = torch.get_rng_state()
    lines = shown(capsys, "attention", *run_words({**SMALL, "layers": 2, "dropout": 0.1}))
    assert re.match(r"about \d+ (s|min|h) of training with \d+ workers? here; estimated from", lines["time"])
    assert torch.equal(torch.get_rng_state(), state)


def test_the_estimate_grows_with_the_runs_and_falls_with_the_workers() -> None:
    assert total_seconds([1.0, 3.0], 6, 1) == 24.0
    assert total_seconds([1.0, 3.0], 6, 4) == 6.0
    assert total_seconds([1.0, 3.0], 6, 1000) == 3.0
    assert total_seconds([2.0], 1, 2) == 2.0


@pytest.fixture
def made_up_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by a millisecond each time that it is read."""
    milliseconds = itertools.count(step=0.001)
    monkeypatch.setattr(time_estimate, "time", SimpleNamespace(perf_counter=milliseconds.__next__))


STEP, EXAMPLE = 0.020 / 20, 0.001 / 20
"""The seconds of a training step, and of an example that is evaluated, by that clock: it is read before 20 steps,
between any two and after the last; and before and after the evaluation of 20 examples."""


@pytest.mark.usefixtures("made_up_clock")
@pytest.mark.parametrize("epochs", [20, 2000])
def test_the_time_of_a_run_counts_its_steps_and_the_examples_of_its_evaluations_and_its_test(epochs: int) -> None:
    (variant, *_) = Request(name="attention", profile="smoke", settings={**SMALL, "epochs": epochs}).plan().variants
    assert run_seconds(variant) == pytest.approx(4 * epochs * STEP + 20 * (epochs + 1) * EXAMPLE)


@pytest.mark.usefixtures("made_up_clock")
@pytest.mark.parametrize(("length", "sources"), [(41, 200), (10_000, 20)])
def test_tests_at_further_lengths_are_in_the_estimate_by_their_letters(length: int, sources: int) -> None:
    settings = {"test_lengths": [length], "hidden_size": 4}
    (variant, *_) = Request(name="generalise", profile="smoke", settings=settings).plan().variants
    training = variant.setup.training
    assert (training.epochs, training.steps_per_epoch) == (1, 5)
    assert (training.evaluation_size, training.test_size, variant.setup.task.max_length) == (20, 20, 40)
    assert run_seconds(variant) == pytest.approx(5 * STEP + (20 + 20 + sources * length / 40) * EXAMPLE)


def test_tests_at_further_lengths_are_in_the_words_of_the_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--profile", "smoke", "--arm", "general", "--set", "hidden_size=4"]
    assert shown(capsys, "generalise", *words)["time"].endswith("; tests at further lengths may take longer")


def test_a_model_that_cannot_be_trained_is_said_to_have_no_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    words = run_words({"hidden_size": 10_000, "dense_layers": 1, "conv_layers": 1, "conv_width": 1001})
    assert shown(capsys, "attention", *words)["time"].startswith(
        "unknown, because a training step fails: RuntimeError: "
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.1, "1 s"),
        (89.2, "89 s"),
        (91, "2 min"),
        (3600, "60 min"),
        (5399, "90 min"),
        (5401, "1.5 h"),
        (90000, "25.0 h"),
    ],
)
def test_a_duration_is_given_in_a_fitting_unit(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_settings_of_levels_and_arms_are_not_shown_as_those_of_all_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "lengths", "--profile", "full", "--seeds", "2", "--no-estimate"]) == 0
    text = capsys.readouterr().out
    assert "compared  25 comparisons; a verdict needs 10 seeds or more; these are too few\n" in text
    assert "          additive against general, at each of 5 combinations of levels\n" in text
    assert "levels    max_length=10: min_length=5, epochs=400, steps_per_epoch=25\n" in text
    assert "          max_length=40: min_length=20, epochs=60, steps_per_epoch=50\n" in text
    common = "\n".join(line for line in text.splitlines() if line.startswith(("model", "task", "training")))
    assert "hidden_size=64" in common
    assert not re.search(r"epochs=|min_length=|max_length=|packing=|score=", common)
    assert main(["show", "lengths", "--set", "epochs=3", "--no-estimate", "--json"]) == 0
    levels = json.loads(capsys.readouterr().out)["at_levels"]
    assert [one["settings"]["epochs"] for one in levels] == [3, 3, 3], "the user's setting replaces that of a level"


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_an_estimate_for_a_device_that_is_missing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["show", "attention", "--profile", "smoke", "--device", "cuda"]
    assert "device: 'cuda' is refused: torch finds no CUDA device" in refused(given, capsys)
    assert main([*given, "--no-estimate"]) == 0
