"""What a whole session writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import torch
from sessions import planted, session

from results.tables import csv_io, provenance


@pytest.mark.slow
def test_a_planted_slowdown_is_found_and_a_failure_hides_no_other_row(tmp_path: Path) -> None:
    deadly = ("--deselect", "tests/benchmarks/planted.py::test_planted[cpu-deadly]")
    done = planted(tmp_path, "planted", "--profile", "quick", *deadly)  # in smoke's seven rounds, most could be stalls
    assert done.returncode == 1, done.stdout  # "broken" failed
    assert "1 failed, 2 passed, 1 deselected in" in done.stdout
    assert "the same command measures what failed" in done.stdout
    out = tmp_path / "out"
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

    ceilings = csv_io.read_table(out, "ceilings").set_index("limit")
    assert twice.limit == "matmul"
    assert twice.share == pytest.approx(1e6 / ceilings.loc["matmul"].per_second / twice.median_seconds)

    part = provenance.read(out)["benchmarks"]
    assert part["command"][:4] == ["python", "-m", "pytest", "tests/benchmarks/planted.py"]
    assert part["command"][-2:] == [*deadly]
    assert str(tmp_path) not in str(part)


@pytest.mark.slow
def test_every_suite_writes_rows_that_count_no_padding(tmp_path: Path) -> None:
    chosen = (
        "(encoder and lstm-two-way and source-10-padding-0.5) or (score and target-1-source-10) or parallel "
        "or additive_previous or levenshtein or (greedy and general)"
    )
    done = session("benchmarks", "--profile", "smoke", "--device", "cpu", "-k", chosen, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout
    rows = csv_io.read_table(tmp_path, "throughput")
    assert sorted(rows.suite.unique()) == ["decoder", "encoder", "greedy", "metric", "score", "training"]
    assert (rows.peak_bytes[rows.suite != "metric"] > 0).all()
    assert rows.share.dropna().between(0, 1.2).all()
    encoders = rows[rows.suite == "encoder"]
    assert set(encoders.candidate) == {"packed", "padded", "padded_exact"}
    encoder = encoders.iloc[0]
    real = encoder.batch * encoder.source_length * (1 - encoder.padding_ratio)
    assert 0.4 < encoder.padding_ratio < 0.6
    assert encoder.tokens_per_second * encoder.median_seconds == pytest.approx(real)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "rounds.csv"), csv_io.read_table(tmp_path, "rounds"))


@pytest.mark.slow
def test_switched_off_each_candidate_runs_once_and_nothing_is_written(tmp_path: Path) -> None:
    planted(tmp_path, "once or twice", "--benchmark-disable")
    assert (tmp_path / "twice").read_text() == (tmp_path / "once").read_text() == "."
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--profile", "smok"), "--profile: 'smok' is refused; did you mean 'smoke'?"),
        pytest.param(
            ("--device", "cuda"),
            "torch finds no CUDA device here; use cpu",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device"),
        ),
        (("--out", "pyproject.toml/tables"), "cannot be written"),
        (("--out", ""), "--out: '' is refused; expected a folder"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line_before_any_work(arguments: tuple[str, ...], said: str) -> None:
    done = session("benchmarks", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_provenance_that_is_damaged_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "provenance.json").write_text('{"parts": {"benchmarks"')
    done = session("benchmarks/suites/bench_metric.py", "--profile", "smoke", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "provenance.json: not readable" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_options_have_names_that_no_other_plugin_has(tmp_path: Path) -> None:
    ours = ("--retrograde-profile", "smoke", "--retrograde-device", "cpu", "--retrograde-out", str(tmp_path / "ours"))
    theirs = ("--profile", "--device", "tpu", "--out", str(tmp_path / "theirs"))
    plugin = ("-p", "tests.benchmarks.crowded")
    done = session("benchmarks/suites/bench_metric.py", *plugin, *ours, *theirs, "--collect-only", "--quiet")
    assert done.returncode == 0, done.stderr
    assert "[cpu-pairs-100-source-10-levenshtein]" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["ours"]
