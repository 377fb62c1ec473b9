"""What a report says of contrasts, of switches, and of published values."""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import fmean
from typing import Any

import pandas as pd
import pytest
from matplotlib.colors import to_hex
from synthetic_rows import study_rows, write_study

from results import figures
from results.analysis.study.comparisons import Comparison, compare_arms
from results.analysis.study.run_metrics import ACCURACY, CURVE, STEPS, extra_metrics
from results.analysis.study.seed_curves import mean_curves
from results.errors import InputError
from results.figures.arm_panels import plan_panels
from results.report.build import build
from results.report.study.comparisons import comparisons_section
from results.tables.csv_io import read_tables, write_table
from results.tables.provenance import read
from results.tables.study_metadata import study_settings

CONTRASTS = [{"arm": "dot", "against": "none", "says": "a dot product"}]
SWITCHES = [{"says": "a projection", "pairs": [["general", "dot"], ["additive", "dot"]]}]
PUBLISHED = [
    {"arm": "none", "metric": "diluted", "epoch": 14, "low": 0.9, "high": 0.95},
    {"arm": "general", "metric": "diluted", "epoch": 14, "low": 1.0, "high": 1.0},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with contrasts, switches, published values and an extra metric."""
    place = tmp_path_factory.mktemp("compared")
    write_study(place)
    tables = study_rows()
    for name in ("runs", "convergence"):
        rows = [{**row, "diluted": diluted(row["levenshtein_accuracy"])} for row in tables[name]]
        write_table(place, name, rows)
    declare(place, contrasts=CONTRASTS, switches=SWITCHES, published=PUBLISHED)
    build(place)
    return place


def diluted(accuracy: float | None) -> float | None:
    """An extra metric that counts a quarter of the positions as correct in any case."""
    return None if accuracy is None else 0.25 + 0.75 * accuracy


def declare(place: Path, **settings: Any) -> None:
    content = json.loads((place / "provenance.json").read_text())
    content["parts"]["study"]["settings"].update(settings)
    (place / "provenance.json").write_text(json.dumps(content))


def settings_in(place: Path) -> dict[str, Any]:
    return study_settings(read(place), read_tables(place)["runs"])


def compared(place: Path) -> list[Comparison]:
    return compare_arms(read_tables(place), settings_in(place))


def finals(arm: str, level: int) -> dict[int, float]:
    return {
        row["seed"]: row["levenshtein_accuracy"]
        for row in study_rows()["runs"]
        if row["arm"] == arm and row["max_length"] == level and row["status"] == "done"
    }


def test_a_contrast_is_paired_by_the_seeds_on_which_both_are_done(folder: Path) -> None:
    found = [one for one in compared(folder) if one.declared.label == "a dot product"]
    assert [one.levels["max_length"] for one in found] == [7, 14]
    for one in found:
        dot, none = finals("dot", one.levels["max_length"]), finals("none", one.levels["max_length"])
        expected = [dot[seed] - none[seed] for seed in dot]
        accuracy = one.effects[ACCURACY].difference.interval
        assert accuracy.estimate == pytest.approx(fmean(expected))
        assert accuracy.n == len(expected) == (9 if one.levels["max_length"] == 14 else 10)  # one diverged
        assert one.effects["diluted"].difference.interval.estimate == pytest.approx(0.75 * fmean(expected))
        assert one.effects[STEPS].difference.interval.n == 10  # a diverged run does not reach 99%


def test_all_comparisons_at_all_levels_are_one_family(folder: Path) -> None:
    found = compared(folder)
    assert len(found) == 4  # a contrast and a switch at two levels
    assert {judged.family for one in found for judged in one.effects.values()} == {4}
    accuracies = [one.effects[ACCURACY] for one in found]
    nine, ten = sorted(accuracies, key=lambda judged: judged.difference.interval.n)[:: len(accuracies) - 1]
    assert (nine.difference.interval.n, ten.difference.interval.n) == (9, 10)
    assert (nine.counted, ten.counted) == (4, 4)
    # At one level a run is missing: with nine seeds no p is as small as the smallest of ten.
    assert ten.adjusted_p == pytest.approx(2 * ten.difference.p)


def test_without_contrasts_and_switches_each_arm_is_compared_with_the_baseline(tmp_path: Path) -> None:
    write_study(tmp_path)
    found = compared(tmp_path)
    pairs = [("dot", "none"), ("general", "none"), ("additive", "none")]
    assert [one.declared.pairs for one in found] == [(pair,) for pair in pairs] * 2


def test_the_mean_over_the_epochs_is_that_of_the_curve(folder: Path) -> None:
    one = compared(folder)[0]
    curves: dict[str, dict[int, list[float]]] = {"dot": {}, "none": {}}
    for row in study_rows()["convergence"]:
        if row["arm"] in curves and row["max_length"] == 7:
            curves[row["arm"]].setdefault(row["seed"], []).append(row["levenshtein_accuracy"])
    expected = fmean(fmean(curves["dot"][seed]) - fmean(curves["none"][seed]) for seed in range(10))
    assert one.effects[CURVE].difference.interval.estimate == pytest.approx(expected)


def test_a_switch_is_the_mean_over_its_pairs_by_seed_and_shows_each_pair(folder: Path) -> None:
    found = [one for one in compared(folder) if one.declared.label == "a projection"]
    for one, level in zip(found, (7, 14), strict=True):
        dot = finals("dot", level)
        both = [fmean([finals("general", level)[seed], finals("additive", level)[seed]]) - dot[seed] for seed in dot]
        accuracy = one.effects[ACCURACY].difference.interval
        assert accuracy.estimate == pytest.approx(fmean(both))
        assert accuracy.n == len(dot)
        assert [each.pair for each in one.pair_differences] == [("general", "dot"), ("additive", "dot")]
        estimates = [each.differences[ACCURACY].interval.estimate for each in one.pair_differences]
        assert fmean(estimates) == pytest.approx(accuracy.estimate)


def test_extra_metrics_are_compared_with_the_accuracy_of_the_same_runs(folder: Path) -> None:
    found = extra_metrics(read_tables(folder), settings_in(folder))
    assert [one.arm for one in found] == ["none", "dot", "general", "additive"] * 2
    expected = fmean(0.25 - 0.25 * value for value in finals("none", 7).values())
    assert found[0].minus_accuracy.estimate == pytest.approx(expected)
    assert found[0].mean.estimate == pytest.approx(fmean(0.25 + 0.75 * value for value in finals("none", 7).values()))


def test_the_report_has_sentences_and_a_table_of_their_rows(folder: Path) -> None:
    text = (folder / "report.md").read_text()
    (verdict,) = [line for line in text.splitlines() if line.startswith("**")]
    assert verdict.startswith(
        "**Difference shown in 2 of 4 comparisons.** At max_length = 7, with a projection, all 20 runs reach 99%"
    )
    assert "corrected for 4 comparisons. " in text
    for metric in ("Levenshtein accuracy", "Mean accuracy over the epochs", "Diluted"):
        names = "|".join(
            f"a {part} at max_length = {length}" for part in ("projection", "dot product") for length in (7, 14)
        )
        listed = rf"\((?:(?:{names})(?:, | and )?){{4}}\)"
        assert re.search(
            rf"^- {metric}: higher in 4 of 4 comparisons {listed}; largest: a dot product at max_length = 14, \+0\.",
            text,
            re.M,
        )
    (line,) = [
        line for line in text.splitlines() if line.startswith("- At max_length = 7, diluted and the Levenshtein")
    ]
    none, general = line.split(": ")[1].split("; ")  # the baseline, and the arms with published values
    assert re.fullmatch(r"none 0\.7\d\d and 0\.6\d\d", none)
    assert general == "general 1.000 and 1.000."
    assert re.search(r"^\| 7 \| a projection \| 2 arms \| 2 arms \| ≤ ×0\.", text, re.M)
    assert "| 14 | a projection | 2 arms | 2 arms | +0.0" in text
    assert "| 14 | a projection | general | dot | " in text
    assert "| 7 | dot | diluted | 0.9" in text


def test_an_extra_metric_has_a_figure_with_the_published_points(folder: Path) -> None:
    assert (folder / "figures" / "diluted.svg").exists()
    assert (
        "Line chart of diluted against training step for none, dot, general and additive"
        in (folder / "report.md").read_text()
    )


def test_published_points_are_drawn_in_the_panel_of_their_arm_at_the_step_of_their_epoch() -> None:
    arms = [f"arm{number}" for number in range(9)]  # more than fit in one panel
    rows = [
        {"run_id": f"{arm}{seed}", "arm": arm, "seed": seed, "step": 50 * epoch, "epoch": epoch, "diluted": 0.5}
        for arm in arms
        for seed in (0, 1)
        for epoch in (1, 2)
    ]
    points = [{"arm": "arm3", "metric": "diluted", "epoch": 2, "levels": {}, "low": 0.6, "high": 0.8}]
    table = pd.DataFrame(rows)
    plan = plan_panels(table, [(arms[place + 1], arms[place]) for place in (0, 2, 4, 6)])
    figure = figures.extra_metric_curves(mean_curves(table, "step", "diluted"), plan, points, log=False)
    stars = [[line for line in ax.lines if line.get_marker() == "*"] for ax in figure.axes]
    assert [len(found) for found in stars] == [0, 1, 0, 0, 0]
    assert stars[1][0].get_xydata().tolist() == [[100.0, 0.7]]
    assert to_hex(stars[1][0].get_markerfacecolor()) == plan.groups[1].styles["arm3"].color.lower()
    assert "published value" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_a_published_point_of_one_level_is_drawn_in_the_panel_of_that_level() -> None:
    rows = [
        {"run_id": f"a{level}{seed}", "arm": "a", "max_length": level, "seed": seed, "step": 50, "epoch": 1, "m": 0.5}
        for level in (5, 9)
        for seed in (0, 1)
    ]
    table = pd.DataFrame(rows)
    points = [{"arm": "a", "metric": "m", "epoch": 1, "levels": {"max_length": 9}, "low": 0.6, "high": 0.8}]
    figure = figures.extra_metric_curves(mean_curves(table, "step", "m"), plan_panels(table, []), points, log=False)
    stars = {ax.get_title(): [line.get_marker() for line in ax.lines].count("*") for ax in figure.axes}
    assert stars == {"max_length = 5": 0, "max_length = 9": 1}


@pytest.mark.parametrize(("value", "highest"), [(0.5, 1.07), (9.0, 12.0)])
def test_an_extra_metric_above_1_is_inside_its_axis(value: float, highest: float) -> None:
    rows = [{"run_id": f"a{n}", "arm": "a", "seed": n, "step": 1, "epoch": 1, "m": value + n / 10} for n in (0, 1)]
    table = pd.DataFrame([*rows, *({**row, "step": 2, "m": 1.0} for row in rows)])
    figure = figures.extra_metric_curves(mean_curves(table, "step", "m"), plan_panels(table, []), [], log=False)
    assert value < figure.axes[0].get_ylim()[1] <= highest


def diluted_points(arm: str) -> list[dict[str, Any]]:
    return [
        {**row, "diluted": diluted(row["levenshtein_accuracy"])}
        for row in study_rows()["convergence"]
        if row["arm"] == arm and row["max_length"] == 7 and row["epoch"] == 14
    ]


def test_a_comparison_that_is_not_testable_has_a_reason_and_neither_effect_nor_diamond(tmp_path: Path) -> None:
    write_study(tmp_path, levels=(7,))
    (section,) = comparisons_section(compared(tmp_path), STEPS, [], verdicts=True)
    steps, *_ = section.figures
    assert steps.rows[0][4:6] == ["not testable", "not testable: no run of either arm reached 99%"]
    assert all(row[4].startswith("≤ ×0.") and row[5] == "fewer steps" for row in steps.rows[1:])
    diamonds = [line.get_ydata() for line in steps.drawing.axes[0].lines if line.get_marker() == "D"]
    assert len(diamonds) == 2
    (table,) = [table for table in section.tables if table.title == "Tests: steps to 99%"]
    dot = dict(zip(table.header, table.rows[0], strict=True))
    assert (dot["ratio"], dot["smallest detectable effect"], dot["p corrected"]) == ("-", "-", "1.000")


def test_levels_without_a_testable_comparison_have_one_row_in_the_figure(tmp_path: Path) -> None:
    write_study(tmp_path)
    rows = [
        {**row, "steps_to_99": row["steps_to_99"] if row["max_length"] == 7 else None} for row in study_rows()["runs"]
    ]
    write_table(tmp_path, "runs", rows)
    (section,) = comparisons_section(compared(tmp_path), STEPS, [], verdicts=True)
    steps, *_ = section.figures
    names = [name.get_text() for name in steps.drawing.axes[0].get_yticklabels()]
    assert names[-2:] == ["max_length\u00a0=\u00a014", "all 3 comparisons"]
    assert len(steps.rows) == 6


def test_a_metric_without_a_testable_comparison_has_no_figure_and_headings_differ(tmp_path: Path) -> None:
    write_study(tmp_path, levels=(7,))
    rows = [{**row, "steps_to_99": None} for row in study_rows(levels=(7,))["runs"]]
    write_table(tmp_path, "runs", rows)
    (section,) = comparisons_section(compared(tmp_path), STEPS, [], verdicts=True)
    assert [figure.title for figure in section.figures] == ["Differences: Levenshtein accuracy"]
    titles = [section.title, *(each.title for each in [*section.figures, *section.tables])]
    assert len(set(titles)) == len(titles)
    assert all(table.folded for table in section.tables)


def test_pairs_of_arms_have_the_primary_metric_whatever_it_is(tmp_path: Path) -> None:
    write_study(tmp_path, levels=(7,))
    declare(tmp_path, switches=SWITCHES, primary="exact_match")
    (section,) = comparisons_section(compared(tmp_path), "exact match", [], verdicts=True)
    (table,) = [table for table in section.tables if table.title == "Each pair of arms"]
    column = table.header.index("exact match")
    assert [row[column][:3] for row in table.rows] == ["+0.", "+0."]


def test_a_study_of_one_arm_is_reported_without_comparisons(tmp_path: Path) -> None:
    write_study(tmp_path, levels=(7,))
    declare(tmp_path, arms={"none": {}})
    rows = [row for row in study_rows(levels=(7,))["runs"] if row["arm"] == "none"]
    for table in ("convergence", "by_length", "alignments", "mean_alignments"):
        (tmp_path / f"{table}.csv").unlink()
    write_table(tmp_path, "runs", rows)
    build(tmp_path)
    text = (tmp_path / "report.md").read_text()
    assert "\n\nThere is nothing to compare.\n" in text
    assert "## Comparisons" not in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"contrasts": [{"arm": "dott", "against": "none", "says": "x"}]},
        {"switches": [{"says": "x", "pairs": [["dot", "dott"]]}]},
    ],
)
def test_a_comparison_of_an_unknown_arm_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    write_study(tmp_path)
    declare(tmp_path, **wrong)
    with pytest.raises(InputError, match="compares dott, which is no arm; expected none, dot, general, additive"):
        build(tmp_path)
