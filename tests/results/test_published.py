"""What a report says of published values: beside the runs that repeat them, or beside all arms."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from synthetic_rows import study_rows, write_study

from results.errors import InputError
from results.page.elements import Section
from results.report.build import build
from results.report.folder import read_folder
from results.report.study.published import _difference, published_section
from results.statistics import mean_interval
from results.tables.csv_io import read_tables
from results.tables.provenance import read
from results.tables.study_metadata import study_settings

SOURCE = {"citation": "A 2020", "place": "Table 1", "settings": "Three runs."}


def section(folder: Path, *points: dict[str, Any], differences: Sequence[str] = (), **changes: Any) -> list[Section]:
    """The section of a study with these published values, each of the arm `none` where it says nothing else."""
    write_study(folder, levels=(7,), **changes)
    content = json.loads((folder / "provenance.json").read_text())
    published = [{"arm": "none", "low": 0.5, "high": 0.5, "source": SOURCE, **point} for point in points]
    content["parts"]["study"]["settings"]["published"] = published
    content["parts"]["study"]["settings"]["differences"] = [*differences]
    (folder / "provenance.json").write_text(json.dumps(content))
    tables = read_tables(folder)
    return published_section(tables, study_settings(read(folder), tables["runs"]))


def rows(sections: list[Section]) -> list[dict[str, str]]:
    return [dict(zip(table.header, row, strict=True)) for table in sections[0].tables for row in table.rows]


def of_none(table: str, metric: str = "exact_match", **at: int) -> list[float]:
    found = [row for row in study_rows(levels=(7,))[table] if row["arm"] == "none"]
    return [row[metric] for row in found if all(row[name] == value for name, value in at.items())]


def test_a_value_is_compared_with_the_table_that_has_it(tmp_path: Path) -> None:
    """A fault here would show the metric of another epoch, another length or another table."""
    places = [{**SOURCE, "place": f"Table {number}"} for number in (1, 2, 3)]
    found = rows(
        section(
            tmp_path,
            {"metric": "exact_match", "source": places[0]},
            {"metric": "exact_match", "epoch": 7, "source": places[1]},
            {"metric": "exact_match", "lengths": [5, 7], "source": places[2]},
        )
    )
    by_length = [
        fmean(pair) for pair in zip(of_none("by_length", length=5), of_none("by_length", length=7), strict=True)
    ]
    expected = {"the end": of_none("runs"), "epoch 7": of_none("convergence", epoch=7), "lengths 5, 7": by_length}
    assert [row["at"] for row in found] == [*expected]
    for row in found:
        seeds = expected[row["at"]]
        assert row["measured"].startswith(f"{fmean(seeds):.3f} (")
        assert row["difference"] == f"{fmean(seeds) - 0.5:+.3f}"
        assert row["seeds"] == f"{min(seeds):.3f} to {max(seeds):.3f}"
        assert (row["max_length"], row["arm"], row["published"], row["n"]) == ("7", "none", "0.50", "10")


def test_a_mean_inside_a_published_range_has_no_difference(tmp_path: Path) -> None:
    mean = fmean(of_none("runs", "levenshtein_accuracy"))
    metric = "levenshtein_accuracy"
    inside, below = rows(
        section(
            tmp_path, {"metric": metric, "low": round(mean - 0.01, 3), "high": 0.9}, {"metric": metric, "high": 0.51}
        )
    )
    assert (inside["difference"], below["difference"]) == ("+0.000", f"{mean - 0.51:+.3f}")
    assert below["published"] == "0.50 to 0.51"


def test_numbers_are_written_with_the_digits_that_they_need(tmp_path: Path) -> None:
    percent, count = rows(
        section(
            tmp_path,
            {"metric": "exact_match", "low": 0.9998, "high": 0.9998, "sd": 0.002},
            {"metric": "parameters", "low": 1466396, "high": 1466396},
        )
    )
    assert percent["published"] == "0.9998 ± 0.002"
    exact = of_none("runs")
    assert percent["measured"].startswith(f"{fmean(exact):.4f} (")
    assert percent["difference"] == f"{fmean(exact) - 0.9998:+.4f}"
    assert percent["seeds"] == f"{min(exact):.4f} to {max(exact):.4f}"
    assert (count["published"], count["measured"], count["difference"]) == ("1,466,396", "56,384", "-1,410,012")


def test_a_model_that_no_arm_repeats_stands_beside_all_arms_and_is_not_counted(tmp_path: Path) -> None:
    other = {"arm": None, "metric": "exact_match", "low": 0.11, "high": 0.11}
    sections = section(
        tmp_path, {**other, "model": "LSTM"}, {**other, "model": "Transformer"}, {"metric": "exact_match"}
    )
    found = [(row["model"], row["arm"], row["published"], row["measured"] != "-") for row in rows(sections)]
    assert found[:2] == [("LSTM", "-", "0.11", False), ("Transformer", "-", "0.11", False)]
    assert found[2:6] == [("-", arm, "-", True) for arm in ("none", "dot", "general", "additive")]
    assert found[6:] == [("-", "none", "0.50", True)]
    assert sections[0].paragraphs == [
        "0 of 1 published value lies between the lowest and the highest value over the seeds."
    ]


def test_values_are_counted_in_the_decimals_in_which_they_are_printed(tmp_path: Path) -> None:
    lowest, highest = min(of_none("runs")), max(of_none("runs"))
    value = round(lowest, 3) if round(lowest, 3) < lowest else round(highest, 3)
    assert not lowest <= value <= highest
    (one,) = section(tmp_path, {"metric": "exact_match", "low": value, "high": value})
    assert one.paragraphs[0].startswith("1 of 1 published value lies")


def test_a_point_below_the_answer_counts_the_values_that_an_arm_repeats(tmp_path: Path) -> None:
    section(tmp_path / "repeated", {"metric": "exact_match", "low": 0.0, "high": 1.0})
    section(tmp_path / "beside", {"metric": "exact_match", "arm": None, "model": "LSTM"})
    points = [read_folder(tmp_path / name).answers["runs"].points[0] for name in ("repeated", "beside")]
    assert points[0].startswith("1 of 1 published value lies between the lowest and the highest value over the seeds")
    assert not points[1].startswith("The published")


def test_a_study_that_repeats_no_published_model_says_so(tmp_path: Path) -> None:
    (one,) = section(tmp_path, {"arm": None, "model": "LSTM", "metric": "exact_match"})
    assert "difference" not in one.tables[0].header
    assert "Difference" not in one.tables[0].note
    assert one.paragraphs == ["The published models are not trained here; the tables also show the arms of this study."]


def test_a_value_without_a_run_is_missing(tmp_path: Path) -> None:
    sections = section(
        tmp_path,
        {"metric": "exact_match", "epoch": 99},
        {"metric": "exact_match", "epoch": 14, "low": 0.0, "high": 1.0},
    )
    missing, found = rows(sections)
    assert (missing["measured"], missing["difference"], missing["seeds"], missing["n"]) == ("missing", "-", "-", "0")
    assert found["difference"] == "+0.000"
    assert found["n"] == "10"
    assert sections[0].paragraphs == [
        "1 of 1 published value lies between the lowest and the highest value over the seeds (or their "
        "ranges overlap). 1 more published value is without such runs (missing)."
    ]


def test_without_any_run_the_values_found_are_not_counted(tmp_path: Path) -> None:
    points = [{"metric": "exact_match", "epoch": epoch} for epoch in (98, 99)]
    assert section(tmp_path, *points)[0].paragraphs == ["2 published values are without such runs (missing)."]


def test_a_value_of_100_or_more_has_an_interval_unless_all_seeds_have_the_same(tmp_path: Path) -> None:
    """`steps_to_99` differs between seeds, the number of parameters does not."""
    steps, count = rows(
        section(
            tmp_path,
            {"arm": "additive", "metric": "steps_to_99", "low": 400, "high": 400},
            {"arm": "general", "metric": "parameters", "low": 400, "high": 400},
        )
    )
    assert re.fullmatch(r"\d{3} \(\d{3} to \d{3}\)", steps["measured"])
    assert "(" not in count["measured"]


def test_values_that_need_a_longer_training_are_left_out_with_a_sentence(tmp_path: Path) -> None:
    short = {"metric": "exact_match", "comparable": False}
    (one,) = section(tmp_path, short, {"metric": "exact_match", "epoch": 7}, {**short, "lengths": [5]})
    assert [row["at"] for row in rows([one])] == ["epoch 7"]
    said = "are left out: these runs have a shorter training than the study declares, or other settings,"
    assert one.paragraphs[1].startswith(f"2 published values {said}")
    (none,) = section(tmp_path / "none", short)
    assert (len(none.paragraphs), none.tables) == (1, [])


def test_the_differences_from_the_published_experiment_are_listed_and_are_in_both_pages(tmp_path: Path) -> None:
    differences = ["The learning rate is constant.", "Decoding is greedy."]
    (one,) = section(tmp_path, {"metric": "exact_match"}, differences=differences)
    assert one.paragraphs[-1] == "Differences from the published experiment:"
    assert one.points == differences
    build(tmp_path)
    assert (
        "experiment:\n\n- The learning rate is constant.\n- Decoding is greedy.\n"
        in (tmp_path / "report.md").read_text()
    )
    assert "<li>The learning rate is constant.</li>\n<li>Decoding" in (tmp_path / "report.html").read_text()


def test_values_of_other_levels_and_a_study_without_published_values_have_no_rows(tmp_path: Path) -> None:
    assert section(tmp_path / "none") == []
    (row,) = rows(section(tmp_path / "one", {"metric": "exact_match", "levels": {"max_length": 7}}))
    assert row["max_length"] == "7"


def test_values_that_were_recorded_before_they_had_a_source_are_shown(tmp_path: Path) -> None:
    (table,) = section(tmp_path, {"figure": "exact_match", "epoch": 14, "source": SOURCE})[0].tables
    assert table.rows[0][table.header.index("metric")] == "exact_match"
    assert table.title == "A 2020, Table 1"
    assert table.note.startswith("Three runs. Measured: ")


@pytest.mark.parametrize("wrong", [{"arm": "dott"}, {"metric": "diluted"}, {"levels": {"max_length": 8}}])
def test_a_value_of_an_unknown_arm_metric_or_level_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="expected an arm and levels of the study, and a column of runs"):
        section(tmp_path, {"metric": "exact_match", **wrong})


def test_a_run_that_diverged_is_not_measured(tmp_path: Path) -> None:
    """It has steps, of a training that it did not finish."""
    section(tmp_path, {"metric": "steps"})
    tables = read_tables(tmp_path)
    tables["runs"].loc[(tables["runs"]["arm"] == "none") & (tables["runs"]["seed"] == 0), "status"] = "diverged"
    (row,) = rows(published_section(tables, study_settings(read(tmp_path), tables["runs"])))
    assert row["n"] == "9"


def test_a_difference_that_rounds_to_zero_has_no_minus() -> None:
    point = {"low": 1.0, "high": 1.0}
    assert [_difference(mean_interval([value]), point, 3) for value in (0.9996, 0.9994)] == ["+0.000", "-0.001"]
