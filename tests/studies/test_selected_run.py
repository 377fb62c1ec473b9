"""A command trains the chosen arms and seeds in a folder of its own, which grows by more arms."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import TINY, refused, run_words

from results.tables import provenance
from results.tables.csv_io import read_table
from studies.command_line.cli import main
from studies.commands.output_folder import LOCAL
from studies.commands.request import Request
from studies.commands.run import too_few_seeds
from studies.engine.checkpoints import MODELS

pytestmark = pytest.mark.slow


def test_chosen_arms_and_seeds_are_trained_and_more_arms_are_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = ["attention", *run_words(TINY), "--arm", "dot", "--arm", "none", "--seeds", "5-6"]
    assert main(["run", *chosen, "--workers", "1"]) == 0
    (folder,) = LOCAL.iterdir()
    assert folder.name.startswith("attention-smoke-none+dot-seeds=5-6-")
    first = read_table(folder, "runs")
    assert first[["arm", "seed"]].to_numpy().tolist() == [["none", 5], ["dot", 5], ["none", 6], ["dot", 6]]
    assert {path.stem for path in (folder / MODELS).iterdir()} == set(first.loc[first["seed"] == 5, "run_id"])
    settings = provenance.read(folder)["study"]["settings"]
    assert (settings["seeds"], [*settings["arms"]]) == ([5, 6], ["none", "dot"])
    assert settings["decision"]["left_out"] == ["general against none", "additive against none"]
    assert "verdict" not in capsys.readouterr().err  # a smoke run has another caution

    assert main(["status", *chosen]) == 0
    assert "runs      4: 4 done, 0 pruned" in capsys.readouterr().out
    assert main(["work", *chosen, "--workers", "1"]) == 0
    message = refused(["status", "attention", "--set", "cell=lstm", "--out", str(folder)], capsys)
    assert "the options name the run attention-cell=lstm, and the storage has attention-smoke-none+dot-" in message
    assert main(["status", "attention", "--out", str(folder)]) == 0
    capsys.readouterr()
    message = refused(["status", "attention"], capsys)
    assert f"file not found; expected the storage of an earlier `run`; found {folder}" in message

    more = ["run", *chosen, "--add", "deep: score=dot layers=2", "--out", str(folder), "--workers", "1"]
    assert main(more) == 0
    grown = read_table(folder, "runs")
    assert grown[grown["arm"] != "deep"].reset_index(drop=True).equals(first)
    assert grown["arm"].tolist() == ["none", "dot", "deep"] * 2
    assert "deep against none" in (folder / "report.md").read_text()
    assert main(["describe", str(folder)]) == 0
    assert "already those of the study attention" in capsys.readouterr().out
    assert "without deep here" in refused(["run", *chosen, "--out", str(folder)], capsys)


def test_chosen_levels_are_trained_and_more_levels_are_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = ["lengths", "--profile", "smoke", "--arm", "general", "--arm", "none", "--set", "hidden_size=4"]
    assert main(["run", *chosen, "--levels", "max_length=20", "--workers", "1"]) == 0
    (folder,) = LOCAL.iterdir()
    assert folder.name == "lengths-smoke-none+general-max_length=20-hidden_size=4"
    first = read_table(folder, "runs")
    assert first[["arm", "max_length"]].to_numpy().tolist() == [["none", 20], ["general", 20]]
    assert provenance.read(folder)["study"]["settings"]["factors"] == {"max_length": [20]}
    assert main(["status", *chosen, "--levels", "max_length=20"]) == 0

    assert main(["run", *chosen, "--levels", "max_length=20,10", "--out", str(folder), "--workers", "1"]) == 0
    grown = read_table(folder, "runs")
    assert grown["max_length"].tolist() == [10, 10, 20, 20]
    assert grown[grown["max_length"] == 20].reset_index(drop=True).equals(first)
    assert main(["describe", str(folder)]) == 0
    assert "already those of the study lengths" in capsys.readouterr().out
    fewer = ["run", *chosen, "--levels", "max_length=10", "--out", str(folder)]
    assert "without max_length 20 here" in refused(fewer, capsys)


def test_runs_that_are_solved_end_and_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = {**TINY, "epochs": 5, "stop_at": 0.01}
    given = ["attention", *run_words(settings), "--seeds", "2", "--out", str(tmp_path), "--workers", "1"]
    assert main(["run", *given]) == 0
    runs = read_table(tmp_path, "runs")
    assert set(runs["steps"]) <= {4, 6, 8, 10}
    assert 4 in set(runs["steps"]), "no run was solved"
    assert read_table(tmp_path, "convergence").groupby("run_id")["step"].max().to_dict() == dict(
        zip(runs["run_id"], runs["steps"], strict=True)
    )
    report = (tmp_path / "report.md").read_text()
    assert "A run ends early once its Levenshtein accuracy" in report
    assert "a run that ends early because it is solved keeps its last value" in report
    assert main(["status", "attention", "--out", str(tmp_path)]) == 0
    assert "8 done" in capsys.readouterr().out


def test_lengths_beyond_those_of_the_training_are_in_the_table_and_the_figure(tmp_path: Path) -> None:
    given = ["attention", *run_words(TINY), "--set", "test_lengths=[3, 12, 30]", "--arm", "none", "--arm", "dot"]
    assert main(["run", *given, "--seeds", "2", "--out", str(tmp_path), "--workers", "1"]) == 0
    rows = read_table(tmp_path, "by_length")
    assert rows[rows["length"] > TINY["max_length"]].groupby("length")["n"].unique().explode().to_dict() == {
        12: 200,
        30: 200,
    }
    assert (rows[rows["length"] == 3]["n"] >= 200).all()
    report = (tmp_path / "report.md").read_text()
    assert "Shaded: the lengths of the training; the axis is logarithmic." in report


def test_too_few_seeds_for_a_verdict_are_said_before_the_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*run_words(TINY, "quick"), "--arm", "none", "--arm", "dot", "--seeds", "2,4", "--out", str(tmp_path)]
    assert main(["run", "attention", *words, "--workers", "1"]) == 0
    line = "retrograde: 2 seeds: the report will give no verdict, which needs 6 or more\n"
    assert capsys.readouterr().err.startswith(line)


@pytest.mark.parametrize(
    ("profile", "seeds", "arms"),
    [("smoke", 1, ()), ("quick", None, ()), ("quick", 8, ()), ("quick", 1, ("none",))],
)
def test_enough_seeds_a_smoke_run_and_an_arm_alone_need_no_warning(
    profile: str, seeds: int | None, arms: tuple[str, ...]
) -> None:
    assert [*too_few_seeds(Request(name="attention", profile=profile, seeds=seeds, arms=arms).plan())] == []
    assert [*too_few_seeds(Request(name="attention", profile="quick", seeds=7).plan())] == [
        "7 seeds: the report will give no verdict, which needs 8 or more"
    ]
