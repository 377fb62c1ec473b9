"""What a report says of the benchmarks is what their rows say."""

from __future__ import annotations

import pandas as pd
import pytest
from synthetic_rows import part
from synthetic_timing import encoder_rows, frame, row, speed_rows

from results.analysis.formatting import SMOKE_CAUTION
from results.analysis.timing.suites import main_plane
from results.report.timing.answer import comparisons_table, timing_answer
from results.report.timing.section import timing_tables

QUICK = [part("quick")]


def table(rows, title):
    """The one table whose title begins so, as a frame."""
    (found,) = [each for each in timing_tables(frame(rows)) if each.title.startswith(title)]
    return pd.DataFrame(found.rows, columns=found.header)


def answer(rows, parts=QUICK):
    return timing_answer(frame(rows), parts)


def lines(table, keys=1):
    """What is compared (and at which settings) -> the line."""
    assert table is not None
    return {(*line[:keys],): dict(zip(table.header, line, strict=True)) for line in table.rows}


def greedy(*ratios, candidate="general"):
    return [row("greedy", "", candidate, "none", ratio, 10) for ratio in ratios]


@pytest.mark.parametrize(
    ("ratios", "word"),
    [
        ([2.0] * 9 + [0.5], "Yes"),  # the question is whether attention is slower
        ([0.5] * 9 + [2.0], "No"),
        ([2.0] * 8 + [0.5] * 2, "Depends"),
        ([2.0] * 5 + [1.01] * 5, "Yes"),
        ([2.0] * 4 + [1.01] * 6, "Depends"),
        ([2.0] + [1.01] * 19, "Not shown"),
        ([1.01], "Not shown"),
        ([2.0], "Yes"),
    ],
)
def test_the_word_needs_nine_tenths_of_the_differences_and_half_of_the_cases(ratios, word):
    assert answer(greedy(*ratios)).word == word


def test_the_sentences_count_cases_and_give_the_median_and_the_extremes():
    found = answer(greedy(0.5, 0.8, 1.01, 1.2))
    assert found.question == "Does attention make greedy decoding slower?"
    assert found.headline == (
        "Depends. On cpu, 2 threads, general is faster than none in 2 of 4 cases, slower in 1, no difference shown in "
        "1. It takes ×0.800 the time of none in the median case, ×0.500 to ×1.20 over all cases."
    )
    assert found.basis == (
        "Measured on 2026-01-02 on a processor, 2 cores. A case is timed in 40 "
        "rounds; a round runs a candidate and its baseline, one after the other."
    )
    assert answer(greedy(1.01)).text == (
        "On cpu, 2 threads, no difference between general and none is shown in 1 of 1 case. "
        "It takes ×1.01 (0.99 to 1.04) the time of none."
    )


def test_the_files_of_own_pairs_are_named_beside_the_machine():
    files = [{"name": name, "pairs": 9} for name in ("a.tsv", "b.csv", "a.tsv")]
    found = answer(greedy(0.5), [part("quick", settings={"data": [{"files": files}]})])
    assert found.basis.startswith(
        "Measured on 2026-01-02 on a processor, 2 cores. The lengths and the vocabulary are those of a.tsv and b.csv. "
    )


def test_the_exceptions_are_named_by_the_settings_that_they_share():
    rows = [line for line in encoder_rows() if line["padding_ratio"] < 0.5]
    for line in rows:
        exception = line["cell"] == "lstm" and line["directions"] == 2 and line["padding_ratio"] == 0.0
        other = line["cell"] == "rnn" and line["directions"] == 1 and line["source_length"] == 10
        if line["candidate"] == "padded_exact" and (exception or (other and line["padding_ratio"] == 0.25)):
            line.update(ratio=1.5, ratio_low=1.4, ratio_high=1.6)
    found = answer(rows)
    assert found.word == "Depends"  # 4 of 36
    assert found.text.endswith(
        "packed is faster in all 3 cases with lstm, two directions and padding ratio 0, and in 1 other with rnn, one "
        "direction, sources of 10 tokens and padding ratio 0.25."
    )


def test_a_smoke_run_gives_no_verdict():
    found = answer(speed_rows(), [part("smoke")])
    assert (found.headline, found.cautions) == ("No verdict.", [SMOKE_CAUTION])
    assert {line[1] for line in found.table.rows} == {"-"}


def test_controls_that_miss_more_often_than_claimed_are_reported_before_the_answer():
    rows = speed_rows()
    controls = [line for line in rows if line["candidate"] == line["baseline"]]
    assert answer(rows).cautions == []
    for line in controls[:9]:
        line.update(ratio_low=1.01)
    assert answer(rows).cautions == []  # 9 of 94: chance explains it
    for line in controls[:12]:
        line.update(ratio_low=1.01)
    (caution,) = answer(rows).cautions
    assert "the 95% interval excludes 1 in 12 of 94, 12.8% (6.8% to 21.2%)" in caution


def test_the_answer_has_at_most_ten_rows_with_intervals_and_the_map():
    found = answer(speed_rows())
    assert len(found.table.rows) <= 10
    shown = lines(found.table)
    decoding = shown[("greedy decoding: additive against none",)]
    assert decoding["verdict"] == "slower in 3 of 3 cases"
    assert decoding["median case"] == "×2.50 (2.45 to 2.58)"
    assert decoding["smallest ratio"] == "×2.10 (2.06 to 2.16)"
    assert decoding["largest ratio"] == "×4.00 (3.92 to 4.12)"
    assert found.figure.name == "encoder_map"


def test_the_table_of_all_comparisons_has_every_candidate_with_the_cases_of_its_extremes():
    found = lines(comparisons_table(frame(speed_rows()), verdicts=True), 2)
    encoder = found["encoder: padded_exact against packed", "padding ratio 0.5"]
    assert encoder["verdict"] == "slower in 12 of 18 cases"
    assert encoder["smallest"] == "×0.757 (0.742 to 0.780), gru, one direction, sources of 200 tokens"
    greedy = found["greedy decoding: additive against none", "-"]
    assert greedy["smallest"] == "×2.10 (2.06 to 2.16), sources of 10 tokens"
    assert found["score: dot against general", "one step"]["verdict"] == "faster in 3 of 3 cases"


def test_a_candidate_whose_tests_failed_is_left_out_of_the_answer():
    rows = [line for line in speed_rows() if line["candidate"] not in ("padded_exact", "padded")]
    found = answer(rows)
    assert not [line for line in found.table.rows if "packed" in line[0]]
    assert found.headline.startswith("Yes. On cpu, 2 threads, additive is slower than general in 6 of 6 cases")
    assert found.figure is None
    nothing = answer([row("greedy", "", "none", "none", 1.0, 10)])
    assert (nothing.headline, nothing.table) == ("", None)


def test_the_control_and_the_rounds_are_counted():
    rows = speed_rows()
    alike = [line for line in rows if line["candidate"] == line["baseline"]]
    alike[0].update(ratio_low=1.01, stopped="limit", rounds=7)
    control, rounds = answer(rows).points
    assert (
        f"itself in {len(alike)} cases; the 95% interval of the ratio misses 1 in 1 of {len(alike)}, 1.1% (" in control
    )
    assert "Rounds: 7 to 40 a row." in rounds
    assert f"{len(rows) - 1} have an interval as narrow as the profile asks; 1 has a wider one" in rounds


def test_the_table_of_encoders_has_the_shortest_the_middle_and_the_longest_of_the_main_plane():
    lengths = (10, 20, 50, 100, 200)
    rows = encoder_rows(lengths) + encoder_rows((10, 50), batch=128)
    shown = table(rows, "Encoders")
    assert [name for name in shown if name.startswith("ratio")] == ["ratio, 10", "ratio, 50", "ratio, 200"]
    assert len(shown) == 3 * 2 * 4
    assert shown["ratio, 10"][0] == "×0.467 (0.457 to 0.481)"
    assert set(main_plane(frame(rows))["batch"]) == {32}


def test_a_test_that_failed_leaves_a_dash():
    rows = [line for line in encoder_rows() if line["candidate"] != "packed" or line["source_length"] != 50]
    assert set(table(rows, "Encoders")["packed, 50 (ms)"]) == {"-"}


def test_scores_are_shown_at_their_ends_with_memory_and_share():
    shown = table(speed_rows(), "Scores")
    assert set(zip(shown["target length"], shown["source length"], strict=True)) == {("1", "200"), ("50", "200")}
    additive = shown[shown["candidate"] == "additive"].iloc[0]
    assert additive["ratio"] == "×6.00 (5.88 to 6.18)"
    assert additive["memory (MiB)"] == "1.00"
    assert additive["fraction of peak"] == "1.7% of matmul"


def test_compilation_has_a_column_where_something_was_compiled():
    rows = [row("training", "", "none", "none", 1.0, 10), row("training", "", "additive_compiled", "none", 0.5, 10)]
    assert "compilation (s)" not in table(rows, "A training step")
    rows[1]["compile_seconds"] = 12.34
    assert list(table(rows, "A training step")["compilation (s)"]) == ["-", "12.3"]


def test_the_share_of_the_limit_spans_a_candidates_cases_and_rows_without_one_are_left_out():
    shown = table(speed_rows(), "Fractions of peak").set_index(["suite", "candidate"])
    assert shown.loc[("score", "dot"), "fraction of peak"] == "12.5%"
    assert shown.loc[("encoder", "padded_exact"), "fraction of peak"].endswith("to 52.8%")
    assert shown.loc[("encoder", "padded_exact"), "highest in"].endswith("padding 0.0 source 200")
    assert "metric" not in shown.index.get_level_values("suite")
    nothing = [{**line, "limit": None, "share": None} for line in speed_rows()]
    assert not [each for each in timing_tables(frame(nothing)) if each.title.startswith("Fractions of peak")]


def test_devices_are_shown_apart_and_have_a_sentence_each():
    rows = greedy(2.0, 2.1)
    other = [{**line, "threads": 1, "ratio": 0.5, "ratio_low": 0.4, "ratio_high": 0.6} for line in rows]
    found = answer(rows + other)
    assert found.word == "Depends"
    assert "On cpu, 2 threads, general is slower than none in 2 of 2 cases." in found.text
    assert "On cpu, 1 thread, general is faster than none in 2 of 2 cases." in found.text
    assert [line[0] for line in found.table.rows] == [
        "greedy decoding, cpu, 2 threads: general against none",
        "greedy decoding, cpu, 1 thread: general against none",
    ]
    notes = [each.note for each in timing_tables(frame(rows + other)) if each.title == "Greedy decoding"]
    assert [note.split(" On ")[1] for note in notes] == [
        f"cpu, {threads}, padding ratio 0.25, batch 32, hidden size 64." for threads in ("2 threads", "1 thread")
    ]
