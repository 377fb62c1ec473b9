"""Tables are read back as they were written, and every mistake in a table is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.errors import InputError
from results.tables.atomic_write import prepare_folder
from results.tables.column import is_misread
from results.tables.csv_io import factors_of, read_table, read_tables, write_table
from results.tables.study_schema import TABLES, searched_in

FINITE = st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1).filter(
    lambda word: not is_misread(word)
)


def run(**changes: object) -> dict[str, object]:
    row = {
        "study": "attention", "run_id": "r1", "arm": "dot", "max_length": 20, "seed": 0, "status": "done", "reason": "",
        "steps": 300, "seconds": 2.5, "parameters": 9000, "levenshtein_accuracy": 0.75, "exact_match": 0.5,
        "steps_to_99": None, "anti_diagonal": None,
    }  # fmt: skip
    return {**row, **changes}


def point(**changes: object) -> dict[str, object]:
    row = {
        "run_id": "r1", "arm": "dot", "max_length": 20, "seed": 0, "step": 100, "epoch": 1, "train_loss": 1.5,
        "eval_loss": 1.25, "levenshtein_accuracy": 0.5, "exact_match": 0.0,
    }  # fmt: skip
    return {**row, **changes}


def tuning_run(**changes: object) -> dict[str, object]:
    row = {
        "run_id": "r1", "arm": "dot", "max_length": 20, "seed": 1_000_000, "trial": 0, "learning_rate": 0.00206,
        "cell": "gru", "status": "done", "outcome": "unfinished", "chosen": 0, "reason": "", "epochs": 3,
        "seconds": 1.5, "value": 0.75,
    }  # fmt: skip
    return {**row, **changes}


@given(
    arm=WORDS,
    loss=FINITE,
    accuracy=st.floats(0, 1),
    level=st.one_of(st.integers(-(2**62), 2**62), FINITE),
    step=st.integers(0, 2**62),
)
def test_round_trip(tmp_path_factory, arm, loss, accuracy, level, step):
    folder = tmp_path_factory.mktemp("folder")
    row = point(arm=arm, train_loss=loss, levenshtein_accuracy=accuracy, max_length=level, step=step)
    write_table(folder, "convergence", [row])
    assert read_table(folder, "convergence").to_dict("records") == [row]


def test_pandas_reads_without_arguments(tmp_path):
    write_table(tmp_path, "runs", [run(arm="none", levenshtein_accuracy=0.1 + 0.2)])
    (row,) = pd.read_csv(tmp_path / "runs.csv").to_dict("records")
    assert (row["arm"], row["max_length"], row["levenshtein_accuracy"]) == ("none", 20, 0.1 + 0.2)


def test_missing_values_are_empty_cells(tmp_path):
    row = run(status="diverged", levenshtein_accuracy=float("nan"), exact_match=None, reason="the loss is not finite")
    write_table(tmp_path, "runs", [row])
    table = read_table(tmp_path, "runs")
    assert table["levenshtein_accuracy"].isna().all()
    assert table["steps_to_99"].isna().all()
    assert table["steps_to_99"].dtype == "Int64"
    assert table.at[0, "reason"] == "the loss is not finite"


def test_factors_are_columns_between_arm_and_seed_and_numeric_if_possible(tmp_path):
    rows = [{"arm": "dot", "score": None, **run(run_id=f"r{level}", max_length=level)} for level in (9, 10)]
    write_table(tmp_path, "runs", rows)
    table = read_table(tmp_path, "runs")
    assert factors_of(table) == ["score", "max_length"]
    assert list(table["max_length"]) == [9, 10]
    assert list(table["score"]) == ["none", "none"]


def test_searched_settings_are_columns_between_trial_and_status_and_not_factors(tmp_path):
    rows = [tuning_run(), tuning_run(run_id="r2", learning_rate=0.1, value=None, status="diverged")]
    write_table(tmp_path, "tuning", rows)
    table = read_table(tmp_path, "tuning")
    assert list(table.columns) == list(rows[0])
    assert factors_of(table) == ["max_length"]
    assert searched_in(list(table.columns)) == ["learning_rate", "cell"]
    assert list(pd.read_csv(tmp_path / "tuning.csv")["learning_rate"]) == [0.00206, 0.1]


def test_a_tuning_run_that_is_done_has_a_value(tmp_path):
    write_table(tmp_path, "tuning", [tuning_run(value=None)])
    with pytest.raises(InputError, match="line 2: a run that is done lacks metrics; expected value"):
        read_table(tmp_path, "tuning")


def test_a_duplicate_row_is_found_even_if_its_numbers_are_written_differently(tmp_path):
    write_table(tmp_path, "convergence", [point()])
    path = tmp_path / "convergence.csv"
    header, row = path.read_text().splitlines()
    path.write_text("\n".join([header, row, row.replace(",100,", ",0100,"), ""]))
    with pytest.raises(InputError, match=r"line 3: a second row for the same run_id, step as line 2"):
        read_table(tmp_path, "convergence")


@pytest.mark.parametrize(("name", "rows"), [("convergence", [point()]), ("tuning", [tuning_run()])])
def test_a_table_of_a_study_needs_its_runs(tmp_path, name, rows):
    write_table(tmp_path, name, rows)
    with pytest.raises(InputError, match=rf"{name}\.csv without runs\.csv"):
        read_tables(tmp_path)


def test_the_extra_metrics_of_a_study_are_the_last_columns_and_numeric(tmp_path):
    """An extra metric that is read as a factor would split the runs."""
    write_table(
        tmp_path, "runs", [run(article_accuracy=0.67), run(run_id="r2", status="failed", article_accuracy=None)]
    )
    write_table(tmp_path, "convergence", [point(article_accuracy=0.5)])
    table = read_table(tmp_path, "runs")
    assert factors_of(table) == ["max_length"]
    assert table["article_accuracy"].tolist()[0] == 0.67
    assert table["article_accuracy"].isna().tolist() == [False, True]
    assert table["article_accuracy"].dtype == "float64"
    assert list(pd.read_csv(tmp_path / "convergence.csv"))[-2:] == ["exact_match", "article_accuracy"]
    text = (tmp_path / "runs.csv").read_text()
    (tmp_path / "runs.csv").write_text(text.replace("0.67", ""))
    with pytest.raises(InputError, match=r"line 2: a run that is done lacks metrics; .* and article_accuracy"):
        read_table(tmp_path, "runs")
    (tmp_path / "runs.csv").write_text(text.replace("0.67", "much"))
    with pytest.raises(InputError, match="line 2: article_accuracy is 'much'; expected a finite number or nothing"):
        read_table(tmp_path, "runs")


def test_a_failed_write_leaves_the_old_table(tmp_path):
    write_table(tmp_path, "runs", [run()])
    before = (tmp_path / "runs.csv").read_bytes()
    with pytest.raises(InputError, match=r"runs\.csv, row 2: steps is 1\.5; expected an integer or nothing"):
        write_table(tmp_path, "runs", [run(), run(run_id="r2", steps=1.5)])
    assert (tmp_path / "runs.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["runs.csv"]


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("runs", {"seed": 1}, "row 1: missing column study, "),
        ("rounds", {**dict.fromkeys([c.name for c in TABLES["rounds"]], 1), "foe": 1}, "row 1: unknown column foe"),
        ("runs", run(status="pruned"), "status is 'pruned'; expected one of done, diverged, failed"),
        ("convergence", point(exact_match=float("inf")), "exact_match is ''; expected a number from 0 to 1"),
        ("runs", run(seed=True), "seed is True; expected an integer"),
        ("runs", run(arm=""), "arm is ''; expected a text"),
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path, name, row, message):
    with pytest.raises(InputError, match=message):
        write_table(tmp_path, name, [row])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.75", "0,75", "line 2: 15 cells; expected 14"),
        ("0.75", "much", "line 2: levenshtein_accuracy is 'much'; expected a number from 0 to 1 or nothing"),
        ("0.75", "1.01", "line 2: levenshtein_accuracy is '1.01'; expected a number from 0 to 1 or nothing"),
        ("0.75", "-0.1", "line 2: levenshtein_accuracy is '-0.1'"),
        ("300", "9" * 5000, "line 2: steps is '9{5000}'; expected an integer"),
        ("300", "9" * 19, "line 2: steps is '9{19}'; expected an integer"),
        ("attention,r1", 'attention,"r\n1"', r"line 3: run_id is 'r\\n1'; expected a text on one line"),
        ("attention,r1", "attention,r\x1b[31m1", "line 2: run_id is 'r.x1b"),
        ("0.75", "nan", "line 2: levenshtein_accuracy is 'nan'"),
        ("0.75", "", "line 2: a run that is done lacks metrics"),
        ("300", "", "line 2: a run that is done lacks metrics; expected steps and"),
        ("300", "3e2", "line 2: steps is '3e2'; expected an integer"),
        ("exact_match", "exact", "line 1: missing column exact_match"),
        ("steps_to_99,", "steps_to_99,mood,", "line 1: unknown column mood"),
        ("anti_diagonal\n", "anti_diagonal,mood\n", "line 2: 14 cells; expected 15"),
        ("study,run_id", "run_id,study", "line 1: columns out of order; expected study,run_id"),
        ("arm,max_length", "max_length,arm", "line 1: unknown column max_length"),
        ("0.5,,\n", "0.5,,", "line 2: torn"),
        ("attention,r1", 'attention,"r1', "line 2: unexpected end of data"),
    ],
)
def test_a_damaged_table_is_refused_with_its_line(tmp_path, old, new, message):
    write_table(tmp_path, "runs", [run()])
    path = tmp_path / "runs.csv"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=message) as caught:
        read_table(tmp_path, "runs")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_file_and_a_binary_file_are_refused(tmp_path):
    (tmp_path / "runs.csv").write_bytes(b"")
    with pytest.raises(InputError, match="line 1: torn"):
        read_table(tmp_path, "runs")
    (tmp_path / "runs.csv").write_bytes(b"study\xff\n")
    with pytest.raises(InputError, match="byte 5 is not UTF-8"):
        read_table(tmp_path, "runs")


def test_an_unknown_column_is_refused_unless_it_is_among_the_factors(tmp_path):
    write_table(tmp_path, "rounds", [])
    path = tmp_path / "rounds.csv"
    path.write_text(path.read_text().replace("round,", "round,mood,"))
    with pytest.raises(InputError, match="line 1: unknown column mood"):
        read_table(tmp_path, "rounds")


def test_a_duplicate_row_is_refused(tmp_path):
    write_table(tmp_path, "convergence", [point(), point(step=200), point()])
    with pytest.raises(InputError, match=r"line 4: a second row for the same run_id, step as line 2"):
        read_table(tmp_path, "convergence")


def test_a_truncated_table_is_refused(tmp_path):
    write_table(tmp_path, "runs", [run(steps=100), run(steps=100, run_id="r2", seed=1)])
    write_table(tmp_path, "convergence", [point()])
    with pytest.raises(InputError, match=r"convergence\.csv: no row of run r2"):
        read_tables(tmp_path)
    write_table(tmp_path, "convergence", [point(), point(run_id="r2", seed=1), point(run_id="r3", seed=2)])
    with pytest.raises(InputError, match=r"run r3 is not in runs\.csv"):
        read_tables(tmp_path)
    write_table(tmp_path, "convergence", [point(), point(run_id="r2", seed=1)])
    assert set(read_tables(tmp_path)) == {"runs", "convergence"}
    write_table(tmp_path, "runs", [run(steps=300), run(steps=100, run_id="r2", seed=1)])
    with pytest.raises(InputError, match=r"1 row of run r1 up to step 100; expected one for each epoch up to step 300"):
        read_tables(tmp_path)


def test_a_folder_without_tables_is_refused(tmp_path):
    with pytest.raises(InputError, match="no table in it"):
        read_tables(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        read_tables(tmp_path / "nowhere")


def test_prepare_folder_creates_it_and_leaves_nothing_in_it(tmp_path):
    folder = prepare_folder(tmp_path / "a" / "b")
    assert folder.is_dir()
    assert list(folder.iterdir()) == []


def test_prepare_folder_refuses_what_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file/out cannot be written: Not a directory; choose another with --out"):
        prepare_folder(Path(tmp_path / "file" / "out"))
