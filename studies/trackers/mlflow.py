"""Runs of MLflow: the settings of a training as parameters, its metrics after each epoch, and those of the test set.

Without a server they are in a SQLite file, which `mlflow ui --backend-store-uri sqlite:///FILE` shows. A training that
continues from a checkpoint continues its run.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.errors import InputError
from seq2seq_core.training import EpochMetrics, Result, Tracker

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

FILE = "mlflow.sqlite3"
ID_TAG = "retrograde.id"
LONGEST_VALUE = 500
"""Characters of a parameter; MLflow refuses very long ones."""
TEST_METRICS = ("levenshtein_accuracy", "exact_match")


def store_uri(folder: Path) -> str:
    """The store that MLFLOW_TRACKING_URI names, or by default a file in the folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{folder.absolute() / FILE}"


def prepare(folder: Path, experiment: str) -> None:
    """Makes the store and the experiment if they are not there, so that workers do not make them at the same time.

    InputError if the store cannot be used.
    """
    try:
        _experiment_id(_client(store_uri(folder)), experiment)
    except Exception as error:
        where = "MLFLOW_TRACKING_URI" if os.environ.get("MLFLOW_TRACKING_URI") else str(folder / FILE)
        reason = " ".join(str(error).split()) if where != "MLFLOW_TRACKING_URI" else type(error).__name__
        raise InputError(f"--mlflow: {where}: {reason}; expected a store that MLflow can write") from error


class Mlflow(Tracker):
    """One training as a run of MLflow."""

    def __init__(
        self,
        uri: str,
        experiment: str,
        name: str | None = None,
        *,
        identity: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        """`uri` is a store, such as sqlite:///mlflow.sqlite3 or http://server:5000. A run of the experiment that has
        the same `identity` is continued. `params` are recorded beside the settings of the training."""
        self._uri = uri
        self._experiment = experiment
        self._name = name
        self._identity = identity
        self._params = params or {}
        self._run = ""
        self._last_step = -1

    def on_start(self, settings: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        self._client = _client(self._uri)
        experiment = _experiment_id(self._client, self._experiment)
        earlier = []
        if self._identity:
            earlier = self._client.search_runs([experiment], f"tags.`{ID_TAG}` = '{self._identity}'", max_results=1)
        if earlier:
            self._run = earlier[0].info.run_id
            self._client.update_run(self._run, status="RUNNING")
            history = self._client.get_metric_history(self._run, "train_loss")
            self._last_step = max((metric.step for metric in history), default=-1)
            if earlier[0].data.params:
                return
        else:
            tags = {ID_TAG: self._identity} if self._identity else {}
            self._run = self._client.create_run(experiment, run_name=self._name, tags=tags).info.run_id
        params = [Param(key, str(value)[:LONGEST_VALUE]) for key, value in {**settings, **self._params}.items()]
        self._client.log_batch(self._run, params=params)

    def on_epoch(self, metrics: EpochMetrics) -> None:
        """Leaves out the epochs that an earlier part of the same training has recorded."""
        if metrics.step <= self._last_step:
            return
        self._log(metrics.by_name | metrics.extra_metrics, metrics.step)
        self._last_step = metrics.step

    def on_end(self, result: Result | None) -> None:
        if result and result.test:
            test = {name: getattr(result.test, name) for name in TEST_METRICS} | result.extra_metrics
            self._log({f"test_{name}": value for name, value in test.items()}, result.steps)
        status = "KILLED" if result is None else "FINISHED" if result.test else "FAILED"
        self._client.set_terminated(self._run, status)

    def _log(self, values: Mapping[str, float], step: int) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self._client.log_batch(self._run, [Metric(name, value, now, step) for name, value in values.items()])


def _client(uri: str) -> MlflowClient:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # nothing is sent anywhere
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")  # by default a server that is away stops a run for
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")  # minutes
    warnings.filterwarnings("ignore", module=r"mlflow\.")  # about its own use of SQLAlchemy
    from mlflow.tracking import MlflowClient

    logging.getLogger("mlflow").setLevel(logging.WARNING)  # by default each migration of a new store is a line
    return MlflowClient(uri)


def _experiment_id(client: MlflowClient, name: str) -> str:
    """The id of an experiment, which is created if it is not there."""
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id if found else client.create_experiment(name))
