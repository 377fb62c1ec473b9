"""A study whose storage is lost is continued from its tables: no run is repeated, and no cell changes."""

import itertools
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from commands import TINY, TOO_LARGE, planned, refused, words

from results.errors import InputError
from results.tables import provenance
from results.tables.csv_io import read_table
from results.tables.table_file import has_table, read_text, remove_table, table_file
from studies import catalog
from studies.command_line.cli import main
from studies.commands.export import export_tables, origin_of
from studies.commands.held_runs import check_curves
from studies.engine.queue import Queue
from studies.engine.scheduler import add_finished
from studies.engine.storage import SQLITE_FILE, default_url, open_storage
from studies.planning.plan import plan
from studies.planning.restored_rows import read_rows
from studies.planning.run_rows import TABLES

REFERENCE = Path(__file__).parents[2] / "results" / "reference"


def contents(folder: Path) -> dict[str, bytes]:
    """The tables, times and all, and the provenance."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if ".csv" in path.name or path.suffix == ".json"}


def lose_storage(folder: Path) -> None:
    (folder / SQLITE_FILE).unlink()


def tuned(*, seeds: int = 2) -> list[str]:
    small = words({**TINY, "epochs": 6}, seeds=seeds, profile="quick")
    return ["run", "scores", "--arm", "general", "--arm", "additive", *small, "--workers", "2"]


@pytest.mark.parametrize("place", ["ibm_toy", "lengths", "lengths_lstm"])
def test_the_runs_of_a_published_folder_are_read_and_written_as_they_are(place: str, tmp_path: Path) -> None:
    """ibm_toy has metrics of a recipe, lengths has factors and tuning runs, and lengths_lstm
    changes a setting and leaves levels out."""
    folder = REFERENCE / place
    part = provenance.read(folder)["study"]
    settings, name = part["settings"], part["settings"]["name"]
    changed, levels = settings.get("changed", {}), settings["factors"]
    todo = plan(catalog.load(name), part["profile"], settings=changed, seeds=settings["seeds"], levels=levels)
    rows = read_rows(folder, name, todo)
    assert len(rows) == settings["settled_runs"]
    export_tables(tmp_path, name, todo, rows)
    for table in [*TABLES, "tuning"]:
        assert has_table(tmp_path, table) == has_table(folder, table)
        if has_table(folder, table):
            assert read_text(table_file(tmp_path, table)) == read_text(table_file(folder, table)), table


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["run", "attention", *words(TINY, seeds=2), "--workers", "2"],
        ["run", "article", *words(TINY), "--workers", "2"],  # its epochs count from 0
        tuned(),
    ],
    ids=["plain", "article", "tuned"],
)
def test_the_same_command_repeats_no_run(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    assert main([*command, "--out", str(folder)]) == 0
    before = contents(folder)
    lose_storage(folder)
    capsys.readouterr()
    assert main([*command, "--out", str(folder)]) == 0
    assert f"restored from the tables of {folder}\n" in capsys.readouterr().err
    assert contents(folder) == before
    with sqlite3.connect(folder / SQLITE_FILE) as storage:
        assert storage.execute("SELECT count(*) FROM trial_user_attributes WHERE key = 'worker'").fetchone() == (0,)

    # With a seed more, and without the tables of attention weights, as a published folder may be.
    lose_storage(folder)
    for name in ("alignments", "mean_alignments"):
        remove_table(folder, name)
    seeds = command.index("--seeds") + 1
    more = [*command[:seeds], str(int(command[seeds]) + 1), *command[seeds + 1 :], "--out", str(folder)]
    runs = read_table(folder, "runs")
    assert main(more) == 0
    assert main(["status", command[1], "--out", str(folder)]) == 0
    after = read_table(folder, "runs")
    assert len(after) > len(runs)
    pd.testing.assert_frame_equal(after[: len(runs)], runs)
    assert not has_table(folder, "mean_alignments")


@pytest.mark.slow
def test_seeds_are_added_to_tables_without_a_storage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "attention", *words(TINY, seeds=1), "--out", str(tmp_path / "first"), "--workers", "2"]) == 0
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in contents(tmp_path / "first"):
        shutil.copy(tmp_path / "first" / name, folder)
    before, started = read_table(folder, "runs"), provenance.read(folder)["study"]["started"]

    assert main(["run", "attention", *words(TINY, seeds=3), "--out", str(folder), "--workers", "2"]) == 0
    assert "4 runs restored" in capsys.readouterr().err
    after = read_table(folder, "runs")
    assert after["seed"].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    pd.testing.assert_frame_equal(after[after["seed"] == 0], before)
    part = provenance.read(folder)["study"]
    assert (part["started"], part["settings"]["machines"]) == (started, 2)


@pytest.mark.slow
def test_a_restoring_that_is_killed_is_completed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["run", "attention", *words(TINY, seeds=2), "--out", str(tmp_path), "--workers", "2"]
    assert main(command) == 0
    before, todo = contents(tmp_path), planned(TINY, seeds=2)
    lose_storage(tmp_path)
    some = dict(itertools.islice(read_rows(tmp_path, "attention", todo).items(), 5))
    with open_storage(default_url(tmp_path)) as storage:
        assert add_finished(Queue(storage, "attention", print), todo, some, origin_of(tmp_path)) == 5
    assert main(command) == 0
    assert "3 runs restored" in capsys.readouterr().err
    assert contents(tmp_path) == before


@pytest.mark.slow
def test_runs_that_failed_stay_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["run", "attention", *words(TOO_LARGE), "--out", str(tmp_path), "--workers", "2"]
    assert main(command) == 1
    before = contents(tmp_path)
    lose_storage(tmp_path)
    assert main(command) == 1
    assert "4 runs restored" in capsys.readouterr().err
    assert contents(tmp_path) == before


@pytest.mark.slow
def test_a_command_for_other_runs_is_refused_before_a_storage_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    assert main([*tuned(), "--out", str(folder)]) == 0
    lose_storage(folder)
    before = contents(folder)
    capsys.readouterr()
    fewer, other = tuned(seeds=1), [*tuned(), "--set", "embedding_size=9"]
    assert "without seed 1 here" in refused([*fewer, "--out", str(folder)], capsys)
    assert "there, 9 here" in refused([*other, "--out", str(folder)], capsys)
    assert "holds the study 'scores', not 'attention'" in refused(
        ["run", "attention", "--out", str(folder), *words(TINY)], capsys
    )
    assert contents(folder) == before
    cut = ("convergence.csv", "by_length.csv", "runs.csv", "tuning.csv", "mean_alignments.csv")
    for name in ("provenance.json", *cut):
        text = (folder / name).read_bytes()
        if name != "mean_alignments.csv":  # a published folder may lack it
            (folder / name).unlink()
            assert f"{folder / name}: " in refused([*tuned(), "--out", str(folder)], capsys)
        if name in cut:  # a copy that lacks the last row, or all rows of the last run
            lines = text.splitlines(keepends=True)
            last = lines[-1].split(b",")[0]
            kept = [line for line in lines[:-1] if not line.startswith(last)] if name.startswith("mean") else lines[:-1]
            (folder / name).write_bytes(b"".join(kept))
            message = refused([*tuned(), "--out", str(folder)], capsys)
            assert str(folder) in message
            found = {"tuning.csv": "runs.csv", "runs.csv": "convergence.csv"}.get(name, name)
            assert f"{found}: " in message
        (folder / name).write_bytes(text)
    assert not (folder / SQLITE_FILE).exists()
    assert contents(folder) == before


@pytest.mark.slow
def test_another_storage_that_has_the_study_is_not_changed_by_a_refused_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder has two seeds, and the command asks for one."""
    folder, url = tmp_path / "out", f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    assert main(["run", "attention", *words(TINY, seeds=2), "--out", str(folder)]) == 0
    other = ["run", "attention", *words({**TINY, "epochs": 2}), "--out", str(tmp_path / "other"), "--storage", url]
    assert main(other) == 0
    capsys.readouterr()
    with open_storage(url) as storage:
        before = len(Queue(storage, "attention", print).trials())
    fewer = ["run", "attention", *words(TINY, seeds=1), "--out", str(folder), "--storage", url]
    assert "without seed 1 here" in refused(fewer, capsys)
    with open_storage(url) as storage:
        assert len(Queue(storage, "attention", print).trials()) == before


def test_further_trials_that_need_lost_curves_are_refused() -> None:
    folder = REFERENCE / "lengths"
    settings = provenance.read(folder)["study"]["settings"]
    todo = plan(catalog.load("lengths"), "full", seeds=settings["seeds"], levels=settings["factors"])
    rows = read_rows(folder, "lengths", todo)
    check_curves(folder, todo, rows, "")
    assert todo.tuning is not None
    more = replace(todo, tuning=replace(todo.tuning, trials_per_arm=todo.tuning.trials_per_arm + 1))
    rows = read_rows(folder, "lengths", more)
    assert all("tuning" in of_run for of_run in rows.values())
    with pytest.raises(InputError, match="the pruner median needs them for further trials; expected a finished tuning"):
        check_curves(folder, more, rows, "choose another")
