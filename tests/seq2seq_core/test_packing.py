"""The packings: packed and padded_exact are one function, padded is another, and other padding changes neither."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.cells import CELLS, State
from seq2seq_core.model.encoder import Encoder
from seq2seq_core.seeding import initialise

VOCABULARY = 7
SHAPES = [(1, False), (1, True), (2, False), (2, True)]


def encoder(cell: str, layers: int, bidirectional: bool, packing: str) -> Encoder:
    config = ModelConfig(
        cell=cell,
        embedding_size=4,
        hidden_size=5,
        layers=layers,
        bidirectional=bidirectional,
        packing=packing,
        score="general",
    )
    module = Encoder(config, VOCABULARY)
    initialise(module, 3)
    for parameter in module.parameters():  # biases too: with zeros, some leaks of padding have no effect
        parameter.data += 0.1
    return module.double()


def tokens(lengths: list[int], extra: int = 0) -> tuple[Tensor, Tensor]:
    source = torch.randint(3, VOCABULARY, (len(lengths), max(lengths)), generator=torch.Generator().manual_seed(1))
    source = source.masked_fill(torch.arange(max(lengths)) >= torch.tensor(lengths).unsqueeze(1), 0)
    return torch.nn.functional.pad(source, (0, extra)), torch.tensor(lengths)


def gradients(module: Encoder, values: Tensor, state: State, lengths: Tensor) -> dict[str, Tensor]:
    """Gradients of a function of every real value and of the state."""
    module.zero_grad()
    real = torch.arange(values.size(1)) < lengths.unsqueeze(1)
    loss = (values[real] ** 2).sum() + sum((part**3).sum() for part in state)
    loss.backward()
    return {name: parameter.grad.clone() for name, parameter in module.named_parameters() if parameter.grad is not None}


@pytest.mark.usefixtures("_both_paths")
@pytest.mark.parametrize(("layers", "bidirectional"), SHAPES)
@pytest.mark.parametrize("cell", CELLS)
@settings(max_examples=15)
@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5), extra=st.integers(0, 4))
def test_padded_exact_is_packed(cell: str, layers: int, bidirectional: bool, lengths: list[int], extra: int) -> None:
    source, sizes = tokens(lengths, extra)
    outcomes = []
    for packing in ("packed", "padded_exact"):
        module = encoder(cell, layers, bidirectional, packing)
        values, _, state = module(source, sizes)
        outcomes.append((values, state, gradients(module, values, state, sizes)))
    torch.testing.assert_close(outcomes[0], outcomes[1], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("packing", ["packed", "padded_exact"])
@pytest.mark.parametrize("cell", CELLS)
def test_more_padding_changes_neither_values_nor_state_nor_gradients(cell: str, packing: str) -> None:
    module = encoder(cell, 2, True, packing)
    outcomes = []
    for extra in (0, 6):
        source, sizes = tokens([7, 3, 1], extra)
        values, _, state = module(source, sizes)
        outcomes.append((values[:, :7], state, gradients(module, values, state, sizes)))
    torch.testing.assert_close(outcomes[0], outcomes[1], rtol=0, atol=1e-12)


def test_padded_reads_the_padding_and_is_another_function() -> None:
    source, sizes = tokens([7, 3])
    exact, _, _ = encoder("gru", 1, True, "packed")(source, sizes)
    naive, _, _ = encoder("gru", 1, True, "padded")(source, sizes)
    backward = slice(5, 10)
    torch.testing.assert_close(naive[0], exact[0], rtol=0, atol=1e-12)  # a row without padding is the same
    torch.testing.assert_close(naive[1, :3, :5], exact[1, :3, :5], rtol=0, atol=1e-12)  # and a forward direction
    assert (naive[1, :3, backward] - exact[1, :3, backward]).abs().max() > 0.01


@pytest.mark.parametrize("packing", ["packed", "padded_exact"])
def test_batch_size_and_order_do_not_matter(packing: str) -> None:
    module = encoder("lstm", 2, True, packing)
    source, sizes = tokens([7, 3, 5])
    values, _, state = module(source, sizes)
    order = torch.tensor([1, 2, 0])
    shuffled, _, shuffled_state = module(source[order], sizes[order])
    torch.testing.assert_close(shuffled, values[order], rtol=0, atol=1e-12)
    torch.testing.assert_close(shuffled_state, tuple(part[:, order] for part in state), rtol=0, atol=1e-12)
    alone, _, _ = module(source[1:2], sizes[1:2])
    torch.testing.assert_close(alone, values[1:2], rtol=0, atol=1e-12)


@pytest.mark.parametrize("packing", ["packed", "padded_exact"])
def test_dropout_acts_between_layers_in_training_only(packing: str) -> None:
    plain = encoder("gru", 2, False, packing)
    dropping = copy.deepcopy(plain)
    dropping.cell.dropout = 0.5
    source, sizes = tokens([6, 4])
    reference, _, _ = plain(source, sizes)
    torch.testing.assert_close(dropping.eval()(source, sizes)[0], reference, rtol=0, atol=1e-12)
    torch.manual_seed(0)
    assert not torch.allclose(dropping.train()(source, sizes)[0], reference)
