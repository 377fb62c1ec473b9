"""The least work of a case, against torch's count of the operations of plain modules, without padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.roofline import work as roofline
from benchmarks.roofline.work import Work
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Examples
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.layers.scores import SCORES
from seq2seq_core.layers.scores.location import Location

CHANNELS, SIZE, ROWS, SOURCE, TARGET, VOCABULARY = 7, 12, 3, 5, 4, 9
STEPS: dict[str, Callable[[int, int], nn.RNNCellBase]] = {"gru": nn.GRUCell, "lstm": nn.LSTMCell, "rnn": nn.RNNCell}


def numbers(*shape: int) -> Tensor:
    return torch.randn(*shape, requires_grad=True)


def flop(work: Callable[[], Tensor]) -> int:
    """The floating-point operations of a forward and backward pass."""
    with FlopCounterMode(display=False) as counter:
        work().sum().backward()
    return int(counter.get_total_flops())


class ActivationCounter(TorchDispatchMode):
    """Counts the elements whose sigmoid or tanh is computed; derivatives are other operations."""

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
    """Runs a new cell over inputs (B,S,C) step by step -> outputs (B,S,H)."""
    step = STEPS[cell](inputs.size(-1), SIZE)
    outputs, carry = [], (state, state) if cell == "lstm" else state
    for one in inputs.unbind(1):
        carry = step(one, carry)
        outputs.append(carry[0] if cell == "lstm" else carry)
    return torch.stack(outputs, dim=1)


def project(inputs: Tensor, size: int = SIZE) -> Tensor:
    return nn.Linear(inputs.size(-1), size, bias=False)(inputs)


def attend(score: str, query: Tensor, values: Tensor) -> Tensor:
    """The contexts (B,T,C) of a new score, by its formula."""
    if score in ("dot", "scaled_dot"):
        energies = query @ values.mT
    elif score == "general":
        energies = query @ project(values).mT
    elif score in roofline.MOVES and score != "shift_additive":
        return moved(score, query, numbers(ROWS, query.size(1), values.size(1))) @ values
    else:
        hidden = project(query).unsqueeze(2) + project(values).unsqueeze(1)
        if score == "location":
            before = numbers(ROWS, query.size(1), values.size(1))  # the previous alignments (B,T,S)
            windows = nn.functional.pad(before, (Location.width // 2,) * 2).unfold(-1, Location.width, 1)
            hidden = hidden + project(project(windows, Location.filters))
        energies = project(torch.tanh(hidden), 1).squeeze(-1)
        if score == "shift_additive":
            gate = torch.sigmoid(project(query, 1))
            mixed = gate * energies.softmax(dim=-1) + (1 - gate) * numbers(ROWS, query.size(1), values.size(1))
            return moved("shift", query, mixed) @ values
    return energies.softmax(dim=-1) @ values


def moved(score: str, query: Tensor, before: Tensor) -> Tensor:
    """The weights (B,T,S) of a new score that moves the previous alignments (B,T,S)."""
    if score != "one_step":
        move, sharpness = numbers(*query.shape[:2], 3), numbers(*query.shape[:2], 1)
        if score != "shift_fixed":
            move = project(query, 3)
        if score != "shift_unsharpened":
            sharpness = project(query, 1)
        back, stay, on = move.softmax(dim=-1).unsqueeze(-2).unbind(-1)
        after = on * before.roll(1, -1) + stay * before + back * before.roll(-1, -1)
        return (nn.functional.softplus(sharpness) * after.log()).softmax(dim=-1)
    step, width = project(query, 2).split(1, dim=-1)
    positions = torch.arange(before.size(-1))
    mean = (positions * before).sum(dim=-1, keepdim=True) + torch.tanh(step)
    return (-((positions - mean) / width).square()).softmax(dim=-1)


PEAKS = {"matmul": 100.0, "tanh": 10.0, "reciprocal": 20.0, "copy": 1.0}


@pytest.mark.parametrize(
    ("work", "limiting", "fraction"),
    [
        (Work(flop=500.0, tanh=10.0, bytes=1.0), "matmul", 0.5),
        (Work(flop=500.0, tanh=80.0, bytes=1.0), "tanh", 0.8),
        (Work(flop=500.0, tanh=10.0, bytes=9.0), "copy", 0.9),
        (Work(flop=500.0, tanh=10.0, bytes=1.0, reciprocal=120.0), "reciprocal", 0.6),
    ],
)
def test_the_operation_that_takes_longest_at_its_peak_is_limiting(work: Work, limiting: str, fraction: float) -> None:
    assert work.fraction_of_peak(PEAKS, taken_seconds=10.0) == (limiting, pytest.approx(fraction))


def test_counts_leave_padding_out() -> None:
    batch = Examples(TaskConfig(), 0, "test", torch.device("cpu")).draw_lengths(torch.tensor([2, 5]))
    assert roofline.counts(batch) == {"tokens": 3 + 6, "positions": 2 + 5, "pairs": 3 * 2 + 6 * 5}


@pytest.mark.parametrize("cell", CELLS)
def test_a_recurrence_counts_the_operations_of_its_cell_at_each_step(cell: str) -> None:
    least = roofline.with_gradients(roofline.recurrence(cell, SIZE, ROWS * SOURCE, input_channels=CHANNELS))

    def work() -> Tensor:
        return run(cell, numbers(ROWS, SOURCE, CHANNELS), numbers(ROWS, SIZE))

    assert least.flop == flop(work)
    assert least.tanh == activations(work)


@pytest.mark.parametrize("score", SCORES)
def test_attention_counts_the_operations_of_its_formula(score: str) -> None:
    # The rows of a score that is not counted have no fraction of peak. A new score has to be added to `attention`.
    assert score in roofline.COUNTED_SCORES
    query, values = numbers(ROWS, TARGET, SIZE), numbers(ROWS, SOURCE, SIZE)
    least = roofline.attention(
        score, SIZE, positions=ROWS * SOURCE, queries=ROWS * TARGET, pairs=ROWS * TARGET * SOURCE
    )
    assert roofline.with_gradients(least).flop == flop(lambda: attend(score, query, values))
    counted = activations(lambda: attend(score, query, values))
    of_queries = ROWS * TARGET if score in ("one_step", "shift_additive") else 0  # those of a step, of a gate
    assert (least.tanh, least.reciprocal) == (of_queries, counted - of_queries)


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("attentional", [False, True])
@pytest.mark.parametrize("query", ["current", "previous"])
@pytest.mark.parametrize("fed", [False, True])
@pytest.mark.parametrize("readout", ["both", "state"])
@pytest.mark.parametrize("score", [None, "general", "additive"])
def test_a_model_counts_the_products_of_its_parts(
    score: str | None, readout: str, fed: bool, query: str, attentional: bool, directions: int
) -> None:
    fed = fed and score is not None
    only_state = readout == "state" and not attentional and score is not None and (fed or query == "previous")
    config = ModelConfig(
        score=score,
        query=query if score else "current",
        attentional_layer=attentional and score is not None,
        input_feeding=fed,
        readout="state" if only_state else "both",
        bidirectional=directions == 2,
        embedding_size=CHANNELS,
        hidden_size=SIZE,
    )
    least = roofline.model(
        config, VOCABULARY, tokens=ROWS * TARGET, positions=ROWS * SOURCE, pairs=ROWS * TARGET * SOURCE
    )

    def work() -> Tensor:
        tables = [project(numbers(VOCABULARY, CHANNELS), 3 * SIZE).sum() for _ in range(directions + 1)]
        encoders = [run("gru", numbers(ROWS, SOURCE, 0), numbers(ROWS, SIZE)) for _ in range(directions)]
        values, state, inputs = torch.cat(encoders, dim=-1), encoders[0][:, -1], numbers(ROWS, TARGET, 0)
        if fed:  # the operations do not depend on which step's vectors are fed
            inputs = numbers(ROWS, TARGET, SIZE if attentional else values.size(-1))
        states = numbers(ROWS, TARGET, SIZE) if config.query == "previous" else run("gru", inputs, state)
        features = states
        if score:
            context = attend(score, states, values)
            if config.query == "previous":  # the operations do not depend on whose states are the query
                states = run("gru", torch.cat([context, inputs], dim=-1), state)
            features = states if only_state else torch.cat([states, context], dim=-1)
            features = torch.tanh(project(features)) if attentional else features
            values = values.sum() + context.sum()  # which may reach the logits through the next step alone
        return project(features, VOCABULARY).sum() + values.sum() + sum(tables)

    assert roofline.with_gradients(least).flop == flop(work)


def test_a_large_vocabulary_is_read_as_far_as_the_tokens_need_it() -> None:
    config = ModelConfig(embedding_size=CHANNELS, hidden_size=SIZE)
    few, many = (roofline.embeddings(config, vocabulary, ROWS * TARGET) for vocabulary in (ROWS * TARGET, 30_000))
    assert few == many
