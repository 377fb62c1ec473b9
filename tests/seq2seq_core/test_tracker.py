"""Trackers are called in order; an error of one ends neither the training nor the other trackers."""

from collections.abc import Mapping
from typing import Any

import pytest
from cut_off import BRIEF, MODEL, TASK, cut_off_after

from seq2seq_core.training import EpochMetrics, Result, Tracker, train

Calls = list[tuple[str, Any]]


class Notes(Tracker):
    def __init__(self) -> None:
        self.calls: Calls = []

    def on_start(self, settings: Mapping[str, Any]) -> None:
        self.calls.append(("start", settings))

    def on_epoch(self, metrics: EpochMetrics) -> None:
        self.calls.append(("epoch", metrics))

    def on_end(self, result: Result | None) -> None:
        self.calls.append(("end", result))


class Failing(Notes):
    """Fails at one call, with a message of two lines."""

    def __init__(self, when: str) -> None:
        super().__init__()
        self.when = when

    def _note(self, name: str) -> None:
        self.calls.append((name, None))
        if name == self.when:
            raise OSError("no\nroom")

    def on_start(self, settings: Mapping[str, Any]) -> None:
        self._note("start")

    def on_epoch(self, metrics: EpochMetrics) -> None:
        self._note("epoch")

    def on_end(self, result: Result | None) -> None:
        self._note("end")


def test_a_tracker_gets_the_settings_each_epoch_and_the_result() -> None:
    notes, order = Notes(), Calls()
    result = train(MODEL, TASK, BRIEF, 7, on_epoch=lambda one: order.append(notes.calls[-1]), trackers=[notes])
    (start, settings), *epochs, end = notes.calls
    assert start == "start"
    assert settings["hidden_size"] == MODEL.hidden_size
    assert settings["task"] == "reverse"
    assert settings["max_length"] == TASK.max_length
    assert settings["learning_rate"] == BRIEF.learning_rate
    assert (settings["seed"], settings["device"], settings["recipe"]) == (7, "cpu", "plain")
    assert epochs == [("epoch", metrics) for metrics in result.epochs] == order
    assert end == ("end", result)


def test_a_resumed_training_calls_a_tracker_for_the_earlier_epochs_too() -> None:
    checkpoint = cut_off_after(2, lambda **more: train(MODEL, TASK, BRIEF, seed=7, **more))
    notes = Notes()
    result = train(MODEL, TASK, BRIEF, 7, checkpoint=checkpoint, trackers=[notes])
    assert [value for name, value in notes.calls if name == "epoch"] == result.epochs


def test_an_error_of_the_training_ends_a_tracker_without_a_result() -> None:
    notes = Notes()

    def interrupt(metrics: EpochMetrics) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(MODEL, TASK, BRIEF, 7, on_epoch=interrupt, trackers=[notes])
    assert [name for name, _ in notes.calls] == ["start", "epoch", "end"]
    assert notes.calls[-1] == ("end", None)


@pytest.mark.parametrize("when", ["start", "epoch", "end"])
def test_an_error_of_a_tracker_is_one_line_and_ends_only_that_tracker(
    when: str, capsys: pytest.CaptureFixture[str]
) -> None:
    failing, notes = Failing(when), Notes()
    result = train(MODEL, TASK, BRIEF, 7, trackers=[failing, notes])
    assert result.status == "done"
    assert failing.calls[-1] == (when, None)
    assert [name for name, _ in failing.calls].count(when) == 1
    assert notes.calls[-1] == ("end", result)
    assert capsys.readouterr().err == (
        "the tracker Failing failed: OSError: no room; it is not called again in this training\n"
    )
