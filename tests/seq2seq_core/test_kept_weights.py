"""`keep="best"`: the weights of the epoch with the highest exact match are tested, kept, saved and resumed."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from cut_off import cut_off_after

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import Recipe
from seq2seq_core.training import Result, train
from seq2seq_core.training.trained_model import TrainedModel

MODEL = ModelConfig(hidden_size=8, embedding_size=4)
TASK = TaskConfig(letters=2, min_length=1, max_length=3)
TRAINING = TrainConfig(
    epochs=8, steps_per_epoch=4, batch_size=8, learning_rate=5e-2, evaluation_size=40, test_size=40, keep="best"
)
"""At seed 0 the exact match has its maximum after epoch 5, which epoch 8 equals."""


def train_on(**more: Any) -> Result:
    return train(MODEL, TASK, TRAINING, 0, **more)


def weights(result: Result) -> dict[str, torch.Tensor]:
    assert result.model is not None
    return result.model.network.state_dict()


def test_the_test_and_the_model_are_those_of_the_first_best_epoch() -> None:
    result = train_on()
    exact = [point.exact_match for point in result.epochs]
    best = 1 + exact.index(max(exact))
    assert best < len(exact)
    assert exact.count(max(exact)) > 1
    shorter = train(MODEL, TASK, TRAINING.replace({"epochs": best, "keep": "last"}), 0)
    assert (result.test, result.by_length) == (shorter.test, shorter.by_length)
    torch.testing.assert_close(weights(result), weights(shorter), rtol=0, atol=0)
    assert result.model is not None
    assert result.model.epoch == best
    assert result.steps == 8 * 4
    assert result.test != train(MODEL, TASK, TRAINING.replace({"keep": "last"}), 0).test


class SixEpochs(Recipe):
    """Ends a run after six epochs, in evaluation mode, whatever its accuracy is."""

    def is_solved(self, epochs: Sequence[Mapping[str, float]], stop_at: float, model: Seq2Seq, examples: Any) -> bool:
        assert not model.training
        assert not torch.is_grad_enabled()
        return len(epochs) == 6


def test_a_run_that_a_recipe_ends_is_tested_with_the_best_weights_and_is_resumed_to_the_same_end() -> None:
    stopping = TRAINING.replace({"stop_at": 1.0})
    result = train(MODEL, TASK, stopping, 0, recipe=SixEpochs())
    best = train_on()
    assert len(result.epochs) == 6
    assert result.model is not None
    assert result.model.epoch == 5
    assert (result.test, result.epochs) == (best.test, best.epochs[:6])
    checkpoint = cut_off_after(6, lambda **more: train(MODEL, TASK, stopping, 0, recipe=SixEpochs(), **more))
    resumed = train(MODEL, TASK, stopping, 0, recipe=SixEpochs(), checkpoint=checkpoint)
    assert (resumed.test, resumed.epochs) == (result.test, result.epochs)
    assert len(train(MODEL, TASK, TRAINING, 0, recipe=SixEpochs()).epochs) == 8  # without stop_at


def test_a_resumed_training_keeps_the_same_weights() -> None:
    """Cut off before the best epoch, and after it."""
    expected = train_on()
    for epoch in (3, 6):
        resumed = train_on(checkpoint=cut_off_after(epoch, train_on))
        assert (resumed.test, resumed.epochs) == (expected.test, expected.epochs)
        torch.testing.assert_close(weights(resumed), weights(expected), rtol=0, atol=0)


def test_a_model_from_a_checkpoint_has_the_kept_weights_and_their_epoch() -> None:
    checkpoints: list[bytes] = []
    result = train_on(on_checkpoint=checkpoints.append)
    loaded = TrainedModel.from_bytes(checkpoints[-1])
    torch.testing.assert_close(loaded.network.state_dict(), weights(result), rtol=0, atol=0)
    assert result.model is not None
    assert loaded.epoch == result.model.epoch < TRAINING.epochs
