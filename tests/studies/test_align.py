"""Heat maps of chosen examples from saved models: the recorded weights, or one line with the reason."""

import shutil
import signal
import threading
from functools import partial
from pathlib import Path

import pytest
from commands import TINY, refused, words
from observers import Observer, in_parallel, training_workers

from results.tables.csv_io import read_table
from results.tables.provenance import read
from studies import catalog
from studies.command_line.cli import main
from studies.commands.export import export_tables
from studies.engine.checkpoints import MODELS, Checkpoints
from studies.engine.storage import default_url
from studies.planning.plan import plan
from studies.training.train_run import train_to_rows

pytestmark = pytest.mark.slow
ARTICLE = {"epochs": 1, "steps_per_epoch": 2, "hidden_size": 8, "evaluation_size": 8, "test_size": 8}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small study of two seeds, with examples."""
    folder = tmp_path_factory.mktemp("kept") / "out"
    given = [*words(TINY, seeds=2), "--workers", "1", "--example", "abcd", "--example", "ddb"]
    assert main(["run", "attention", "--out", str(folder), *given]) == 0
    return folder


def model_of(folder: Path, arm: str) -> Path:
    runs = read_table(folder, "runs").set_index(["arm", "seed"])
    return folder / MODELS / f"{runs.loc[(arm, 0), 'run_id']}.checkpoint"


def test_a_study_saves_the_model_of_the_first_seed_of_each_arm_and_no_other_checkpoint(kept: Path) -> None:
    runs = read_table(kept, "runs")
    names = {path.name for path in (kept / MODELS).iterdir()}
    assert names == {f"{run_id}.checkpoint" for run_id in runs.loc[runs["seed"] == 0, "run_id"]}
    assert len(names) == 4
    assert list((kept / "checkpoints").iterdir()) == []


def test_the_alignment_figures_show_the_given_examples(kept: Path) -> None:
    table = read_table(kept, "examples")
    shown = dict(zip(table["run_id"], table["model"], strict=True))
    assert shown == {model_of(kept, arm).stem: arm for arm in ("dot", "general", "additive")}  # none has nothing
    for (_, example, _), rows in table.groupby(["model", "example", "target_position"]):
        assert "".join(rows.sort_values("source_position")["source"]) == example
        assert rows["weight"].sum() == pytest.approx(1, abs=1e-5)  # of weights with 6 decimals
    assert set(table["example"]) == {"abcd", "ddb"}
    assert read(kept)["examples"]["settings"] == {"models": shown, "examples": ["abcd", "ddb"]}
    assert (kept / "figures" / "examples.svg").exists()
    assert "examples" in (kept / "report.md").read_text()


def test_a_saved_model_reproduces_the_weights_that_its_run_recorded(kept: Path, tmp_path: Path) -> None:
    """The saved model has the weights of the end of the run."""
    alignments = read_table(kept, "alignments")
    first = alignments[(alignments["arm"] == "dot") & (alignments["seed"] == 0)]
    source = "".join(first.groupby("source_position")["source"].first())
    model = model_of(kept, "dot")
    assert main(["align", str(model), "--example", source, "--out", str(tmp_path)]) == 0
    again = read_table(tmp_path, "examples")
    assert again["weight"].tolist() == first["weight"].tolist()
    assert again["predicted"].tolist() == first["predicted"].tolist()
    assert set(zip(again["run_id"], again["model"], strict=True)) == {(model.stem, "dot")}
    assert str(tmp_path) not in (tmp_path / "report.md").read_text()


def test_models_with_slips_are_rebuilt_with_their_slips(tmp_path: Path) -> None:
    todo, checkpoints = plan(catalog.load("article"), "smoke", seeds=1, settings=ARTICLE), Checkpoints(tmp_path)
    finished = {}
    for run in todo.initial_runs:
        write = partial(checkpoints.write, run.run_id)
        finished[run.run_id] = train_to_rows(run, lambda point: None, on_checkpoint=write)
        checkpoints.keep(run.run_id)
    export_tables(tmp_path, "article", todo, finished)
    assert main(["align", str(tmp_path), "--example", "abc", "--out", str(tmp_path / "out")]) == 0
    assert "bahdanau_va_per_slot" in set(read_table(tmp_path / "out", "examples")["model"])


def test_examples_that_cannot_be_drawn_are_refused_and_nothing_is_written(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "out")]
    damaged = tmp_path / "damaged.checkpoint"
    damaged.write_bytes(model_of(kept, "dot").read_bytes()[:-1])
    for given, message in (
        (["align", str(kept), "--example", "abx", *out], "the letter 'x' is unknown; known: a, b, c, d"),
        (["align", str(kept), "--example", "", *out], "expected at least one letter"),
        (["align", str(kept), *out], "--example"),
        (
            ["align", str(model_of(kept, "none")), "--example", "ab", *out],
            "no model with attention; expected at least one",
        ),
        (["align", str(tmp_path), "--example", "ab", *out], "no kept models of the runs in runs.csv"),
        (["align", str(tmp_path / "nothing"), "--example", "ab", *out], "No such file"),
        (["align", str(damaged), "--example", "ab", *out], "damaged: its content does not match its digest"),
        (["run", "attention", "--example", "abx", *out], "the letter 'x' is unknown"),
    ):
        assert message in refused(given, capsys)
        assert not (tmp_path / "out").exists()


def test_two_models_with_one_file_name_are_refused_unless_they_are_one_run(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copies = [tmp_path / name / "best.checkpoint" for name in ("a", "b")]
    for copy, arm in zip(copies, ("dot", "general"), strict=True):
        copy.parent.mkdir()
        copy.write_bytes(model_of(kept, arm).read_bytes())
    out = ["--example", "ab", "--out", str(tmp_path / "out")]
    assert "a second model of this name" in refused(["align", *map(str, copies), *out], capsys)
    assert not (tmp_path / "out").exists()
    assert main(["align", str(kept), str(model_of(kept, "dot")), str(copies[0]), *out]) == 0
    assert list(read_table(tmp_path / "out", "examples")["model"].unique()) == ["dot", "general", "additive", "best"]


def test_an_interrupted_run_with_more_seeds_removes_the_report_of_the_earlier_runs(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    shutil.copytree(kept, folder)
    (folder / "figures" / "mine.svg").write_text("not the report's")

    def interrupt(observer: Observer) -> None:
        observer.wait_for(default_url(folder), training_workers)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    more = words(TINY, seeds=100)
    with in_parallel(interrupt):
        assert main(["run", "attention", "--out", str(folder), *more, "--workers", "1"]) == 130
    assert "report.html is removed, because its tables have changed" in capsys.readouterr().err
    shown = [path.name for path in folder.rglob("*") if path.suffix in (".md", ".html", ".svg", ".png")]
    assert shown == ["mine.svg"]
    assert len(read_table(folder, "runs")) >= 8
