"""Runs of MLflow, read back with its own client: settings, every epoch once, the test set, and how a run ended."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from commands import TINY, words
from needs import package
from sqlalchemy.exc import OperationalError

import studies.engine.retry
from results.errors import InputError
from results.tables.csv_io import read_table
from seq2seq_core import ModelConfig, TaskConfig, TrainConfig, train
from seq2seq_core.training import EpochMetrics
from studies.command_line.cli import main
from studies.design.study import Study
from studies.engine.run_trackers import run_trackers
from studies.planning.plan import plan
from studies.trackers.mlflow import Mlflow, prepare, store_uri

mlflow = package("mlflow", extra="mlflow")
MODEL = ModelConfig(embedding_size=6, hidden_size=8)
TASK = TaskConfig(min_length=2, max_length=5)
BRIEF = TrainConfig(epochs=3, steps_per_epoch=4, batch_size=5, evaluation_size=20, test_size=30)


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store; making one takes seconds."""
    folder = tmp_path_factory.mktemp("store")
    prepare(folder, "first")
    return store_uri(folder)


def runs(uri: str, experiment: str) -> list["mlflow.entities.Run"]:
    client = mlflow.MlflowClient(uri)
    return list(client.search_runs([client.get_experiment_by_name(experiment).experiment_id]))


def history(uri: str, run: "mlflow.entities.Run", metric: str) -> list[tuple[int, float]]:
    client = mlflow.MlflowClient(uri)
    return [(one.step, one.value) for one in client.get_metric_history(run.info.run_id, metric)]


def test_a_training_is_a_run_with_its_settings_and_metrics(uri: str) -> None:
    result = train(MODEL, TASK, BRIEF, 7, trackers=[Mlflow(uri, "bare", "a name")])
    assert result.test is not None
    (run,) = runs(uri, "bare")
    assert (run.info.run_name, run.info.status) == ("a name", "FINISHED")
    assert run.data.params["hidden_size"] == "8"
    assert run.data.params["seed"] == "7"
    assert history(uri, run, "eval_loss") == [(one.step, one.eval_loss) for one in result.epochs]
    assert run.data.metrics["test_exact_match"] == result.test.exact_match
    assert run.data.metrics["test_levenshtein_accuracy"] == result.test.levenshtein_accuracy


def test_a_continued_training_has_each_epoch_once(uri: str) -> None:
    class CutOffError(Exception):
        pass

    checkpoints: list[bytes] = []

    def cut_off(data: bytes) -> None:
        checkpoints.append(data)
        if len(checkpoints) == 2:
            raise CutOffError

    def tracker() -> Mlflow:
        return Mlflow(uri, "continued", identity="one", params={"arm": "x" * 10_000})

    with pytest.raises(CutOffError):
        train(MODEL, TASK, BRIEF, 7, on_checkpoint=cut_off, trackers=[tracker()])
    assert runs(uri, "continued")[0].info.status == "KILLED"
    result = train(MODEL, TASK, BRIEF, 7, checkpoint=checkpoints[0], trackers=[tracker()])
    (run,) = runs(uri, "continued")
    assert run.info.status == "FINISHED"
    assert history(uri, run, "train_loss") == [(one.step, one.train_loss) for one in result.epochs]


def test_a_diverged_training_has_failed_and_no_accuracy_of_its_last_epoch(uri: str) -> None:
    result = train(MODEL, TASK, BRIEF.replace({"learning_rate": 1e30}), 7, trackers=[Mlflow(uri, "diverged")])
    assert result.status == "diverged"
    (run,) = runs(uri, "diverged")
    assert run.info.status == "FAILED"
    assert "test_exact_match" not in run.data.metrics
    assert len(history(uri, run, "exact_match")) == len(result.epochs) - 1
    assert len(history(uri, run, "train_loss")) == len(result.epochs)


def test_a_study_records_each_run_from_two_workers(
    uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    shutil.copy(uri.removeprefix("sqlite:///"), folder)
    assert main(["run", "attention", *words(TINY), "--out", str(folder), "--workers", "2", "--mlflow"]) == 0
    assert "mlflow" not in capsys.readouterr().err.lower()
    recorded = runs(store_uri(folder), "attention")
    table = read_table(folder, "runs").set_index("run_id")
    assert sorted(run.data.tags["retrograde.id"] for run in recorded) == sorted(table.index)
    for run in recorded:
        row = table.loc[run.data.tags["retrograde.id"]]
        assert (run.data.params["arm"], run.data.params["seed"]) == (row["arm"], str(row["seed"]))
        assert run.info.run_name == f"{row['arm']} seed={row['seed']}"
        assert run.info.status == "FINISHED"
        assert run.data.metrics["test_exact_match"] == row["exact_match"]
        assert len(history(store_uri(folder), run, "train_loss")) == TINY["epochs"]


def test_a_store_that_cannot_be_used_is_refused_before_any_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mlflow.sqlite3").write_text("no database")
    with pytest.raises(InputError, match=r"--mlflow: .*mlflow\.sqlite3: .*; expected a store that MLflow can write"):
        prepare(tmp_path, "some")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@localhost:1")
    with pytest.raises(InputError, match="--mlflow: MLFLOW_TRACKING_URI: ") as caught:
        prepare(tmp_path, "some")
    assert "secret" not in str(caught.value)


def test_a_tracker_that_fails_is_one_line_and_the_run_goes_on(tmp_path: Path, study: Study) -> None:
    (tmp_path / "mlflow.sqlite3").write_text("no database")
    notices: list[str] = []
    run = plan(study, "full").initial_runs[-1]
    (tracker,) = run_trackers(["mlflow"], run, {}, study="s", folder=tmp_path, notify=notices.append)
    result = train(MODEL, TASK, BRIEF, 7, trackers=[tracker])
    assert result.status == "done"
    (line,) = notices
    assert line.startswith("the tracker Mlflow failed: ")
    assert line.endswith("; the run continues without it")
    assert "\n" not in line


def test_a_store_that_is_locked_for_a_while_loses_nothing(
    tmp_path: Path, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLflow hides the error of its database behind one of its own, which ended the recording."""
    locked = [True, True]
    recorded = Mlflow.on_epoch

    def on_epoch(self: Mlflow, metrics: EpochMetrics) -> None:
        recorded(self, metrics)
        if locked and locked.pop():
            try:
                raise OperationalError("INSERT", None, sqlite3.OperationalError("database is locked"))
            except OperationalError as error:
                raise RuntimeError("INTERNAL_ERROR") from error

    monkeypatch.setattr(Mlflow, "on_epoch", on_epoch)
    monkeypatch.setattr(studies.engine.retry, "RETRY_SECONDS", 0.001)
    prepare(tmp_path, "s")
    notices: list[str] = []
    run = plan(study, "full").initial_runs[-1]
    (tracker,) = run_trackers(["mlflow"], run, {}, study="s", folder=tmp_path, notify=notices.append)
    assert train(MODEL, TASK, BRIEF, 7, trackers=[tracker]).status == "done"
    (line,) = notices
    assert line.endswith("database is locked; retrying")
    (one,) = runs(store_uri(tmp_path), "s")
    assert one.data.tags["retrograde.id"] == run.run_id
    assert len(history(store_uri(tmp_path), one, "train_loss")) == BRIEF.epochs


def test_a_run_that_was_cut_off_before_its_settings_were_recorded_gets_them(tmp_path: Path, study: Study) -> None:
    uri = store_uri(tmp_path)
    prepare(tmp_path, "s")
    first = Mlflow(uri, "s", "one", identity="0123")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mlflow.tracking.MlflowClient.log_batch", lambda *args, **more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            first.on_start({"cell": "gru"})
    Mlflow(uri, "s", "one", identity="0123").on_start({"cell": "gru"})
    (one,) = runs(uri, "s")
    assert one.data.params == {"cell": "gru"}
