"""What a case is said to need, against torch's own count of the products in plain modules, without padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.roofline import work as needs
from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.layers.scores import SCORES
from seq2seq_core.layers.scores.location import Location

CHANNELS, SIZE, ROWS, SOURCE, TARGET, VOCABULARY = 7, 12, 3, 5, 4, 9
STEPS: dict[str, Callable[[int, int], nn.RNNCellBase]] = {"gru": nn.GRUCell, "lstm": nn.LSTMCell, "rnn": nn.RNNCell}


def numbers(*shape: int) -> Tensor:
    return torch.randn(*shape, requires_grad=True)


def counted(work: Callable[[], Tensor]) -> int:
    """The flop of a forward and backward pass."""
    with FlopCounterMode(display=False) as counter:
        work().sum().backward()
    return int(counter.get_total_flops())


class ActivationCounter(TorchDispatchMode):
    """Counts the elements whose sigmoid or tanh is taken; derivatives are others."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        aten = torch.ops.aten
        if function.overloadpacket in (aten.sigmoid, aten.sigmoid_, aten.tanh, aten.tanh_):
            self.elements += args[0].numel()
        return function(*args, **(kwargs or {}))


def activations(work: Callable[[], Tensor]) -> int:
    """The sigmoids and tanhs of a forward and backward pass."""
    with ActivationCounter() as counter:
        work().sum().backward()
    return counter.elements


def run(cell: str, inputs: Tensor, state: Tensor) -> Tensor:
    """A new cell over inputs (B,S,C), step by step -> outputs (B,S,H)."""
    step = STEPS[cell](inputs.size(-1), SIZE)
    outputs, carry = [], (state, state) if cell == "lstm" else state
    for one in inputs.unbind(1):
        carry = step(one, carry)
        outputs.append(carry[0] if cell == "lstm" else carry)
    return torch.stack(outputs, dim=1)


def project(inputs: Tensor, size: int = SIZE) -> Tensor:
    return nn.Linear(inputs.size(-1), size, bias=False)(inputs)


def attend(score: str, query: Tensor, values: Tensor) -> Tensor:
    """The contexts of a new score, as its formula has it."""
    if score in ("dot", "scaled_dot"):
        energies = query @ values.mT
    elif score == "general":
        energies = query @ project(values).mT
    else:
        hidden = project(query).unsqueeze(2) + project(values).unsqueeze(1)
        if score == "location":
            before = numbers(ROWS, query.size(1), values.size(1))  # the alignments of the step before, (B,T,S)
            windows = nn.functional.pad(before, (Location.width // 2,) * 2).unfold(-1, Location.width, 1)
            hidden = hidden + project(project(windows, Location.filters))
        energies = project(torch.tanh(hidden), 1).squeeze(-1)
    return energies.softmax(dim=-1) @ values


@pytest.mark.parametrize("cell", CELLS)
def test_a_recurrence_needs_the_products_of_its_cell_at_each_step(cell: str) -> None:
    needed = needs.with_gradients(needs.recurrence(cell, SIZE, ROWS * SOURCE, joined=CHANNELS))

    def work() -> Tensor:
        return run(cell, numbers(ROWS, SOURCE, CHANNELS), numbers(ROWS, SIZE))

    assert needed.flop == counted(work)
    assert needed.tanh == activations(work)


@pytest.mark.parametrize("score", SCORES)
def test_attention_needs_the_products_of_its_formula(score: str) -> None:
    # A score without a description is timed without a share; this says so when one is added.
    assert score in needs.DESCRIBED
    query, values = numbers(ROWS, TARGET, SIZE), numbers(ROWS, SOURCE, SIZE)
    needed = needs.attention(score, SIZE, positions=ROWS * SOURCE, queries=ROWS * TARGET, pairs=ROWS * TARGET * SOURCE)
    assert needs.with_gradients(needed).flop == counted(lambda: attend(score, query, values))
    assert (needed.tanh, needed.reciprocal) == (0, activations(lambda: attend(score, query, values)))


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("attentional", [False, True])
@pytest.mark.parametrize("query", ["current", "previous"])
@pytest.mark.parametrize("score", [None, "general", "additive"])
def test_a_model_needs_the_products_of_its_parts(
    score: str | None, query: str, attentional: bool, directions: int
) -> None:
    config = ModelConfig(
        score=score,
        query=query if score else "current",
        attentional_layer=attentional and score is not None,
        bidirectional=directions == 2,
        embedding_size=CHANNELS,
        hidden_size=SIZE,
    )
    needed = needs.model(
        config, VOCABULARY, tokens=ROWS * TARGET, positions=ROWS * SOURCE, pairs=ROWS * TARGET * SOURCE
    )

    def work() -> Tensor:
        tables = [project(numbers(VOCABULARY, CHANNELS), 3 * SIZE).sum() for _ in range(directions + 1)]
        one_way = [run("gru", numbers(ROWS, SOURCE, 0), numbers(ROWS, SIZE)) for _ in range(directions)]
        values, state, inputs = torch.cat(one_way, dim=-1), one_way[0][:, -1], numbers(ROWS, TARGET, 0)
        states = numbers(ROWS, TARGET, SIZE) if config.query == "previous" else run("gru", inputs, state)
        features = states
        if score:
            context = attend(score, states, values)
            if config.query == "previous":  # what is counted does not depend on whose states asked
                states = run("gru", context, state)
            features = torch.cat([states, context], dim=-1)
            features = torch.tanh(project(features)) if attentional else features
        return project(features, VOCABULARY).sum() + values.sum() + sum(tables)

    assert needs.with_gradients(needed).flop == counted(work)
