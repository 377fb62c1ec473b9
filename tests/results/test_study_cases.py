"""The rows that time a study: their names, and what a report says of them."""

from __future__ import annotations

import io

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from synthetic_rows import part, write_study
from synthetic_timing import frame, row, speed_rows, study_rows, write_study_times

from results.report.folder import TRAINING_TIME, read_folder
from results.report.timing.answer import comparisons_table, timing_answer
from results.report.timing.section import timing_tables
from results.tables.column import Column
from results.tables.timing_schema import case_name, levels_of_case, packed_candidate

QUICK = [part("quick")]
numbers = st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6)
levels = numbers | st.booleans() | st.none() | st.sampled_from(["gru", "lstm", "padded_exact"])


@given(st.integers(1, 512), st.lists(levels, min_size=1, max_size=4))
def test_a_level_has_the_same_name_in_a_configuration_and_in_a_table(threads, chosen):
    column = Column("dropout", "level")
    table = "dropout\n" + "".join(f"{column.format(level)}\n" for level in chosen)
    read = pd.read_csv(io.StringIO(table), keep_default_na=False)["dropout"]  # 1 beside 0.5 becomes 1.0
    for before, after in zip(chosen, read, strict=True):
        assert case_name("cpu", threads, {"dropout": before}) == case_name("cpu", threads, {"dropout": after})


@given(*[st.tuples(st.sampled_from(["cpu", "cuda"]), st.integers(1, 99), numbers, numbers)] * 2)
def test_different_cases_have_different_names(one, other):
    names = [case_name(device, threads, {"a": a, "b": b}) for device, threads, a, b in (one, other)]
    assert (names[0] == names[1]) == (one == other)


def test_the_name_of_a_case_says_device_threads_and_levels():
    assert case_name("cpu", 1, {}) == "cpu, 1 thread"
    name = case_name("cuda", 16, {"max_length": 160, "dropout": 0.5, "bidirectional": True, "score": None})
    assert name == "cuda, 16 threads, max_length = 160, dropout = 0.5, bidirectional = true, score = none"
    assert levels_of_case(name) == "max_length = 160, dropout = 0.5, bidirectional = true, score = none"
    assert levels_of_case("cpu, 1 thread") == ""
    assert packed_candidate("dot") == "dot, packed"


def test_the_time_with_packed_sequences_is_a_point_of_the_answer_on_the_time_to_99(tmp_path):
    """Packed takes twice the time of the arm itself."""
    write_study(tmp_path, levels=(7, 14))
    write_study_times(tmp_path, study_rows(lengths=(7, 14)))
    points = read_folder(tmp_path).answers[TRAINING_TIME].points
    assert (
        "The time of a training step with padded_exact (the values of packed) over that with packed, on cpu, 1 thread, "
        "for all arms, by max_length: ×0.50 at 7 and ×0.50 at 14; faster in 8 of 8 cases, slower in 0." in points
    )


def test_the_answer_to_rows_of_a_study_is_about_its_arms_on_the_first_device():
    rows = [
        {**row, "ratio": 3.0} if row["candidate"] == "dot" and row["case"].endswith("= 10") else row
        for row in study_rows()
    ]
    found = timing_answer(frame(rows), QUICK)
    assert found.question == "How much time does a training step of each arm take?"
    assert found.headline == (
        "On cpu, 1 thread, the training step takes ×1.25 (additive), ×1.50 to ×3.00 (dot), ×2.00 (none, packed) and "
        "×2.00 (general) the time of the arm none, smallest to largest of 2 cases."
    )
    assert found.table is not None
    compared = [line[0] for line in found.table.rows]
    assert compared[0] == "training step, cpu, 1 thread: none, packed against none"
    assert "training step, cpu, 1 thread: dot, packed against dot" in compared
    assert len(compared) == 7
    assert found.figure is None
    assert "A case is one combination of levels, timed in 40 rounds" in found.basis
    assert "Yes or no" not in found.table.note
    smoke = timing_answer(frame(study_rows()), [part("smoke")])
    assert (smoke.headline, {line[1] for line in smoke.table.rows}) == ("No verdict.", {"-"})


def test_each_suite_of_a_study_has_a_table_for_each_number_of_threads_in_the_order_of_the_levels():
    tables = [one for one in timing_tables(frame(study_rows((5, 10)))) if "arm of the study" in one.title]
    assert [one.title for one in tables] == [
        *["A training step of each arm of the study"] * 2,
        *["Greedy decoding by each arm of the study"] * 2,
    ]
    shown = pd.DataFrame(tables[1].rows, columns=tables[1].header)
    assert list(shown["levels"].unique()) == ["max_length = 5", "max_length = 10"]
    assert list(shown["candidate"][:3]) == ["none", "none, packed", "dot"]
    assert list(shown["against"][:4]) == ["itself", "none", "none", "dot"]
    assert tables[1].note.endswith("On cpu, 2 threads, padding ratio 0.25, batch 32, hidden size 64.")


def test_a_study_without_factors_has_no_column_of_levels():
    rows = [
        {**row("study_training", "", arm, "none", ratio, 10), "case": "cpu, 2 threads"}
        for arm, ratio in {"none": 1.0, "dot": 1.5}.items()
    ]
    assert timing_tables(frame(rows))[0].header[0] == "candidate"
    assert timing_answer(frame(rows), QUICK).text == (
        "On cpu, 2 threads, the training step takes ×1.50 (dot) the time of the arm none."
    )


def test_the_comparisons_of_a_study_name_the_levels_of_their_extremes():
    rows = study_rows((5, 10), (1,))
    for line in rows:
        if line["candidate"] == "dot" and "max_length = 10" in line["case"]:
            line.update(ratio=3.0, ratio_low=2.9, ratio_high=3.1)
    found = {line[0]: line for line in comparisons_table(frame(rows), verdicts=True).rows}
    assert found["training step: dot against none"][2:] == [
        "slower in 2 of 2 cases", "×1.50 (1.47 to 1.54), max_length = 5", "×3.00 (2.90 to 3.10), max_length = 10",
    ]  # fmt: skip


def test_beside_the_suites_of_the_benchmarks_the_rows_of_a_study_change_no_answer():
    alone, both = (timing_answer(frame(rows), QUICK) for rows in (speed_rows(), speed_rows() + study_rows()))
    assert (alone.question, alone.word) == (both.question, both.word)
