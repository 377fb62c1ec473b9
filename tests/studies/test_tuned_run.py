"""A tuned study through all of the engine: trained, pruned, chosen, run with fresh seeds, exported and reported."""

from pathlib import Path

import pandas as pd
import pytest
from commands import TINY, words

from results.tables.csv_io import read_table
from studies.command_line.cli import main

pytestmark = pytest.mark.slow

TABLES = ("runs", "convergence", "by_length", "alignments", "tuning")


def tables(folder: Path, workers: int) -> dict[str, pd.DataFrame]:
    small = words({**TINY, "epochs": 6}, seeds=2, profile="quick")
    arms = ["--arm", "general", "--arm", "additive"]
    command = ["run", "scores", *arms, "--out", str(folder), *small, "--workers", str(workers)]
    assert main(command) == 0
    return {name: read_table(folder, name).drop(columns="seconds", errors="ignore") for name in TABLES}


def test_a_tuned_study_has_the_same_tables_with_any_number_of_workers(tmp_path: Path) -> None:
    alone, together = (tables(tmp_path / str(workers), workers) for workers in (1, 3))
    for name in TABLES:
        pd.testing.assert_frame_equal(alone[name], together[name])
    tuning, runs = alone["tuning"], alone["runs"]
    assert "pruned" in set(tuning["status"])
    assert tuning.groupby("arm")["trial"].nunique().to_dict() == dict.fromkeys(runs["arm"].unique(), 8)
    assert set(runs["seed"]) == {0, 1}
    assert "## Tuning" in (tmp_path / "1" / "report.md").read_text()


def test_a_rate_for_all_arms_of_a_tuned_study_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "scores", "--out", str(tmp_path / "some"), "--set", "learning_rate=0.1"]) == 2
    assert (
        capsys.readouterr().err
        == "retrograde: learning_rate: the study tunes learning_rate, so a value would have no effect; expected "
        "another setting\n"
    )
    assert not (tmp_path / "some").exists()
