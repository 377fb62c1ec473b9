"""What a report says of the benchmarks is what their rows say."""

from __future__ import annotations

import pandas as pd
from synthetic_timing import encoder_rows, frame, row, speed_rows

from results.analysis.timing_suites import main_plane
from results.report.timing.answer import extremes_tables, timing_answer
from results.report.timing.section import timing_tables


def table(rows, title):
    """The one table whose title begins so, as a frame."""
    (found,) = [each for each in timing_tables(frame(rows)) if each.title.startswith(title)]
    return pd.DataFrame(found.rows, columns=found.header)


def lines(table):
    """(suite, what is compared, at) -> the line."""
    assert table is not None
    return {(*line[:3],): dict(zip(table.header, line, strict=True)) for line in table.rows}


def test_the_verdict_is_of_the_first_candidate_with_all_of_its_cases():
    rows = [row("greedy", "", "general", "none", ratio, 10) for ratio in (0.5, 0.8, 1.01, 1.2)]
    assert timing_answer(frame(rows)).headline == (
        "general is faster than none in 2 of 4 cases, and takes 0.905 times as long in the median case, 0.500 to "
        "1.20 times over all cases (greedy decoding; cpu, 2 threads, padding 0.25, batch 32, hidden size 64)."
    )
    rows[0].update(ratio_high=1.1)
    assert timing_answer(frame(rows)).headline.startswith("general is faster than none in 1 of 4 cases, ")
    rows[2].update(ratio_low=1.001)
    assert timing_answer(frame(rows)).headline.startswith("general is slower than none in 2 of 4 cases, ")
    assert timing_answer(frame(speed_rows())).headline.startswith(
        "padded_exact is faster than packed in 42 of 72 cases"
    )


def test_the_table_counts_cases_on_either_side_of_one():
    found = lines(timing_answer(frame(speed_rows())).table)
    encoder = found["Encoders, forward and backward", "padded_exact against packed", "padding 0.5"]
    assert (encoder["faster"], encoder["slower"], encoder["of"]) == ("6", "12", "18")
    score = found["Scores, forward and backward", "additive against general", "one step"]
    assert (score["median"], score["smallest"], score["largest"]) == ("6.00", "6.00", "6.00")
    assert found["Greedy decoding", "additive against none", "-"]["largest"] == "4.00"
    metric = found["The edit distance in an evaluation", "levenshtein against evaluation", "-"]
    assert (metric["faster"], metric["of"]) == ("1", "1")


def test_the_extremes_of_each_line_have_their_interval_and_their_case():
    (table,) = extremes_tables(frame(speed_rows()))
    found = lines(table)
    assert found.keys() == lines(timing_answer(frame(speed_rows())).table).keys()
    encoder = found["Encoders, forward and backward", "padded_exact against packed", "padding 0.5"]
    assert encoder["on"] == "cpu, 2 threads, batch 32, hidden size 64"
    training = found["A training step of the full model", "additive against none", "-"]
    assert training["smallest"].startswith("×1.90 (1.86 to 1.96), sources of ")
    greedy = found["Greedy decoding", "additive against none", "-"]
    assert greedy["smallest"] == "×2.10 (2.06 to 2.16), sources of 10"
    assert greedy["largest"].startswith("×4.00 (")


def test_a_candidate_whose_tests_failed_is_not_spoken_of():
    rows = [line for line in speed_rows() if line["candidate"] != "padded_exact"]
    answer = timing_answer(frame(rows))
    assert not [compared for _, compared, _ in lines(answer.table) if "packed" in compared]
    assert answer.headline.startswith("additive is slower than general in 6 of 6 cases")
    nothing = timing_answer(frame([row("greedy", "", "none", "none", 1.0, 10)]))
    assert (nothing.headline, nothing.table) == ("", None)
    assert extremes_tables(frame([row("greedy", "", "none", "none", 1.0, 10)])) == []


def test_the_control_and_the_rounds_are_counted():
    rows = speed_rows()
    alike = [line for line in rows if line["candidate"] == line["baseline"]]
    alike[0].update(ratio_low=1.01, stopped="limit", rounds=7)
    control, rounds = timing_answer(frame(rows)).points
    assert f"itself in {len(alike)} cases; the 95% interval of the ratio holds 1 in {len(alike) - 1}" in control
    assert "Rounds: 7 to 40 a row." in rounds
    assert f"{len(rows) - 1} have an interval as narrow as the profile asks; 1 reached the limit" in rounds


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


def test_settings_that_differ_are_shown_apart():
    rows = [line for line in speed_rows() if line["suite"] == "greedy"]
    other = [{**line, "threads": 1} for line in rows]
    compared = {at for _, _, at in lines(timing_answer(frame(rows + other)).table)}
    assert compared == {"cpu, 2 threads", "cpu, 1 thread"}
    notes = [each.note for each in timing_tables(frame(rows + other)) if each.title == "Greedy decoding"]
    assert [note.split(" On ")[1] for note in notes] == [
        f"cpu, {threads}, padding 0.25, batch 32, hidden size 64." for threads in ("2 threads", "1 thread")
    ]
