"""The exact match on sources longer than those of the training: by run, in comparisons, and in a table."""

from __future__ import annotations

import math
from statistics import fmean
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_answers import EVEN, answer, declared
from synthetic_rows import study_rows

from results.analysis.study.arm_summary import summarise
from results.analysis.study.comparisons import compare_arms
from results.analysis.study.longer_sources import exact_on_longer
from results.analysis.study.run_metrics import LONGER
from results.report.study.answer.sentences import Sentences
from results.report.study.figures import answer_figure, study_figures
from results.report.study.longer_sources import MOST_LENGTHS, longer_source_sentences, longer_source_tables

TRAINED = 7
DECLARED: dict[str, Any] = {
    "name": "generalise", "baseline": "none", "arms": {"none": {}, "general": {}}, "factors": {}, "seeds": [0, 1],
    "model": {"boundaries": True},
    "primary": "exact_match_on_longer", "training": {"learning_rate": 0.001, "test_lengths": [5, 10, 30]},
    "at_levels": [{"levels": {}, "epochs": 14, "steps_per_epoch": 50, "stop_at": None, "shortest_source": 1,
                   "longest_source": TRAINED}],
}  # fmt: skip
EXACT = {("none", 0): (0.5, 0.0), ("none", 1): (0.1, 0.0), ("general", 0): (1.0, 0.995), ("general", 1): (1.0, 0.9)}
"""Arm and seed -> the exact match at 10 and at 30 letters"""
N = {10: 200, 30: 20}


def tables_with(rows: list[tuple[str, int, int, int, float]]) -> dict[str, pd.DataFrame]:
    """The runs of the two arms, and by_length rows: arm, seed, length, n, exact match."""
    runs = pd.DataFrame(study_rows(levels=(7,), seeds=2)["runs"]).drop(columns="max_length")
    runs = runs[runs["arm"].isin(DECLARED["arms"])]
    by_length = [
        {"run_id": f"{arm}-7-{seed}", "arm": arm, "seed": seed, "length": length, "n": n, "exact_match": exact}
        for arm, seed, length, n, exact in rows
    ]
    return {"runs": runs, "by_length": pd.DataFrame(by_length)}


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    rows = [(*run, length, N[length], exact[place]) for run, exact in EXACT.items() for place, length in enumerate(N)]
    return tables_with([*rows, *((*run, 5, 100, 1.0) for run in EXACT)])


@given(
    st.lists(
        st.tuples(st.integers(1, 20), st.integers(1, 300), st.floats(0, 1)), min_size=1, unique_by=lambda one: one[0]
    )
)
def test_the_metric_is_the_mean_over_longer_sources_whatever_the_number_of_their_sequences(
    rows: list[tuple[int, int, float]],
) -> None:
    found = exact_on_longer(tables_with([("none", 0, *row) for row in rows]), DECLARED)
    longer = [exact for length, _, exact in rows if length > TRAINED]
    assert found == ({"none-7-0": pytest.approx(fmean(longer))} if longer else {})


def test_a_study_without_lengths_of_its_own_has_no_such_metric(tables: dict[str, pd.DataFrame]) -> None:
    plain = {**DECLARED, "training": {"learning_rate": 0.001}, "primary": "exact_match"}
    assert exact_on_longer(tables, plain) == {}
    assert longer_source_tables(tables, plain) == longer_source_sentences(tables, plain) == []
    assert LONGER not in compare_arms(tables, plain)[0].effects


def test_comparisons_and_sentences_are_of_the_metric(tables: dict[str, pd.DataFrame]) -> None:
    (comparison,) = compare_arms(tables, DECLARED)
    means = {"none": fmean((0.3, 0.0)), "general": fmean((1.0, 0.9475))}
    effect = comparison.effects[LONGER].difference.interval.estimate
    assert effect == pytest.approx(means["general"] - means["none"])
    summaries = summarise(tables, DECLARED)
    assert {one.arm: one.mean(LONGER).estimate for one in summaries} == pytest.approx(means)
    sentence = Sentences(summaries, LONGER, {}).sentence(comparison)
    assert sentence.startswith(
        "With general, the runs end at an exact match on longer sources of 0.974; with none at 0.15"
    )


def test_runs_without_longer_sources_are_left_out(tables: dict[str, pd.DataFrame]) -> None:
    """First one of two seeds, then all runs of the study."""
    longer = tables["by_length"]["length"] > TRAINED
    for absent, n in ((tables["by_length"]["run_id"] == "general-7-1", 1), (True, 0)):
        fewer = {**tables, "by_length": tables["by_length"][~(longer & absent)]}
        (comparison,) = compare_arms(fewer, DECLARED)
        assert comparison.effects[LONGER].difference.interval.n == n
        assert Sentences(summarise(fewer, DECLARED), LONGER, {}).sentence(comparison)


def test_the_table_has_the_means_by_length_and_the_runs_that_solve_all(tables: dict[str, pd.DataFrame]) -> None:
    (table,) = longer_source_tables(tables, DECLARED)
    assert table.header == ["arm", "up to 7", "10", "30", "99%, up to 7", "99% at each beyond 7"]
    assert table.rows == [
        ["none", "1.000", "0.300", "0.000", "2 of 2", "0 of 2"],
        ["general", "1.000", "1.000", "0.948", "2 of 2", "1 of 2"],
    ]
    assert longer_source_sentences(tables, DECLARED) == [
        "Runs with an exact match of at least 99%: at every tested length beyond 7, up to 30, none 0 of 2, general 1 "
        "of 2; on average over the lengths of the training, up to 7, none and general 2 of 2."
    ]


def test_a_test_set_without_the_lengths_of_the_training_has_no_counts_of_them(tables: dict[str, pd.DataFrame]) -> None:
    """As that of grefenstette2015."""
    longer = {**tables, "by_length": tables["by_length"][tables["by_length"]["length"] > TRAINED]}
    (table,) = longer_source_tables(longer, DECLARED)
    assert table.header == ["arm", "10", "30", "99% at each beyond 7"]
    assert table.rows == [["none", "0.300", "0.000", "0 of 2"], ["general", "1.000", "0.948", "1 of 2"]]
    assert longer_source_sentences(longer, DECLARED) == [
        "Runs with an exact match of at least 99%: at every tested length beyond 7, up to 30, none 0 of 2, general 1 "
        "of 2."
    ]


def test_strings_shorter_than_those_of_the_training_are_in_no_mean(tables: dict[str, pd.DataFrame]) -> None:
    """As those of wang2023, which no model solves: the training is of 6 letters or more, those of 5 count no more."""
    found = {**DECLARED, "at_levels": [{**DECLARED["at_levels"][0], "shortest_source": 6}]}
    tables["by_length"].loc[tables["by_length"]["length"] == 5, "exact_match"] = 0.0
    trained = [{"run_id": f"{arm}-7-{seed}", "arm": arm, "seed": seed, "length": 7, "n": 1, "exact_match": 1.0}
               for arm, seed in EXACT]  # fmt: skip
    tables["by_length"] = pd.concat([tables["by_length"], pd.DataFrame(trained)], ignore_index=True)
    (table,) = longer_source_tables(tables, found)
    assert table.header[:2] == ["arm", "6 to 7"]
    assert [row[1] for row in table.rows] == ["1.000", "1.000"]
    assert "over all strings of 6 to 7 letters, as in training" in table.note
    said = "over the lengths of the training, 6 to 7, none and general 2 of 2."
    assert longer_source_sentences(tables, found)[0].endswith(said)


def test_a_diverged_run_is_one_that_does_not_solve_all_and_a_failed_one_is_none(
    tables: dict[str, pd.DataFrame],
) -> None:
    """Neither has rows in by_length.csv."""
    solved = tables["by_length"]["run_id"] == "general-7-0"
    tables["by_length"] = tables["by_length"][solved]
    for status, counted in (("diverged", "1 of 2"), ("failed", "1 of 1")):
        runs = tables["runs"]
        runs.loc[runs["run_id"] != "general-7-0", "status"] = status
        (table,) = longer_source_tables(tables, DECLARED)
        assert [row[-1] for row in table.rows] == (["0 of 2", counted] if status == "diverged" else [counted])
        assert table.rows[-1][1:4] == ["1.000", "1.000", "0.995"]
        assert table.rows[0][1:4] == (["-"] * 3 if status == "diverged" else table.rows[-1][1:4])


def test_the_note_says_where_runs_have_unequal_numbers_of_strings() -> None:
    within = [(arm, 0, 5, 9, 1.0) for arm in ("none", "general")]
    unequal = [("none", 0, 10_000, 2, 0.0), ("general", 0, 10_000, 20, 0.9), ("general", 0, 30, 9, 0.5)]
    (table,) = longer_source_tables(tables_with(within + unequal), DECLARED)
    assert "strings of a run: 2 or 20 at 10,000." in table.note
    (equal,) = longer_source_tables(tables_with(within + unequal[1:]), DECLARED)
    assert "a tenth" not in equal.note


def test_a_length_that_a_run_has_not_decoded_counts_as_zero() -> None:
    """Above 1,000 letters, if none of the length before was exact: in the mean, in the table and in its note."""
    declared = {**DECLARED, "training": {**DECLARED["training"], "test_lengths": [5, 30, 10_000]}}
    within = [(arm, 0, 5, 9, 1.0) for arm in ("none", "general")]
    some = tables_with([*within, ("none", 0, 30, 9, 0.0), ("general", 0, 30, 9, 1.0), ("general", 0, 10_000, 20, 0.9)])
    assert exact_on_longer(some, declared) == pytest.approx({"none-7-0": 0.0, "general-7-0": 0.95})
    (table,) = longer_source_tables(some, declared)
    assert table.header[1:-2] == ["up to 7", "30", "10,000"]
    assert [row[1:4] for row in table.rows] == [["1.000", "0.000", "0.000"], ["1.000", "1.000", "0.900"]]
    assert "strings of a run: 0 or 20 at 10,000." in table.note
    nobody = tables_with([*within, ("none", 0, 30, 9, 0.5), ("general", 0, 30, 9, 0.1)])
    assert exact_on_longer(nobody, declared) == pytest.approx({"none-7-0": 0.25, "general-7-0": 0.05})
    (table,) = longer_source_tables(nobody, declared)
    assert [row[3] for row in table.rows] == ["0.000", "0.000"]
    only = {**declared, "training": {**declared["training"], "test_lengths": [5, 10_000]}}
    assert exact_on_longer(tables_with(within), only) == {"none-7-0": 0.0, "general-7-0": 0.0}
    assert "strings of a run: 0 at 10,000." in table.note


def test_a_level_may_bring_test_lengths_of_its_own(tables: dict[str, pd.DataFrame]) -> None:
    (at,) = DECLARED["at_levels"]
    for brought, base in (([10, 30], [10_000]), ([10, 30], []), ([10, 30, 10_000], [10, 30])):
        levels = [{**at, "settings": {"test_lengths": brought}}]
        found = exact_on_longer(tables, {**DECLARED, "at_levels": levels, "training": {"test_lengths": base}})
        assert found["general-7-0"] == pytest.approx((1.0 + 0.995) / len(brought))


def test_the_figure_of_the_answer_has_zeros_where_a_run_is_not_tested() -> None:
    """The mean of the runs that have decoded 10,000 letters is not that of the arm."""
    declared = {**DECLARED, "training": {**DECLARED["training"], "test_lengths": [5, 10_000]}}
    within = [(arm, seed, 5, 9, 1.0) for arm in ("none", "general") for seed in (0, 1)]
    tables = tables_with([*within, ("general", 0, 10_000, 20, 0.8)])
    figure = answer_figure(tables, declared)
    assert figure is not None
    assert [row[:2] + row[2].split()[:1] for row in figure.rows if row[1] == "10000"] == [
        ["none", "10000", "0.000"],
        ["general", "10000", "0.400"],
    ]
    assert "is not tested and counts as 0" in figure.caption
    assert study_figures(tables, declared) == []
    tested = answer_figure(tables_with([(*run, 10_000, 20, 0.8) for run in EXACT]), declared)
    assert tested is not None
    assert "not tested" not in tested.caption


def test_the_figure_of_an_example_names_runs_that_are_mostly_wrong(tables: dict[str, pd.DataFrame]) -> None:
    runs = pd.DataFrame(study_rows(levels=(7,), seeds=2)["alignments"]).drop(columns="max_length")
    tables["alignments"] = runs[runs["arm"] == "general"]
    within = (tables["by_length"]["run_id"] == "general-7-0") & (tables["by_length"]["length"] == 5)
    tables["by_length"].loc[within, "exact_match"] = 0.25
    (figure,) = study_figures(tables, DECLARED)
    assert (
        "Exact on less than half of the test strings of the lengths of the training: general (0.250)." in figure.caption
    )
    assert "Weights on boundary tokens are not drawn" in figure.caption


def test_the_figure_of_an_example_says_nothing_of_strings_longer_than_the_example(
    tables: dict[str, pd.DataFrame],
) -> None:
    """decimal40 is tested on strings of up to 400 letters, and the example has 40, on which the model is exact."""
    runs = pd.DataFrame(study_rows(levels=(7,), seeds=2)["alignments"]).drop(columns="max_length")
    tables["alignments"] = runs[runs["arm"] == "general"]
    tables["runs"]["exact_match"] = 0.25
    (figure,) = study_figures(tables, DECLARED)
    assert "Exact on less" not in figure.caption
    tables["by_length"] = tables["by_length"][tables["by_length"]["length"] > TRAINED]
    (figure,) = study_figures(tables, DECLARED)
    assert "Exact on less" not in figure.caption


def test_a_folder_of_an_earlier_version_counts_the_letters_of_the_targets(tables: dict[str, pd.DataFrame]) -> None:
    earlier = {**DECLARED["at_levels"][0], "longest_target": TRAINED}
    del earlier["shortest_source"], earlier["longest_source"]
    before = {**DECLARED, "at_levels": [earlier]}
    assert exact_on_longer(tables, before) == exact_on_longer(tables, DECLARED)
    titles = [longer_source_tables(tables, settings)[0].title for settings in (before, DECLARED)]
    assert titles == ["Exact match by the target's length", "Exact match by the source's length"]


def test_a_study_with_many_longer_lengths_has_no_table() -> None:
    rows = [("none", 0, TRAINED + place, 10, 0.5) for place in range(MOST_LENGTHS + 1)]
    assert len(longer_source_tables(tables_with(rows), DECLARED)) == 1
    assert longer_source_tables(tables_with([*rows, ("none", 0, 99, 10, 0.5)]), DECLARED) == []


def test_an_exact_match_on_longer_sources_of_a_model_that_has_not_learnt_the_task_has_a_caution() -> None:
    """Its exact match says nothing about longer sources."""

    def cautions(late: list[float]) -> list[str]:
        by_length = pd.DataFrame(
            [
                {"run_id": f"{arm}-{seed}-{{}}", "arm": arm, "seed": seed, "length": 30, "n": 9, "exact_match": exact}
                for arm, exact in (("a", 0.9), ("b", 0.0))
                for seed in range(10)
            ]
        )
        return answer(
            {"a": EVEN, "b": late}, by_length=by_length, primary="exact_match_on_longer",
            decision=declared("b against a", yes="higher"),
            at_levels=[{"levels": {}, "epochs": 8, "steps_per_epoch": 100, "stop_at": None, "shortest_source": 1,
                        "longest_source": 10}],
        ).cautions  # fmt: skip

    assert cautions([math.inf] * 10) == [
        "No run of b reaches a Levenshtein accuracy of 99% on the lengths of the training, so its exact match on "
        "longer sources is that of a model that has not learnt the task."
    ]
    assert cautions([math.inf] * 9 + [300.0]) == []


def test_the_caution_names_the_levels_and_no_arm_without_a_run() -> None:
    never = [math.inf] * 10
    by_length = pd.DataFrame(
        [
            {"run_id": f"{arm}-{seed}-{{'max_length': {level}}}", "arm": arm, "max_length": level, "seed": seed,
             "length": 99, "n": 9, "exact_match": exact}
            for arm, exact in (("a", 0.9), ("b", 0.0))
            for level in (10, 20)
            for seed in range(10)
        ]
    )  # fmt: skip
    at_levels = [
        {"levels": {"max_length": level}, "epochs": 8, "steps_per_epoch": 100, "stop_at": None, "shortest_source": 1,
         "longest_source": level}
        for level in (10, 20)
    ]  # fmt: skip
    found = answer(
        {}, levels={10: {"a": EVEN, "b": EVEN}, 20: {"a": EVEN, "b": never}}, by_length=by_length,
        primary="exact_match_on_longer", decision=declared("b against a", yes="higher"), at_levels=at_levels,
    )  # fmt: skip
    assert [caution.partition(" reaches")[0] for caution in found.cautions] == ["No run of b at max_length = 20"]
    partly = answer(
        {"a": EVEN, "b": []}, by_length=by_length.assign(run_id=by_length["run_id"].str.partition("{")[0] + "{}").drop(
            columns="max_length"
        ).query("arm == 'a'").drop_duplicates(["run_id"]),
        primary="exact_match_on_longer", decision=declared("b against a", yes="higher"),
        at_levels=[{**at_levels[0], "levels": {}}],
    )  # fmt: skip
    assert not any("has not learnt" in caution for caution in partly.cautions)
