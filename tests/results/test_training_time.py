"""The time to 99%: steps of a study's runs times the time of a step, and where one arm starts to need less."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from synthetic_rows import write_study
from synthetic_timing import STUDY_ARMS, study_rows, write_study_times

from results.__main__ import main
from results.analysis import formatting
from results.analysis.timing.call_times import CallTime, call_times
from results.analysis.timing.crossovers import crossovers, seconds_word, steps_word
from results.analysis.timing.training_time import (
    ArmTime,
    Machine,
    TrainingTimes,
    _other_settings,
    _over_packed,
    time_difference,
)
from results.report.build import build_with_answers
from results.report.ending import build_ending
from results.report.folder import read_folder
from results.report.training_time.answer import _crossover_points, _sentences, duration
from results.report.training_time.section import training_time_section
from results.statistics import Interval, mean_interval, time_to_threshold
from results.tables.csv_io import read_table
from results.tables.table_file import remove_table
from results.tables.timing_schema import case_name, packed_candidate

LEVELS = (7, 14)
ONE, TWO = Machine("cpu", 1), Machine("cpu", 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study at two lengths whose arms were timed on one thread and on two."""
    folder = tmp_path_factory.mktemp("timed") / "study"
    write_study(folder, levels=LEVELS)
    write_study_times(folder, study_rows(lengths=LEVELS))
    return folder


@pytest.fixture(scope="module")
def times(folder: Path) -> TrainingTimes:
    study = read_folder(folder).study
    assert study is not None
    assert study.times is not None
    return study.times


def test_the_time_to_99_is_the_mean_steps_times_the_baselines_step_times_the_ratio(
    folder: Path, times: TrainingTimes
) -> None:
    runs = read_table(folder, "runs")
    rounds = read_table(folder, "rounds")
    for one in times.times:
        level, arm = one.summary.levels["max_length"], one.summary.arm
        steps = runs[(runs["arm"] == arm) & (runs["max_length"] == level)]["steps_to_99"].astype(float).fillna(700)
        case = f"cpu, {'1 thread' if one.machine == ONE else '2 threads'}, max_length = {level}"
        of_case = rounds[(rounds["suite"] == "study_training") & (rounds["case"] == case)]
        beside_baseline = of_case[of_case["candidate"].isin(STUDY_ARMS)]
        median = float(np.median(beside_baseline["baseline_seconds"])) * STUDY_ARMS[arm]
        assert one.seconds_to_99.estimate == pytest.approx(steps.mean() * median)
        seeds = mean_interval(steps.tolist())
        relative = (one.seconds_to_99.high - one.seconds_to_99.low) / one.seconds_to_99.estimate
        assert relative >= (seeds.high - seeds.low) / seeds.estimate * 0.99
        assert one.bounded == ((steps < 700).sum() < 10)
    assert len(times.times) == len(STUDY_ARMS) * len(LEVELS) * 2
    assert times.machines == [ONE, TWO]


def test_a_machine_that_is_slower_in_the_rounds_of_one_arm_does_not_make_its_time_longer(
    folder: Path, times: TrainingTimes
) -> None:
    throughput, rounds = (read_table(folder, name) for name in ("throughput", "rounds"))
    slow = rounds["candidate"] == "dot"
    rounds.loc[slow, ["candidate_seconds", "baseline_seconds"]] *= 1.5
    throughput.loc[throughput["candidate"] == "dot", "median_seconds"] *= 1.5
    throughput.loc[throughput["candidate"] == "dot", "tokens_per_second"] /= 1.5
    found = call_times(throughput, rounds)
    for one in times.times:
        call = found["study_training", case_name("cpu", one.machine.threads, one.levels), one.summary.arm]
        assert call.seconds.estimate == pytest.approx(one.step.seconds.estimate, rel=0.02)
        assert call.tokens_per_second == pytest.approx(one.step.tokens_per_second, rel=0.02)
        if one.summary.arm == "none":  # the interval has both speeds
            assert call.seconds.high == pytest.approx(1.5 * one.step.seconds.estimate, rel=0.1)


def test_packed_is_set_beside_the_packing_that_computes_its_values(times: TrainingTimes) -> None:
    for one in times.times:
        assert one.packing == "padded_exact"
        assert one.over_packed is not None
        assert one.over_packed.estimate == pytest.approx(0.5)


def test_another_packing_is_set_beside_packed_of_the_arm_with_the_same_other_settings(times: TrainingTimes) -> None:
    """The step of padded_dot takes 3 times that of none, dot 2 times, and dot with packed 4 times that of dot. The
    baseline, timed against itself, has noise."""

    def call(ratio: float) -> CallTime:
        return replace(times.times[0].step, ratio=Interval(ratio, ratio, ratio, 10))

    of_case = {"none": call(1.1), "dot": call(2.0), "padded_dot": call(3.0), "padded_none": call(2.5)}
    of_case |= {packed_candidate("dot"): call(4.0), packed_candidate("none"): call(5.0)}
    settings = {"model": {"cell": "gru", "packing": "packed"}, "arms": {
        "none": {"score": None, "packing": "padded_exact"}, "padded_none": {"packing": "padded", "score": None},
        "dot": {"score": "dot", "packing": "padded_exact"}, "padded_dot": {"score": "dot", "packing": "padded"},
        "general": {"score": "general"},
    }}  # fmt: skip
    others = _other_settings(settings)
    found = {arm: _over_packed(arm, of_case, others, "none") for arm in settings["arms"]}
    expected = {"none": 0.2, "padded_none": 0.5, "dot": 0.25, "padded_dot": 0.375, "general": None}
    assert {arm: one and pytest.approx(one.estimate) for arm, one in found.items()} == expected


def test_ratios_of_time_are_ratios_of_steps_times_ratios_of_times_of_a_step(times: TrainingTimes) -> None:
    for machine, ratios in times.ratios.items():
        assert {one.comparison.declared.label for one in ratios} == {
            f"{arm} against none" for arm in STUDY_ARMS if arm != "none"
        }
        by_arm = {(one.summary.arm, one.summary.levels["max_length"]): one for one in times.on(machine)}
        for one in ratios:
            (first, second), level = one.comparison.declared.pairs[0], one.levels["max_length"]
            assert one.step.estimate == pytest.approx(STUDY_ARMS[first] / STUDY_ARMS[second])
            assert one.step.low == pytest.approx(one.step.estimate * 0.98)
            both = [by_arm[arm, level].seconds_to_99.estimate for arm in (first, second)]
            seconds, steps = one.judged.difference, one.comparison.effects["steps to 99%"].difference
            assert seconds.interval.estimate == pytest.approx(both[0] / both[1])
            assert seconds.interval.estimate == pytest.approx(steps.interval.estimate * one.step.estimate)
            assert seconds.interval.high / seconds.interval.low >= steps.interval.high / steps.interval.low
            assert one.judged.family == len(ratios)


def test_equal_steps_and_a_longer_step_are_more_time_in_every_pair_of_seeds(times: TrainingTimes) -> None:
    """The test of times is of steps times the time of a step: with equal steps, each seed says the same."""
    runs: Any = SimpleNamespace(values=lambda metric, arm: dict.fromkeys(range(10), 100.0))
    slow, fast = (next(one for one in times.on(ONE) if one.summary.arm == arm) for arm in ("general", "none"))
    found = time_difference([(slow, fast)], runs, "none")
    assert (found.non_zero, found.p) == (10, pytest.approx(2 / 2**10))
    assert found.interval.excludes(1.0)
    same = time_difference([(fast, fast)], runs, "none")
    assert (same.non_zero, same.interval.estimate, same.interval.excludes(1.0)) == (0, 1.0, False)


def step_time(one: ArmTime, ratio: float) -> ArmTime:
    return replace(one, step=replace(one.step, ratio=Interval(ratio, ratio, ratio, 10)))


def test_a_run_that_does_not_reach_99_is_not_one_that_reached_it_at_its_budget(times: TrainingTimes) -> None:
    """Of the arm with the faster step, 4 runs of 10 never reach it; all of the other arm do, after the same time."""
    one, other = (next(one for one in times.on(ONE) if one.summary.arm == arm) for arm in ("general", "none"))
    budget = one.summary.budget
    steps = {"general": [0.9 * budget] * 6 + [math.inf] * 4, "none": [0.65 * budget] * 10}
    runs: Any = SimpleNamespace(values=lambda metric, arm: dict(enumerate(steps[arm])))
    found = time_difference([(step_time(one, 0.7), other)], runs, "none")
    assert found.p > 0.3
    assert found.reached == (6, 10)
    assert found.interval.estimate == pytest.approx((0.6 * 0.63 + 0.4 * 0.7) / 0.65)


def test_equal_times_with_unequal_steps_are_called_different_as_rarely_as_a_test_should(times: TrainingTimes) -> None:
    """Half of the runs of the slower step end their budget first. 400 studies, 5% of them expected."""
    one, other = (next(one for one in times.on(ONE) if one.summary.arm == arm) for arm in ("general", "none"))
    budget, random = one.summary.budget, np.random.default_rng(0)
    false = 0
    for _ in range(400):
        seconds = random.exponential(1.4 * budget, size=(2, 10))
        steps = {"general": seconds[0] / 2, "none": seconds[1]}
        kept = {arm: [number if number <= budget else math.inf for number in of] for arm, of in steps.items()}
        runs: Any = SimpleNamespace(values=lambda metric, arm, kept=kept: dict(enumerate(kept[arm])))
        false += time_difference([(step_time(one, 2.0), other)], runs, "none").p < 0.05
    assert false < 0.08 * 400


def test_the_page_of_the_study_answers_in_seconds(folder: Path, times: TrainingTimes) -> None:
    answers = build_with_answers(folder)[1]
    assert [*answers] == ["runs", "training_time", "throughput"]
    page, speed = ((folder / f"{name}.md").read_text() for name in ("report", "speed"))
    answer = answers["training_time"]
    assert answer.question in page
    assert answer.question not in speed
    for one in times.on(ONE):
        assert f"{one.seconds_to_99.estimate:.2g}" in page
    assert {one.label for one in crossovers(times)} == {one.comparison.declared.label for one in times.ratios[ONE]}
    assert "Times on cuda are not measured" in page
    assert "No run was trained on cuda" not in page
    for part in ("study", "benchmarks"):  # the commands that the answer follows from
        assert f"<summary>{part}: <code>" in page
    assert main(["index", str(folder.parent)]) == 0
    assert answer.question in (folder.parent / "README.md").read_text()
    document = build_ending(folder).document()
    assert json.loads(json.dumps(document))["answers"][1]["from"] == "training_time"


def with_steps(one: ArmTime, steps: list[float]) -> ArmTime:
    reached = time_to_threshold(steps, one.summary.budget)
    return replace(one, summary=replace(one.summary, steps=steps, time_to_99=reached))


def test_a_study_at_one_length_has_the_verdicts_on_steps_and_time(times: TrainingTimes) -> None:
    """Without an axis there is no crossover, and so no point on the times."""
    settings = {**times.settings, "factors": {"max_length": [LEVELS[0]]}}
    at_one = {
        machine: [ratio for ratio in ratios if ratio.levels == {"max_length": LEVELS[0]}]
        for machine, ratios in times.ratios.items()
    }
    points = _crossover_points(replace(times, settings=settings, ratios=at_one))
    assert len(points) == len({ratio.comparison.declared.label for ratio in at_one[ONE]}) > 1
    for point, ratio, other in zip(points, at_one[ONE], at_one[TWO], strict=True):
        words = [seconds_word(one) for one in (ratio, other)]
        where = (
            [f"{words[0]} (on {ONE} and {TWO})"]
            if words[0] == words[1]
            else [f"{word} (on {machine})" for word, machine in zip(words, (ONE, TWO), strict=True)]
        )
        label = formatting.capital(ratio.comparison.declared.label)
        steps = steps_word(ratio).replace("less", "fewer")
        assert point == f"{label}: in steps, {steps}; in time, {'; '.join(where)}."
    assert any("in steps, fewer; in time, less" in point for point in points)
    assert _crossover_points(replace(times, settings={**settings, "factors": {"a": [1, 2], "b": [1, 2]}})) == []


def test_the_shortest_time_is_that_of_an_arm_whose_runs_all_reach_99(times: TrainingTimes) -> None:
    """A run that does not reach 99% makes the mean time of its arm a lower bound."""
    none, general, dot = (
        next(one for one in times.on(ONE) if one.summary.arm == arm) for arm in ("none", "general", "dot")
    )
    all_reach = [with_steps(one, [600.0] * 10) for one in (none, general)]
    low_bound, high_bound = (with_steps(dot, [steps] * 9 + [math.inf]) for steps in (1.0, 699.0))
    (text,) = _sentences(times, {"": [*all_reach, low_bound]})
    of = "of the arms that reach 99% in every run (not dot) "
    assert text.startswith(f"The shortest mean time {of}is {duration(all_reach[0].seconds_to_99)}, of none")
    (text,) = _sentences(times, {"": [*all_reach, high_bound]})
    assert text.startswith(f"The shortest mean time is {duration(all_reach[0].seconds_to_99)}, of none")
    (text,) = _sentences(times, {"": [with_steps(none, [600.0] * 9 + [math.inf]), all_reach[1]]})
    assert re.search(r", of general; the arm none needs at least \S+ s\.$", text)
    assert [*_sentences(times, {"": [low_bound]})] == ["No arm reaches 99% in all of its runs."]


def test_every_ratio_has_a_row_with_its_interval(times: TrainingTimes) -> None:
    table = next(
        one for one in training_time_section(times, verdicts=True).tables if one.title == "Ratios of every comparison"
    )
    rows = {(row[0], row[1]): row[2:] for row in table.rows}
    assert len(rows) == len(table.rows) == len(times.ratios[ONE])
    for place, ratios in enumerate(times.ratios.values()):
        for one in ratios:
            step, seconds, p = rows[one.comparison.declared.label, str(one.levels["max_length"])][1 + 3 * place :][:3]
            assert step == formatting.ratio(one.step)
            if seconds_word(one) == "not testable":
                assert (seconds, p) == ("-", "-")
                continue
            assert seconds.removeprefix("≤ ").removeprefix("≥ ") == formatting.ratio(one.judged.difference.interval)
            assert p == formatting.probability(one.judged.adjusted_p)
            reached = one.comparison.effects["steps to 99%"].difference.reached
            assert reached is not None
            assert seconds[0] == ("×" if (reached[0] < 10) == (reached[1] < 10) else "≥" if reached[0] < 10 else "≤")


def test_without_times_or_rounds_a_study_has_no_such_answer(tmp_path: Path) -> None:
    write_study(tmp_path, levels=LEVELS)
    assert [*read_folder(tmp_path).answers] == ["runs"]
    write_study_times(tmp_path, study_rows(lengths=LEVELS))
    remove_table(tmp_path, "rounds")
    assert [*read_folder(tmp_path).answers] == ["runs", "throughput"]


def test_times_of_another_study_are_not_multiplied_with_these_steps(tmp_path: Path) -> None:
    """The arms and the lengths have the same names."""
    write_study(tmp_path, levels=LEVELS)
    write_study_times(tmp_path, study_rows(lengths=LEVELS), study="scores")
    study = read_folder(tmp_path).study
    assert study is not None
    assert study.times is None
