"""A training that is interrupted after an epoch and resumed gives the result of an uninterrupted one, bit for bit."""

import dataclasses
import time
from typing import Any

import pytest
import torch
from cut_off import BRIEF, MODEL, TASK, CutOffError, cut_off_after, state, written

from seq2seq_core.training import EpochMetrics, Result, train
from seq2seq_core.training.checkpoint import CheckpointError


def values(result: Result) -> dict[str, object]:
    return {key: value for key, value in dataclasses.asdict(result).items() if key not in ("seconds", "model")}


@pytest.mark.parametrize("plain", [{}, {"layers": 1, "dropout": 0.0}], ids=["two layers, dropout", "one layer"])
@pytest.mark.parametrize("score", [None, "general", "additive"])
@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_resuming_after_any_epoch_gives_the_same_bits(cell: str, score: str | None, plain: dict[str, object]) -> None:
    model = MODEL.replace({"cell": cell, "score": score, **plain})

    def train_on(**more: Any) -> Result:
        torch.rand(1)  # the global random state differs between calls
        return train(model, TASK, BRIEF, 7, **more)

    checkpoints: list[bytes] = []
    expected = train_on(on_checkpoint=checkpoints.append)
    assert values(train_on()) == values(expected)
    checkpoint = None
    for epoch in range(1, BRIEF.epochs + 1):  # each attempt resumes the one before
        checkpoint = cut_off_after(epoch, train_on, checkpoint=checkpoint)
        torch.testing.assert_close(state(checkpoint), state(checkpoints[epoch - 1]), rtol=0, atol=0)
        later: list[bytes] = []
        assert values(train_on(checkpoint=checkpoint, on_checkpoint=later.append)) == values(expected)
        assert len(later) == BRIEF.epochs - epoch
        for one, other in zip(later, checkpoints[epoch:], strict=True):
            torch.testing.assert_close(state(one), state(other), rtol=0, atol=0)


def test_two_evaluations_in_a_row_at_the_threshold_end_a_training_also_one_that_is_resumed() -> None:
    """At each accuracy of a training of all epochs as the threshold."""
    all_epochs = BRIEF.replace({"epochs": 7})
    complete = train(MODEL, TASK, all_epochs, 7).epochs
    reached = [point.levenshtein_accuracy for point in complete]
    ends = set()
    for stop_at in sorted({*reached} - {0.0}):

        def train_on(stop_at: float = stop_at, **more: Any) -> Result:
            return train(MODEL, TASK, all_epochs.replace({"stop_at": stop_at}), 7, **more)

        pairs = [min(reached[epoch - 2 : epoch]) >= stop_at for epoch in range(2, 8)]
        end = 2 + pairs.index(True) if any(pairs) else 7
        ends.add(end)
        stopped = train_on()
        assert (stopped.status, stopped.epochs, stopped.steps) == ("done", complete[:end], complete[end - 1].step)
        assert values(train_on(checkpoint=cut_off_after(end, train_on))) == values(stopped)
    assert len(ends) > 2, "the thresholds must end at different epochs"


@pytest.mark.parametrize(
    "sampling",
    [
        {"forcing": 0.7, "forcing_decay": "inverse_sigmoid", "forcing_half": 3, "feed": "sample"},
        {"forcing_decay": "linear", "forcing_half": 5, "forcing_draw": "sequence", "feed": "expected"},
        {"forcing": 0.5, "forcing_draw": "step"},
    ],
    ids=lambda sampling: sampling.get("forcing_draw", "token"),
)
def test_resuming_keeps_the_schedule_and_the_draws_of_scheduled_sampling(sampling: dict[str, object]) -> None:
    def train_on(**more: Any) -> Result:
        return train(MODEL, TASK, BRIEF.replace(sampling), 7, **more)

    checkpoints: list[bytes] = []
    expected = train_on(on_checkpoint=checkpoints.append)
    later: list[bytes] = []
    resumed = train_on(checkpoint=cut_off_after(1, train_on), on_checkpoint=later.append)
    assert values(resumed) == values(expected)
    for one, other in zip(later, checkpoints[1:], strict=True):
        torch.testing.assert_close(state(one), state(other), rtol=0, atol=0)


def test_on_epoch_gets_the_epochs_of_the_checkpoint_first_and_each_once() -> None:
    received: list[EpochMetrics] = []
    result = train(MODEL, TASK, BRIEF, seed=7, checkpoint=written(), on_epoch=received.append)
    assert received == result.epochs
    assert [metrics.epoch for metrics in received] == [1, 2, 3]


def test_a_checkpoint_is_written_after_on_epoch() -> None:
    order: list[str] = []
    train(
        MODEL,
        TASK,
        BRIEF.replace({"epochs": 2}),
        seed=0,
        on_epoch=lambda metrics: order.append(f"epoch {metrics.epoch}"),
        on_checkpoint=lambda data: order.append(f"checkpoint {len(state(data)['points'])}"),
    )
    assert order == ["epoch 1", "checkpoint 1", "epoch 2", "checkpoint 2"]


def test_on_epoch_may_raise_also_for_an_epoch_of_the_checkpoint() -> None:
    def prune(metrics: EpochMetrics) -> None:
        raise CutOffError

    before = torch.get_rng_state()
    with pytest.raises(CutOffError):
        train(MODEL, TASK, BRIEF, seed=7, checkpoint=written(), on_epoch=prune)
    assert torch.equal(torch.get_rng_state(), before)


def test_on_epoch_may_draw_random_numbers() -> None:
    """It draws again for the epochs of a checkpoint, which must not change the random numbers of the training."""
    checkpoints: list[bytes] = []

    def draw(metrics: EpochMetrics) -> None:
        torch.rand(metrics.epoch)

    def train_on(**more: Any) -> Result:
        return train(MODEL, TASK, BRIEF, 7, on_epoch=draw, **more)

    expected = train_on(on_checkpoint=checkpoints.append)
    assert values(train_on(checkpoint=checkpoints[1])) == values(expected)


def test_a_diverged_epoch_writes_no_checkpoint() -> None:
    checkpoints: list[bytes] = []
    steep = dataclasses.replace(BRIEF, learning_rate=1e37)
    assert train(MODEL, TASK, steep, seed=0, on_checkpoint=checkpoints.append).status == "diverged"
    assert checkpoints == []


def test_seconds_add_up_over_attempts_without_the_time_between() -> None:
    first: list[bytes] = []
    slow = train(MODEL, TASK, BRIEF, seed=7, on_epoch=lambda _: time.sleep(0.1), on_checkpoint=first.append)
    time.sleep(0.5)
    started = time.perf_counter()
    resumed = train(MODEL, TASK, BRIEF, seed=7, checkpoint=first[-1])
    since = time.perf_counter() - started
    assert 0.3 <= resumed.seconds <= slow.seconds + since


@pytest.mark.gpu
def test_a_training_on_cuda_resumes_from_its_state() -> None:
    model = MODEL.replace({"dropout": 0.0})
    checkpoints: list[bytes] = []
    later: list[bytes] = []

    def draw(metrics: EpochMetrics) -> None:
        torch.rand(metrics.epoch, device="cuda")

    expected = train(model, TASK, BRIEF, 7, "cuda", draw, on_checkpoint=checkpoints.append)
    resumed = train(model, TASK, BRIEF, 7, "cuda", draw, checkpoint=checkpoints[0], on_checkpoint=later.append)
    assert resumed.epochs[0] == expected.epochs[0]
    assert resumed.epochs[-1].train_loss == pytest.approx(expected.epochs[-1].train_loss, rel=1e-3)
    for name in ("examples", "cpu_random", "cuda_random"):
        torch.testing.assert_close(state(later[-1])[name], state(checkpoints[-1])[name], rtol=0, atol=0)
    with pytest.raises(CheckpointError, match="its device is 'cuda'"):
        train(model, TASK, BRIEF, 7, checkpoint=checkpoints[0])
