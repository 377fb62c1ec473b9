"""A cell is one registry entry: two cells that are entered here work in every packing, in encoder and decoder."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import plain_decoder
import pytest
import torch
from decoder_cases import make_case
from encoder_cases import LENGTHS
from hypothesis import given, settings
from plain_decoder import Array, LayerState, plain_decoding
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig
from seq2seq_core.conformance.cells import CELL_CHECKS, check_packings, check_rows
from seq2seq_core.examples import Examples
from seq2seq_core.layers.cells import CELLS, Cell, State, TorchCell
from seq2seq_core.layers.packing import padded_exact
from seq2seq_core.training import build_model, training_step

CPU = torch.device("cpu")
ROOT = Path(__file__).parents[2]


class ReLU(TorchCell, nn.RNN):
    """h' = ReLU(W x + b + U h + c)."""

    gates, activations = 1, 0
    function = torch.rnn_relu

    def __init__(self, **settings_: Any) -> None:
        super().__init__(nonlinearity="relu", **settings_)


class Leaky(Cell):
    """h' = h / 2 + tanh(W x + b + c / 9) / 2 and c' = c + 1; not a module of torch."""

    gates, activations, memory_cell = 1, 1, True

    def __init__(self, input_size: int, hidden_size: int, num_layers: int, dropout: float, bidirectional: bool) -> None:
        super().__init__()
        self.hidden_size, self.num_layers, self.dropout, self.bidirectional = (
            hidden_size, num_layers, dropout, bidirectional,
        )  # fmt: skip
        tails = ["", "_reverse"] if bidirectional else [""]
        self.inputs = nn.ModuleDict(
            {
                f"l{layer}{tail}": nn.Linear(hidden_size * len(tails) if layer else input_size, hidden_size)
                for layer in range(num_layers)
                for tail in tails
            }
        )

    def step(self, part: str, inputs: Tensor, state: State) -> State:
        h, c = state
        return h / 2 + torch.tanh(self.inputs[part](inputs) + c / 9) / 2, c + 1

    def run(self, inputs: Any, state: State | None = None) -> tuple[Any, State]:
        if self.bidirectional and not isinstance(inputs, PackedSequence):
            return padded_exact(self, inputs, torch.full((len(inputs),), inputs.size(1)))
        if isinstance(inputs, PackedSequence):
            padded, lengths = pad_packed_sequence(inputs, batch_first=True)
            outputs, last = padded_exact(self, padded, lengths)
            return pack_padded_sequence(outputs, lengths, batch_first=True, enforce_sorted=False), last
        zeros = inputs.new_zeros(self.num_layers, len(inputs), self.hidden_size)
        ends = []
        for layer, now in enumerate(zip(*(state or (zeros, zeros)), strict=True)):
            outputs = []
            for position in inputs.unbind(1):
                now = self.step(f"l{layer}", position, now)
                outputs.append(now[0])
            inputs = torch.stack(outputs, dim=1)
            ends.append(now)
        return inputs, tuple(torch.stack(tensors) for tensors in zip(*ends, strict=True))

    def run_direction(self, part: str, inputs: Tensor, lengths: Tensor, mask: Tensor) -> tuple[Tensor, State]:
        zeros = inputs.new_zeros(len(inputs), self.hidden_size)
        state: State = (zeros, zeros)
        outputs = []
        for position, real in zip(inputs.unbind(1), mask.unsqueeze(2).unbind(1), strict=True):
            new = self.step(part, position, state)
            state = tuple(torch.where(real, after, before) for after, before in zip(new, state, strict=True))
            outputs.append(state[0])
        return torch.stack(outputs, dim=1), state


def plain_relu(from_input: Array, from_state: Array, state: LayerState) -> LayerState:
    return [np.maximum(0, from_input + from_state)]


@pytest.fixture(autouse=True, scope="module")
def _entered() -> Iterator[None]:
    """Enters both cells in the registry while the tests of this module run."""
    CELLS.update({"rectified": ReLU, "leaky": Leaky})
    plain_decoder.PLAIN_CELLS["rectified"] = plain_relu
    yield
    del CELLS["rectified"], CELLS["leaky"], plain_decoder.PLAIN_CELLS["rectified"]


def test_a_named_subclass_is_in_the_registry_and_an_unnamed_one_is_not() -> None:
    class Another(ReLU, name="another"):
        pass

    class Unnamed(ReLU):
        pass

    assert CELLS.pop("another") is Another
    assert Unnamed not in CELLS.values()
    with pytest.raises(ConfigError, match=r"cell: 'another' is refused; expected one of .*rectified, leaky"):
        ModelConfig(cell="another")


@pytest.mark.parametrize("check", CELL_CHECKS)
@pytest.mark.parametrize("cell", ["rectified", "leaky"])
def test_both_cells_conform(cell: str, check: str) -> None:
    CELL_CHECKS[check](cell)


@pytest.mark.parametrize("cell", ["rectified", "leaky"])
@settings(max_examples=10)
@given(lengths=LENGTHS)
def test_padded_exact_equals_packed_and_each_row_alone(cell: str, lengths: list[int]) -> None:
    check_packings(cell, lengths)
    check_rows(cell, lengths)


@pytest.mark.parametrize("query", ["current", "previous"])
@pytest.mark.parametrize("layers", [1, 2])
def test_a_decoder_of_relu_cells_equals_the_plain_loop(query: str, layers: int) -> None:
    case = make_case([5, 2], cell="rectified", query=query, layers=layers)
    logits, (_, weights, _) = case.logits(), case.unrolled()
    assert weights is not None
    for row, length in enumerate(case.lengths):
        states = [[case.carry.state[0][layer, row].numpy()] for layer in range(layers)]
        values = case.values[row, :length].numpy()
        plain, alignment = plain_decoding(case.config, case.decoder, case.tokens[row].tolist(), states, values)
        np.testing.assert_allclose(logits[row].detach().numpy(), plain, rtol=0, atol=1e-10)
        np.testing.assert_allclose(weights[row, :, :length].detach().numpy(), alignment, rtol=0, atol=1e-10)


@pytest.mark.parametrize("query", ["current", "previous"])
@pytest.mark.parametrize("cell", ["rectified", "leaky"])
def test_the_model_trains_and_decodes_greedily_as_with_teacher_forcing(cell: str, query: str) -> None:
    task = TaskConfig(min_length=2, max_length=6)
    net = build_model(ModelConfig(cell=cell, query=query, hidden_size=8, bridge="projected"), task, 0, CPU)
    batch = Examples(task, 0, "train", CPU).draw(6)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    losses = [float(training_step(net, batch, optimizer, clip_norm=1.0)) for _ in range(30)]
    assert losses[-1] < 0.9 * losses[0]
    tokens = net.greedy(batch.source, batch.source_lengths, 8, until_end=False).tokens
    assert torch.equal(net(batch.source, batch.source_lengths, tokens).argmax(-1), tokens)


def test_a_gpu_does_not_warn_of_the_weights_that_a_direction_runs_with() -> None:
    """torch warns with the module of the call. A user can do nothing about it, and each worker prints it."""
    code = (
        "import warnings; from seq2seq_core.layers import cells; "
        "text = 'RNN module weights are not part of single contiguous chunk of memory. This means ...'; "
        "[warnings.warn_explicit(text, UserWarning, name, 1, module=name) for name in (cells.__name__, 'other')]"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr.count("RNN module weights") == 1
    assert done.stderr.startswith("other:1: UserWarning")
