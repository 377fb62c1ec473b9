"""Whole benchmark sessions, each in a process of its own: what they write, what they refuse."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from results import provenance, records

ROOT = Path(__file__).parents[2]
PLANTED = ("-c", "pyproject.toml", "-p", "benchmarks.conftest", "tests/benchmarks/planted.py", "--profile", "smoke")


def session(*arguments: str, calls: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CALLS": str(calls)}
    words = [sys.executable, "-m", "pytest", *arguments, "-p", "no:cacheprovider"]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_planted_slowdown_is_found_and_a_failure_hides_no_other_row(tmp_path: Path) -> None:
    done = session(*PLANTED, "--device", "cpu", "--out", str(tmp_path), calls=tmp_path)
    assert done.returncode == 1, done.stdout  # "broken" failed
    assert "1 failed, 2 passed" in done.stdout
    rows = records.read_table(tmp_path, "throughput").set_index("candidate")
    assert set(rows.index) == {"once", "twice"}

    twice = rows.loc["twice"]
    assert 1.6 < twice.ratio < 2.5
    assert 1.3 < twice.ratio_low < twice.ratio < twice.ratio_high
    assert 0.8 < rows.loc["once"].ratio < 1.25
    assert twice.tokens_per_second == pytest.approx(1000 / twice.median_seconds)

    rounds = records.read_table(tmp_path, "rounds")
    assert rounds.groupby("candidate").order.nunique().eq(2).all()
    pairs = rounds[rounds.candidate == "twice"]
    assert len(pairs) == twice.rounds
    assert pairs.candidate_seconds.median() == twice.median_seconds
    assert (pairs.candidate_seconds / pairs.baseline_seconds).median() == pytest.approx(twice.ratio)

    part = provenance.read(tmp_path)["benchmarks"]
    assert part["command"][:4] == ["python", "-m", "pytest", "tests/benchmarks/planted.py"]
    assert str(tmp_path) not in str(part)


@pytest.mark.slow
def test_every_suite_writes_rows_that_count_no_padding(tmp_path: Path) -> None:
    chosen = "(encoder and gru and two-way and 10) or step-10 or additive_previous"
    done = session("benchmarks", "--profile", "smoke", "--device", "cpu", "-k", chosen, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout
    rows = records.read_table(tmp_path, "throughput")
    assert sorted(rows.suite.unique()) == ["encoder", "score", "training"]
    assert set(rows[rows.suite == "encoder"].candidate) == {"packed", "padded", "padded_exact"}
    encoder = rows[rows.suite == "encoder"].iloc[0]
    real = encoder.batch * encoder.source_length * (1 - encoder.padding_ratio)
    assert 0.2 < encoder.padding_ratio < 0.3
    assert encoder.tokens_per_second * encoder.median_seconds == pytest.approx(real)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "rounds.csv"), records.read_table(tmp_path, "rounds"))


@pytest.mark.slow
def test_switched_off_each_candidate_runs_once_and_nothing_is_written(tmp_path: Path) -> None:
    session(*PLANTED, "--device", "cpu", "--benchmark-disable", "--out", str(tmp_path / "out"), calls=tmp_path)
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
    ],
)
def test_what_is_wrong_is_refused_in_one_line_before_any_work(arguments: tuple[str, ...], said: str) -> None:
    done = session("benchmarks", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
