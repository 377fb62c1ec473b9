"""The rule on studies of known truth: a short form of `python -m results validity`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from results.report.validity import validity_answer, validity_section
from results.statistics import ALPHA
from results.validity.scenarios import SCENARIOS
from results.validity.simulate import cells, measure_cell

PLACES = {scenario.name: place for place, scenario in enumerate(SCENARIOS)}


@pytest.mark.parametrize(
    ("scenario", "none", "draws"),
    [
        ("normal", 0.0, 250),
        ("ceiling", 0.0, 100),
        ("bimodal", 0.0, 100),
        ("a third censored", 1.0, 100),
        ("nearly all at 1", 0.0, 60),
        ("steps, half never reached", 1.0, 60),
    ],
)
def test_false_alarms_are_no_more_frequent_than_claimed(scenario: str, none: float, draws: int) -> None:
    # Without the correction about one study in eight has a false alarm; by the intervals alone, one in four.
    row = measure_cell((PLACES[scenario], none, 10), draws)
    assert row["false_alarms"] <= stats.binom.ppf(0.999, draws, ALPHA)
    assert row["found"] is None


@pytest.mark.parametrize(
    ("scenario", "effect"), [("normal", 2.0), ("bimodal", 2.0), ("a third censored", 0.5), ("never reached", 0.15)]
)
def test_large_effects_are_found_with_their_direction(scenario: str, effect: float) -> None:
    row = measure_cell((PLACES[scenario], effect, 20), 40)
    assert row["found"] >= 36


def test_a_level_at_which_nothing_is_testable_costs_no_power() -> None:
    # In a family of six, seven seeds would be too few: 2 / 2^7 > 0.05 / 6.
    assert measure_cell((PLACES["steps, half never reached"], 0.5, 7), 20)["found"] >= 12


def test_every_cell_has_its_own_random_stream_and_is_repeatable() -> None:
    assert len({(*cell,) for cell in cells()}) == len(cells())
    one, again, other = (measure_cell((0, effect, 7), 20) for effect in (0.5, 0.5, 1.0))
    assert one == again
    assert one != {**other, "effect": 0.5}


def test_the_answer_counts_false_alarms_and_the_section_shows_what_is_found() -> None:
    kinds = [("normal", 0.0, 7, 4, None), ("bimodal", 0.0, 7, 8, None), ("bimodal", 2.0, 10, 6, 50)]
    columns = ["scenario", "effect", "seeds", "false_alarms", "found"]
    rows = pd.DataFrame(kinds, columns=columns).assign(draws=100)
    answer = validity_answer(rows)
    assert answer.headline.startswith(
        "Not shown. Equal arms are called different in 6.0% (3.6% to 9.3%) of 300 studies whose truth is known, "
    )
    assert (
        "and in 7.0% (3.9% to 11.5%) of the worst scenario (bimodal); the rate is shown to be above" in answer.headline
    )
    assert answer.headline.endswith("the nominal 5% in none of 3 kinds.")
    assert answer.basis.endswith("there are 100 studies of each. The highest rate of a kind is 8.0% (3.5% to 15.2%).")
    assert answer.figure is not None
    assert answer.figure.header == ["scenario", "n = 7"]
    assert answer.figure.rows == [["normal", "4.0% (1.1% to 9.9%)"], ["bimodal", "8.0% (3.5% to 15.2%)"]]
    more = pd.DataFrame([*kinds, ("normal", 1.0, 20, 4, 90)], columns=columns)
    section = validity_section(more.assign(draws=100, primary="levenshtein_accuracy", intervals_missed=0))
    (power,) = section.figures
    assert [power.header, *power.rows] == [
        ["scenario", "effect", "n = 10", "n = 20"],
        ["bimodal", "2", "50.0% (39.8% to 60.2%)", "-"],
        ["normal", "1", "-", "90.0% (82.4% to 95.1%)"],
    ]
    often = validity_answer(rows.assign(false_alarms=[4, 30, 6])).headline
    assert "above the nominal 5% in 1 of 3 kinds (bimodal, effect 0, n = 7)." in often
    assert often.startswith("No. ")
    assert validity_answer(rows.assign(false_alarms=[1, 2, 1])).word == "Yes"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_the_workers_too(number: signal.Signals, tmp_path: Path) -> None:
    """At once, and not after the tasks that are enqueued."""
    words = ["-m", "results", "validity", "--draws", "1000000", "--out", str(tmp_path / "out")]
    with subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as command:
        while not (tmp_path / "out").exists():
            time.sleep(0.1)
        time.sleep(1)  # workers are there
        os.killpg(command.pid, number)
        assert command.communicate() == (
            "",
            "retrograde: interrupted\n",
        )  # once no process, workers included, holds them
    assert command.returncode == 130
    assert list((tmp_path / "out").iterdir()) == []
