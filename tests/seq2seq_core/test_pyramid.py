"""Halving equals a plain loop, a pyramid equals its layers in turn, and the model attends to its values."""

from typing import Any

import pytest
import torch
from encoder_cases import LENGTHS, VOCABULARY, H, make_encoder, make_source
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_core.config import ModelConfig
from seq2seq_core.model.pyramid import halve
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.seeding import initialise


@pytest.mark.parametrize("how", ["average", "drop", "concat"])
@given(lengths=LENGTHS, extra=st.integers(0, 3))
def test_halving_equals_a_plain_loop(how: str, lengths: list[int], extra: int) -> None:
    values = torch.randn(len(lengths), max(lengths) + extra, 3, generator=torch.Generator().manual_seed(0)).double()
    halved, left = halve(values, torch.tensor(lengths), how)
    assert left.tolist() == [-(-length // 2) for length in lengths]
    for row, length in enumerate(lengths):
        for position in range(int(left[row])):
            first = values[row, 2 * position]
            second = values[row, 2 * position + 1] if 2 * position + 1 < length else None
            expected = {
                "average": first if second is None else (first + second) / 2,
                "drop": first,
                "concat": torch.cat([first, torch.zeros(3) if second is None else second]),
            }[how]
            torch.testing.assert_close(halved[row, position], expected, rtol=0, atol=1e-12)
        assert halved[row, int(left[row]) :].abs().sum() == 0


@pytest.mark.parametrize("how", ["average", "drop", "concat"])
def test_a_pyramid_equals_its_layers_in_turn(how: str) -> None:
    module = make_encoder(layers=3, pyramid=how)
    source, sizes = make_source([7, 7])  # no padding: the cells can be run as they are
    x, length, lasts = module.embedding(source), 7, []
    for number, cell in enumerate(module.pyramid.cells):
        if number:
            x, _ = halve(x, torch.tensor([length] * 2), how)
            length = (length + 1) // 2
        x, (last,) = cell.run(x)
        lasts.append(last)
    values, left, (state,) = module(source, sizes)
    assert left.tolist() == [2, 2] == [length] * 2
    torch.testing.assert_close(values, x, rtol=0, atol=1e-12)
    torch.testing.assert_close(state, torch.cat(lasts), rtol=0, atol=1e-12)


def test_dropout_in_a_pyramid_acts_between_layers_in_training_only() -> None:
    plain, dropping = (make_encoder(layers=2, pyramid="average", dropout=rate) for rate in (0.0, 0.5))
    source, sizes = make_source([6, 4])
    reference, _, (state,) = plain(source, sizes)
    torch.testing.assert_close(dropping.eval()(source, sizes)[0], reference, rtol=0, atol=1e-12)
    torch.manual_seed(0)
    values, _, (dropped,) = dropping.train()(source, sizes)
    assert not torch.allclose(values, reference)
    torch.testing.assert_close(dropped[0], state[0], rtol=0, atol=1e-12)  # nothing is dropped below the first layer


def make_model(how: str) -> Seq2Seq:
    config: dict[str, Any] = {"embedding": "one_hot", "embedding_size": 4, "hidden_size": H, "conv_layers": 1}
    config |= {"layers": 3, "bidirectional": True, "pyramid": how}
    module = Seq2Seq(ModelConfig.from_dict(config), VOCABULARY)
    initialise(module, 3)
    return module.double()


@pytest.mark.parametrize("how", ["average", "drop", "concat"])
@settings(max_examples=30)
@given(lengths=LENGTHS, extra=st.integers(0, 4))
def test_the_decoder_attends_to_the_halved_positions_that_are_real(how: str, lengths: list[int], extra: int) -> None:
    module = make_model(how)
    source, sizes = make_source(lengths, extra)
    weights = module.greedy(source, sizes, 3, until_end=False).weights
    assert weights is not None
    assert weights.size(2) == -(-source.size(1) // 4)
    target = torch.full((len(lengths), 3), 4)
    logits = module(source, sizes, target)
    for row, length in enumerate(lengths):
        real = -(-length // 4)
        assert (weights[row] > 0).tolist() == [[position < real for position in range(weights.size(2))]] * 3
        alone = module(source[row : row + 1, :length], sizes[row : row + 1], target[row : row + 1])
        torch.testing.assert_close(logits[row], alone[0], rtol=0, atol=1e-10)


@pytest.mark.parametrize("how", ["average", "drop", "concat"])
def test_gradients_reach_every_layer(how: str) -> None:
    module = make_model(how)
    source, sizes = make_source([9, 6, 4])
    module(source, sizes, source).square().sum().backward()
    assert [name for name, each in module.named_parameters() if each.grad is None or not each.grad.abs().sum()] == []


def test_the_padded_packing_reaches_every_layer_and_is_another_function() -> None:
    source, sizes = make_source([8, 3])
    exact, lengths, _ = make_encoder(layers=2, bidirectional=True, pyramid="average")(source, sizes)
    naive, same_lengths, _ = make_encoder(layers=2, bidirectional=True, pyramid="average", packing="padded")(
        source, sizes
    )
    assert lengths.tolist() == same_lengths.tolist() == [4, 2]
    torch.testing.assert_close(naive[0], exact[0], rtol=0, atol=1e-12)  # a row without padding is the same
    assert (naive[1, :2] - exact[1, :2]).abs().max() > 0.001
