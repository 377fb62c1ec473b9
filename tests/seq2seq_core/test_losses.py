"""The losses are those of the tokens one by one, and a training minimises the one that is configured."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.layers.losses import LOSSES, Loss
from seq2seq_core.training import train


@given(seed=st.integers(0, 10**6), batch=st.integers(1, 4), steps=st.integers(1, 6), scale=st.sampled_from([0.1, 30.0]))
def test_losses_are_those_of_the_tokens_one_by_one(seed: int, batch: int, steps: int, scale: float) -> None:
    random = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(batch, steps, 5, generator=random, dtype=torch.float64)
    target = torch.randint(0, 5, (batch, steps), generator=random)
    target[0, 0] = 2  # one token at least is no padding

    def value_and_gradient(loss: Loss) -> tuple[torch.Tensor, torch.Tensor | None]:
        leaf = logits.clone().requires_grad_()
        value = loss(leaf, target)
        torch.autograd.backward(value)
        return value.detach(), leaf.grad

    def tokens(leaf: torch.Tensor) -> list[torch.Tensor]:
        return [-leaf[row, step].log_softmax(0)[target[row, step]] for row, step in target.nonzero().tolist()]

    plain: dict[str, Loss] = {
        "cross_entropy": lambda leaf, _: torch.stack(tokens(leaf)).mean(),
        "sequence_cross_entropy": lambda leaf, _: torch.stack(tokens(leaf)).sum() / batch,
    }
    assert plain.keys() == LOSSES.keys()
    for name, loss in LOSSES.items():
        expected = value_and_gradient(plain[name])
        torch.testing.assert_close(value_and_gradient(loss), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_a_training_minimises_the_configured_loss(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    training = TrainConfig(epochs=1, steps_per_epoch=1, batch_size=4, evaluation_size=4, test_size=4, loss=name)

    def trained() -> tuple[float, torch.Tensor]:
        """The reported loss, and a weight after the step."""
        result = train(ModelConfig(hidden_size=8), TaskConfig(max_length=6), training, seed=0)
        assert result.model
        return result.epochs[0].train_loss, result.model.network.decoder.output.weight.detach()

    (before, weight), loss = trained(), LOSSES[name]
    monkeypatch.setitem(LOSSES, name, lambda logits, target: -3 * loss(logits, target))
    negative, other = trained()
    assert negative == pytest.approx(-3 * before, rel=1e-6)
    assert not torch.allclose(weight, other)
