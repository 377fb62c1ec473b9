"""The numbers below a figure are those that it draws, rounded."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from matplotlib.colors import to_hex
from synthetic_timing import CELLS, LENGTHS, PADDINGS, encoder_rows, frame, row
from synthetic_tuning import tuning_rows, write_tuned_study

from results import figures
from results.analysis.study.attention_maps import chosen_maps, example_maps, map_header, map_rows, mean_maps
from results.analysis.study.seed_curves import mean_curves
from results.figures.arm_panels import plan_panels
from results.figures.style import line_styles
from results.page.elements import Figure
from results.report.study.tuning import tuning_section
from results.report.timing.figures import encoder_map, timing_figures
from results.tables.csv_io import read_table, read_tables
from results.tables.provenance import read


@pytest.fixture(scope="module")
def tables(rows_folder: Path) -> dict[str, pd.DataFrame]:
    return read_tables(rows_folder)


def shown(figure: Figure) -> pd.DataFrame:
    return pd.DataFrame(figure.rows, columns=figure.header)


def test_curves_are_means_over_the_available_seeds(tables: dict[str, pd.DataFrame]) -> None:
    runs = tables["convergence"]
    curves = mean_curves(runs, "step", "levenshtein_accuracy")
    assert curves.header == ["max_length", "arm", "step", "levenshtein accuracy, mean [95% interval]", "n"]
    found = {(level, arm, step): (mean, n) for level, arm, step, mean, n in curves.rows}
    assert len(found) == len(curves.rows) == 2 * 4 * 14
    assert list(dict.fromkeys(arm for _, arm, _ in found)) == ["none", "dot", "general", "additive"]
    wanted = runs.groupby(["max_length", "arm", "step"])["levenshtein_accuracy"].agg(["mean", "count"])
    for place, (mean, n) in found.items():
        level, arm, step = place
        assert mean.split()[0] == f"{wanted.loc[(int(level), arm, int(step)), 'mean']:.3f}"
        assert int(n) == wanted.loc[(int(level), arm, int(step)), "count"]
    assert [found["14", "dot", step][1] for step in ("250", "300")] == ["10", "9"]  # one seed diverged in between


def test_a_curve_is_drawn_from_the_same_means(tables: dict[str, pd.DataFrame]) -> None:
    curves = mean_curves(tables["convergence"], "step", "levenshtein_accuracy")
    ax = figures.learning_curves(curves, plan_panels(tables["convergence"], []), log=False).axes[0]
    color = line_styles(["dot"])["dot"].color.lower()
    thick = max((line for line in ax.lines if to_hex(line.get_color()) == color), key=lambda line: line.get_linewidth())
    numbers = [mean.split()[0] for level, arm, _, mean, _ in curves.rows if (level, arm) == ("7", "dot")]
    assert [f"{y:.3f}" for y in thick.get_ydata()] == numbers


def test_alignments_are_tabulated_as_matrices(tables: dict[str, pd.DataFrame]) -> None:
    table = tables["alignments"]
    maps = example_maps(table, {})
    numbers = pd.DataFrame(map_rows(maps), columns=map_header(maps))
    assert list(numbers.columns[:4]) == ["max_length", "arm", "source", "target"]
    assert list(numbers.columns[4:]) == [f"source {place}" for place in range(1, 15)]
    assert len(numbers) == 3 * (8 + 15)
    seven = numbers[(numbers["max_length"] == "7") & (numbers["arm"] == "dot")]
    rows = table[(table["max_length"] == 7) & (table["arm"] == "dot") & (table["seed"] == 0)]
    weights = rows.pivot(index="target_position", columns="source_position", values="weight")
    assert seven.iloc[:, 4:11].to_numpy().tolist() == [[f"{w:.2f}" for w in line] for line in weights.to_numpy()]
    assert set(seven.iloc[:, 11:].to_numpy().flat) == {""}
    letters = rows.drop_duplicates("source_position")["source"]
    assert set(seven["source"]) == {" ".join(letters)}
    written = [f"{letter} {place}" for place, letter in enumerate(reversed([*letters]), 1)]
    assert list(seven["target"]) == [*written, "</s> 8"]


def test_mean_alignments_are_tabulated_as_drawn(tables: dict[str, pd.DataFrame]) -> None:
    maps = mean_maps(tables["mean_alignments"], {})
    drawn = [ax.images[0].get_array() for ax in figures.mean_alignments(maps).axes if ax.images]
    numbers = iter(map_rows(maps))
    for weights in drawn:
        for line in weights:
            _, _, _, *cells = next(numbers)
            assert [cell for cell in cells if cell] == [f"{weight:.2f}" for weight in line]
    assert not list(numbers)


def test_a_chosen_example_is_tabulated_with_its_model() -> None:
    rows = [
        {"run_id": run_id, "model": "dot", "example": "ab", "target_position": t, "predicted": letter,
         "source_position": s, "source": "ab"[s - 1], "weight": t / 10 + s / 100}
        for run_id in ("r", "s")
        for t, letter in enumerate(["b", "a", "</s>"], 1)
        for s in (1, 2)
    ]  # fmt: skip
    maps = chosen_maps(pd.DataFrame(rows[:6]), {})
    assert map_header(maps) == ["model", "example", "source", "target", "source 1", "source 2"]
    assert map_rows(maps)[1] == ["dot", "ab", "a b", "a 2", "0.21", "0.22"]
    alike = [one.labels["model"] for one in chosen_maps(pd.DataFrame(rows), {})]
    assert alike == ["dot (r)", "dot (s)"]


def test_a_map_is_tabulated_by_length_with_a_dash_for_a_failed_test() -> None:
    rows = encoder_rows()
    lost = next(i for i, line in enumerate(rows) if line["candidate"] == "padded_exact")
    del rows[lost]
    numbers = shown(encoder_map(frame(rows)))
    assert list(numbers.columns) == [
        "cell",
        "directions",
        "padding ratio",
        *(f"ratio at {length}" for length in LENGTHS),
    ]
    assert len(numbers) == 2 * len(CELLS) * len(PADDINGS)
    first = numbers[(numbers["directions"] == "1") & (numbers["cell"] == "gru") & (numbers["padding ratio"] == "0.0")]
    assert first["ratio at 10"].tolist() == ["-"]
    half = numbers[(numbers["directions"] == "2") & (numbers["cell"] == "rnn") & (numbers["padding ratio"] == "0.25")]
    assert half["ratio at 10"].tolist() == ["×0.933 (0.914 to 0.961)"]


def test_times_are_tabulated_with_the_slopes_of_their_lines() -> None:
    rows = [
        {**row("greedy", "", name, "none", 1.0, length), "median_seconds": 1e-3 * length**power}
        for length in (10, 100)
        for name, power in {"none": 1.0, "general": 2.0}.items()
    ]
    (figure,) = timing_figures(frame(rows), None)
    assert figure.header == ["candidate", "ms at 10", "ms at 100", "slope"]
    assert figure.rows == [["none", "10.0", "100", "1.00"], ["general", "100", "10000", "2.00"]]
    (alone,) = timing_figures(frame(rows[:1]), None)
    assert alone.rows == [["none", "10.0", "-"]]


def test_ratios_are_tabulated_with_their_intervals() -> None:
    rows = [row("training", "", name, "none", ratio, 10) for name, ratio in {"none": 1.0, "additive": 1.9}.items()]
    (figure,) = timing_figures(frame(rows), None)
    assert figure.rows == [["none", "×1.00 (0.98 to 1.03)"], ["additive", "×1.90 (1.86 to 1.96)"]]


def test_each_trial_of_a_tuning_is_tabulated_with_its_outcome(tmp_path: Path) -> None:
    write_tuned_study(tmp_path)
    settings = read(tmp_path)["study"]["settings"]
    (figure,) = tuning_section(read_table(tmp_path, "tuning"), settings).figures
    numbers = shown(figure)
    assert len(numbers) == len({(line["arm"], line["max_length"], line["trial"]) for line in tuning_rows()})
    dot = numbers[(numbers["max_length"] == "14") & (numbers["arm"] == "dot")].set_index("learning_rate")
    assert dot.loc["0.09046", ["value", "outcome", "chosen"]].tolist() == ["-", "diverged", "-"]
    assert dot.loc["0.01408", ["outcome", "chosen"]].tolist() == ["done", "chosen"]
