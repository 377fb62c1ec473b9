"""The trackers of a run: those that a command asks for, called again while a disk or a database is unavailable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from optuna.exceptions import StorageInternalError

from seq2seq_core.training import EpochMetrics, Result, Tracker
from seq2seq_core.training.tracker import failure
from studies.engine.retry import find_outage, retry
from studies.planning.run import Run
from studies.trackers.mlflow import Mlflow, store_uri
from studies.trackers.tensorboard import TensorBoard, run_folder


def run_trackers(
    names: Sequence[str],
    run: Run,
    params: Mapping[str, Any],
    *,
    study: str,
    folder: Path,
    notify: Callable[[str], None],
) -> list[Tracker]:
    """The trackers of these names. `params` are the parameters of the run's trial; `notify` gets lines for the user."""
    trackers: list[Tracker] = []
    if "tensorboard" in names:
        trackers.append(TensorBoard(run_folder(folder / "tensorboard", run), params))
    if "mlflow" in names:
        levels = [f"{factor}={level}" for factor, level in run.variant.levels.items()]
        trial = [f"trial={run.trial.number}"] if run.trial else []
        name = " ".join([run.variant.arm, *levels, *trial, f"seed={run.seed}"])
        trackers.append(Mlflow(store_uri(folder), study, name, identity=run.run_id, params=params))
    return [_Retried(tracker, notify) for tracker in trackers]


class _Retried(Tracker):
    """Repeats a call that a disk or a database does not answer. After another error, the tracker is not called again,
    and the user gets a line; the run goes on."""

    def __init__(self, tracker: Tracker, notify: Callable[[str], None]) -> None:
        self._tracker: Tracker | None = tracker
        self._notify = notify

    def on_start(self, settings: Mapping[str, Any]) -> None:
        self._call(lambda tracker: tracker.on_start(settings))

    def on_epoch(self, metrics: EpochMetrics) -> None:
        self._call(lambda tracker: tracker.on_epoch(metrics))

    def on_end(self, result: Result | None) -> None:
        self._call(lambda tracker: tracker.on_end(result))

    def _call(self, call: Callable[[Tracker], None]) -> None:
        if (tracker := self._tracker) is None:
            return

        def call_it() -> None:
            try:
                call(tracker)
            except Exception as error:
                if find_outage(error):  # MLflow hides that of its database behind its own
                    raise StorageInternalError(str(error)) from error
                raise

        try:
            retry(call_it, self._notify)
        except Exception as error:
            self._tracker = None
            self._notify(f"{failure(tracker, error)}; the run continues without it")
