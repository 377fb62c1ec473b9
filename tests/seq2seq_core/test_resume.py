"""A training cut off after any epoch and taken up again is, bit for bit, the one that was never cut off."""

import dataclasses
import time
from typing import Any

import pytest
import torch
from cut_off import BRIEF, MODEL, TASK, CutOffError, cut_off_after, state, written

from seq2seq_core.training import Point, Result, train
from seq2seq_core.training.checkpoint import CheckpointError


def figures(result: Result) -> dict[str, object]:
    return {key: value for key, value in dataclasses.asdict(result).items() if key != "seconds"}


@pytest.mark.parametrize("plain", [{}, {"layers": 1, "dropout": 0.0}], ids=["two layers, dropout", "one layer"])
@pytest.mark.parametrize("score", [None, "general", "additive"])
@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_cut_off_after_any_epoch_it_ends_with_the_same_bits(
    cell: str, score: str | None, plain: dict[str, object]
) -> None:
    model = MODEL.replace({"cell": cell, "score": score, **plain})

    def train_on(**more: Any) -> Result:
        torch.rand(1)  # whatever ran before
        return train(model, TASK, BRIEF, 7, **more)

    whole: list[bytes] = []
    expected = train_on(on_checkpoint=whole.append)
    assert figures(train_on()) == figures(expected)
    checkpoint = None
    for epoch in range(1, BRIEF.epochs + 1):  # each attempt goes on from the one before
        checkpoint = cut_off_after(epoch, train_on, checkpoint=checkpoint)
        torch.testing.assert_close(state(checkpoint), state(whole[epoch - 1]), rtol=0, atol=0)
        later: list[bytes] = []
        assert figures(train_on(checkpoint=checkpoint, on_checkpoint=later.append)) == figures(expected)
        assert len(later) == BRIEF.epochs - epoch
        for ours, theirs in zip(later, whole[epoch:], strict=True):
            torch.testing.assert_close(state(ours), state(theirs), rtol=0, atol=0)


@pytest.mark.parametrize(
    "sampling",
    [
        {"forcing": 0.7, "forcing_decay": "inverse_sigmoid", "forcing_half": 3, "feed": "sample"},
        {"forcing_decay": "linear", "forcing_half": 5, "forcing_draw": "sequence", "feed": "expected"},
        {"forcing": 0.5, "forcing_draw": "step"},
    ],
    ids=lambda sampling: sampling.get("forcing_draw", "token"),
)
def test_scheduled_sampling_goes_on_with_its_schedule_and_its_draws(sampling: dict[str, object]) -> None:
    def train_on(**more: Any) -> Result:
        return train(MODEL, TASK, BRIEF.replace(sampling), 7, **more)

    whole: list[bytes] = []
    expected = train_on(on_checkpoint=whole.append)
    later: list[bytes] = []
    resumed = train_on(checkpoint=cut_off_after(1, train_on), on_checkpoint=later.append)
    assert figures(resumed) == figures(expected)
    for ours, theirs in zip(later, whole[1:], strict=True):
        torch.testing.assert_close(state(ours), state(theirs), rtol=0, atol=0)


def test_points_of_the_checkpoint_are_told_first_and_each_once() -> None:
    heard: list[Point] = []
    result = train(MODEL, TASK, BRIEF, seed=7, checkpoint=written(), on_epoch=heard.append)
    assert heard == result.points
    assert [point.epoch for point in heard] == [1, 2, 3]


def test_a_checkpoint_comes_after_its_point_was_told() -> None:
    order: list[str] = []
    train(
        MODEL,
        TASK,
        BRIEF.replace({"epochs": 2}),
        seed=0,
        on_epoch=lambda point: order.append(f"point {point.epoch}"),
        on_checkpoint=lambda data: order.append(f"checkpoint {len(state(data)['points'])}"),
    )
    assert order == ["point 1", "checkpoint 1", "point 2", "checkpoint 2"]


def test_whoever_hears_may_end_the_training_also_at_a_point_told_again() -> None:
    def prune(point: Point) -> None:
        raise CutOffError

    before = torch.get_rng_state()
    with pytest.raises(CutOffError):
        train(MODEL, TASK, BRIEF, seed=7, checkpoint=written(), on_epoch=prune)
    assert torch.equal(torch.get_rng_state(), before)


def test_whoever_hears_may_draw_random_numbers() -> None:
    """They are drawn again as points are told again, and must not move the training's own."""
    whole: list[bytes] = []

    def draw(point: Point) -> None:
        torch.rand(point.epoch)

    def train_on(**more: Any) -> Result:
        return train(MODEL, TASK, BRIEF, 7, on_epoch=draw, **more)

    expected = train_on(on_checkpoint=whole.append)
    assert figures(train_on(checkpoint=whole[1])) == figures(expected)


def test_an_epoch_that_diverged_has_no_checkpoint() -> None:
    checkpoints: list[bytes] = []
    steep = dataclasses.replace(BRIEF, learning_rate=1e37)
    assert train(MODEL, TASK, steep, seed=0, on_checkpoint=checkpoints.append).status == "diverged"
    assert checkpoints == []


def test_seconds_are_those_of_all_attempts_and_of_nothing_between() -> None:
    first: list[bytes] = []
    slow = train(MODEL, TASK, BRIEF, seed=7, on_epoch=lambda _: time.sleep(0.1), on_checkpoint=first.append)
    time.sleep(0.5)
    started = time.perf_counter()
    resumed = train(MODEL, TASK, BRIEF, seed=7, checkpoint=first[-1])
    since = time.perf_counter() - started
    assert 0.3 <= resumed.seconds <= slow.seconds + since


@pytest.mark.gpu
def test_on_cuda_it_goes_on_from_the_state_that_it_had() -> None:
    model = MODEL.replace({"dropout": 0.0})
    whole: list[bytes] = []
    later: list[bytes] = []

    def draw(point: Point) -> None:
        torch.rand(point.epoch, device="cuda")

    expected = train(model, TASK, BRIEF, 7, "cuda", draw, on_checkpoint=whole.append)
    resumed = train(model, TASK, BRIEF, 7, "cuda", draw, checkpoint=whole[0], on_checkpoint=later.append)
    assert resumed.points[0] == expected.points[0]
    assert resumed.points[-1].train_loss == pytest.approx(expected.points[-1].train_loss, rel=1e-3)
    for name in ("examples", "cpu_random", "cuda_random"):
        torch.testing.assert_close(state(later[-1])[name], state(whole[-1])[name], rtol=0, atol=0)
    with pytest.raises(CheckpointError, match="its device is 'cuda'"):
        train(model, TASK, BRIEF, 7, checkpoint=whole[0])
