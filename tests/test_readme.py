"""The README is short, its links lead somewhere, and its example runs and learns."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.image import imread

from results.analysis.study.run_metrics import STEPS
from results.report.folder import read_folder
from results.statistics import mean_interval
from results.tables.csv_io import read_table
from seq2seq_core import load
from studies import catalog

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
MOST_WORDS = 900
QUOTE = re.compile(r"<!--from .+?<!--end-->", re.DOTALL)


def test_it_has_at_most_900_words() -> None:
    assert len(README.split()) <= MOST_WORDS


def test_its_links_and_images_exist() -> None:
    links = [*re.findall(r"\]\(([^)#]+)[^)]*\)", README), *re.findall(r'src="([^"]+)"', README)]
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_measured_numbers_occur_only_in_quotes_of_reports() -> None:
    """Percentages, ratios and intervals are checked in quotes only."""
    text = QUOTE.sub("", re.sub(r"^```.+?^```$", "", README, flags=re.MULTILINE | re.DOTALL))
    for is_no_result in ("reaches 99%", "Time to 99%", "95% interval"):
        text = text.replace(is_no_result, "")
    assert "```" not in text
    assert re.findall(r"\d+%|×\d|\d \(|\d+ of \d+", text) == []


def test_what_is_said_of_long_strings_holds_for_every_run() -> None:
    assert (
        "At 40 and 80 letters, every run with attention reaches 99% within 3,000 steps; without, none does, and the "
        "accuracy still rises." in README
    )
    runs = read_table(ROOT / "results/reference/lengths", "runs")
    long = runs[runs["max_length"].isin([40, 80])]
    assert set(long["max_length"]) == {40, 80}
    without = long["arm"].isin(["none", "padded_none"])
    assert long.loc[without, "steps_to_99"].isna().all()
    assert set(long.loc[without, "steps"]) == {3000}
    assert long.loc[~without, "steps_to_99"].notna().all()
    assert set(long["seed"]) == set(range(10))
    assert long["arm"].nunique() == 10
    study = read_folder(ROOT / "results/reference/lengths").study
    assert study is not None
    rises = {
        (one.arm, one.levels["max_length"]): mean_interval(one.rises)
        for one in study.summaries
        if one.arm in ("none", "padded_none") and one.levels["max_length"] in (40, 80)
    }
    assert len(rises) == 4
    assert all(rise.low > 0 for rise in rises.values())


def test_what_is_said_of_packed_sequences_holds_in_every_case() -> None:
    assert (
        "Padded with a mask (`padded_exact`): the values of packed sequences; training steps always faster on a CPU, "
        "not slower in any case on a GPU." in README
    )
    study = read_folder(ROOT / "results/reference/lengths").study
    assert study is not None
    assert study.times is not None
    assert {one.packing for one in study.times.times} == {"padded_exact", "padded"}
    timed = {(one.machine.device, one.packing): [] for one in study.times.times}
    for one in study.times.times:
        timed[one.machine.device, one.packing].append(one.over_packed)
    assert {len(ratios) for ratios in timed.values()} == {20, 40}  # five arms at four lengths, on a CPU twice
    for (device, _), ratios in timed.items():
        assert all(ratio.high < 1 if device == "cpu" else ratio.low <= 1 for ratio in ratios)


def test_what_is_said_of_an_lstm_is_the_verdict_of_its_report() -> None:
    assert "No difference in steps between additive and general is shown." in README
    study = read_folder(ROOT / "results/reference/lengths_lstm").study
    assert study is not None
    verdicts = {(one.declared.label, one.levels["max_length"]): one.effects[STEPS].verdict for one in study.comparisons}
    scores = [verdicts["additive against general", length] for length in (10, 20, 40)]
    assert scores == ["no difference shown"] * 3


def test_what_is_said_of_160_letters_holds_on_every_machine() -> None:
    assert (
        "Additive needs fewer steps than general; less time than general or none is not shown. In two of ten runs, "
        "dot never reaches 99%." in README
    )
    study = read_folder(ROOT / "results/reference/lengths_160").study
    assert study is not None
    assert study.times is not None
    (steps,) = [one.effects[STEPS] for one in study.comparisons if one.declared.label == "additive against general"]
    assert steps.verdict == "lower"
    times = [
        one.judged.verdict
        for of_machine in study.times.ratios.values()
        for one in of_machine
        if one.comparison.declared.label in ("additive against general", "additive against none")
    ]
    assert len(times) == 4
    assert "lower" not in times
    (dot,) = [one.time_to_99 for one in study.summaries if one.arm == "dot"]
    assert (dot.reached, dot.n) == (8, 10)


def test_attention_before_the_cell_needs_more_steps_at_80_letters() -> None:
    assert "At 80 letters (`lengths`), it needs more steps, and on a GPU more time at every length." in README
    study = read_folder(ROOT / "results/reference/lengths").study
    assert study is not None
    (found,) = [
        one.effects[STEPS].verdict
        for one in study.comparisons
        if one.declared.label == "attention before the cell" and one.levels["max_length"] == 80
    ]
    assert found == "higher"
    assert study.times is not None
    on_gpu = [
        ratio.judged.verdict
        for machine, ratios in study.times.ratios.items()
        for ratio in ratios
        if machine.device == "cuda" and ratio.comparison.declared.label == "attention before the cell"
    ]
    assert on_gpu == ["higher"] * 4


def test_the_part_of_the_encoder_that_matters_is_the_first_state_of_the_decoder() -> None:
    assert "<!--end--> A decoder that starts from zeros.\n" in README
    study = read_folder(ROOT / "results/reference/encoder").study
    assert study is not None
    (shown,) = [one for one in study.comparisons if one.effects[STEPS].shown]
    ((arm, _),) = shown.declared.pairs
    assert study.settings["arms"][arm]["bridge"] == "zero"


def test_one_run_of_shift_fails_on_reversal_at_ten_times_the_trained_length() -> None:
    assert "**Yes.**<!--end--> One run in ten does not learn reversal." in README
    runs = read_table(ROOT / "results/reference/decimal40", "runs")
    exact = runs[(runs["arm"] == "shift") & (runs["task"] == "reverse")]["exact_match"].sort_values()
    assert len(exact) == 10
    assert exact.iloc[0] < 0.1
    assert exact.iloc[1] > 0.99


def test_what_is_said_of_longer_strings_holds_for_every_run() -> None:
    assert (
        "Trained on up to 40 letters, nine of ten runs with shift reverse all test strings of 1,000 and 10,000 "
        "exactly; with general, additive or a Transformer, none." in README
    )
    rows = read_table(ROOT / "results/reference/generalise", "by_length")
    reversed_rows = rows[(rows["task"] == "reverse") & rows["length"].isin([1_000, 10_000])]
    exact = reversed_rows[reversed_rows["exact_match"] == 1].groupby(["arm", "run_id"]).size()
    assert exact[exact == 2].groupby("arm").size().to_dict() == {"shift": 9}
    assert reversed_rows.groupby("arm")["run_id"].nunique().to_dict() == dict.fromkeys(rows["arm"].unique(), 10)


def test_what_is_said_of_published_models_is_declared_with_its_source() -> None:
    assert "Figure 3 of Wang (2023): with attention, no exact string at twice the training length." in README
    study = catalog.load("wang2023")
    twice = (2 * study.task.max_length,)
    points = [one for one in study.published if one.metric == "exact_match" and one.lengths == twice]
    assert {
        one.arm: (one.source.citation, one.low, one.high) for one in points if not one.arm.endswith("_none")
    } == dict.fromkeys(("rnn", "gru", "lstm"), ("Wang 2023", 0, 0.002))  # read off the figure


def test_the_replication_of_wang_2023_has_the_runs_that_are_said_to_be_done() -> None:
    assert "Three seeds, as published; a verdict needs six. Five of 18 runs are missing." in README
    runs = read_table(ROOT / "results/reference/wang2023", "runs")
    study = catalog.load("wang2023")
    assert study.profiles["full"].seeds == 3
    assert len(study.arms) * 3 == 18
    assert runs["status"].tolist() == ["done"] * 13
    assert "Repeated here: none with GRU or LSTM, some with a plain RNN." in README
    rows = read_table(ROOT / "results/reference/wang2023", "by_length")
    exact = rows[rows["length"] == 2 * study.task.max_length].groupby("arm")["exact_match"].agg(["min", "max", "size"])
    assert exact.loc[["gru", "lstm"], "max"].tolist() == [0, 0]
    assert exact.loc["rnn", "min"] > 0
    assert exact.loc[["rnn", "gru", "lstm"], "size"].tolist() == [3, 3, 3]


@pytest.mark.slow
def test_the_example_learns_to_reverse_and_draws_its_attention(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 12
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg", "MPLCONFIGDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    prediction, exact_match = done.stdout.split()
    assert f"prints `{prediction}`" in README
    assert float(exact_match) > 0.9
    assert load(tmp_path / "reverse.model").predict(prediction) == "abcdabc"
    assert imread(tmp_path / "attention.png").std() > 0
