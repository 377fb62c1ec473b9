"""What a session writes, and what it refuses."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from sessions import known_ratio, session

from results.tables import csv_io, provenance


@pytest.mark.serial
@pytest.mark.slow
def test_a_known_slowdown_is_found_and_a_failure_hides_no_other_row(tmp_path: Path) -> None:
    killing = ("--deselect", "tests/benchmarks/known_ratio.py::test_known_ratio[cpu-killing]")
    # With the seven rounds of smoke, stalls could move the median.
    done = known_ratio(tmp_path, "known_ratio", "--profile", "quick", *killing)
    assert done.returncode == 1, done.stdout  # "failing" failed
    assert "1 failed, 2 passed, 1 deselected in" in done.stdout
    assert "run the same command again to measure what failed" in done.stdout
    out = tmp_path / "out"
    assert f"report: {out / 'report.html'}\n" in done.stdout
    assert "Name (time in" not in done.stdout, "pytest-benchmark's own table"
    rows = csv_io.read_table(out, "throughput").set_index("candidate")
    assert set(rows.index) == {"once", "twice"}

    twice = rows.loc["twice"]
    assert 1.6 < twice.ratio < 2.5
    assert 1.3 < twice.ratio_low < twice.ratio < twice.ratio_high
    assert 0.8 < rows.loc["once"].ratio < 1.25
    assert twice.tokens_per_second == pytest.approx(1000 / twice.median_seconds)
    assert (twice.stopped == "width") == (twice.ratio_high - twice.ratio_low <= 0.05 * twice.ratio)

    rounds = csv_io.read_table(out, "rounds")
    assert rounds.groupby("candidate").order.nunique().eq(2).all()
    pairs = rounds[rounds.candidate == "twice"]
    assert len(pairs) == twice.rounds
    assert pairs.candidate_seconds.median() == twice.median_seconds
    assert (pairs.candidate_seconds / pairs.baseline_seconds).median() == pytest.approx(twice.ratio)

    peaks = csv_io.read_table(out, "ceilings").set_index("limit")
    assert twice.limit == "matmul"
    assert twice.share == pytest.approx(1e6 / peaks.loc["matmul"].per_second / twice.median_seconds)

    part = provenance.read(out)["benchmarks"]
    assert part["command"][:4] == ["python", "-m", "pytest", "tests/benchmarks/known_ratio.py"]
    assert part["command"][-2:] == [*killing]
    assert str(tmp_path) not in str(part)
    noise = part["noise"]
    assert noise["seconds"] > 0
    assert noise["control_spread"] > 0  # of `once` against itself
    assert (noise["other_cores"] is not None) == (sys.platform != "win32")


@pytest.mark.serial
@pytest.mark.slow
def test_every_suite_writes_rows_and_no_padding_is_counted(tmp_path: Path) -> None:
    selected = (
        "(encoder and lstm-two-way and source-10-padding-0.5) or (score and target-1-source-10) or parallel "
        "or additive_previous or levenshtein or (greedy and general)"
    )
    done = session("benchmarks", "--profile", "smoke", "--device", "cpu", "-k", selected, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout
    rows = csv_io.read_table(tmp_path, "throughput")
    assert sorted(rows.suite.unique()) == ["decoder", "encoder", "greedy", "metric", "score", "training"]
    assert (rows.peak_bytes[rows.suite != "metric"] > 0).all()
    assert (rows.share.notna() == (rows.suite != "metric")).all()
    assert rows.share.dropna().between(0, 1.2).all()
    encoders = rows[rows.suite == "encoder"]
    assert set(encoders.candidate) == {"packed", "padded", "padded_exact"}
    encoder = encoders.iloc[0]
    real = encoder.batch * encoder.source_length * (1 - encoder.padding_ratio)
    assert 0.4 < encoder.padding_ratio < 0.6
    assert encoder.tokens_per_second * encoder.median_seconds == pytest.approx(real)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "rounds.csv"), csv_io.read_table(tmp_path, "rounds"))


@pytest.mark.slow
def test_with_benchmark_disable_each_candidate_runs_once_and_nothing_is_written(tmp_path: Path) -> None:
    known_ratio(tmp_path, "once or twice", "--benchmark-disable")
    assert (tmp_path / "twice").read_text() == (tmp_path / "once").read_text() == "."
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--profile", "smok"), "--profile: 'smok' is refused; did you mean 'smoke'?"),
        pytest.param(
            ("--device", "cuda"),
            "torch finds no CUDA device; use cpu",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device"),
        ),
        (("--out", "pyproject.toml/tables"), "cannot be written"),
        (("--out", ""), "--out: '' is refused; expected a folder"),
    ],
)
def test_wrong_options_are_refused_in_one_line_before_the_measurement(arguments: tuple[str, ...], message: str) -> None:
    done = session("benchmarks", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_damaged_provenance_is_refused_before_the_measurement(tmp_path: Path) -> None:
    (tmp_path / "provenance.json").write_text('{"parts": {"benchmarks"')
    done = session("benchmarks/suites/bench_metric.py", "--profile", "smoke", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "provenance.json: not readable" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_long_options_work_if_another_plugin_has_taken_the_short_ones(tmp_path: Path) -> None:
    ours = ("--retrograde-profile", "smoke", "--retrograde-device", "cpu", "--retrograde-out", str(tmp_path / "ours"))
    other = ("--profile", "--device", "tpu", "--out", str(tmp_path / "other"))
    plugin = ("-p", "tests.benchmarks.taken_options")
    done = session("benchmarks/suites/bench_metric.py", *plugin, *ours, *other, "--collect-only", "--quiet")
    assert done.returncode == 0, done.stderr
    assert "[cpu-pairs-100-source-10-levenshtein]" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["ours"]
