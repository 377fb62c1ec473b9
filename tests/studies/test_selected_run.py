"""A command trains the chosen arms and seeds in a folder of its own, which grows by more arms."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import TINY, refused, run_words

from results.tables import provenance
from results.tables.csv_io import read_table
from studies.command_line.cli import main
from studies.commands.output_folder import LOCAL
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
    capsys.readouterr()

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
