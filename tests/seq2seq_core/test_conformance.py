"""Each conformance check passes for every registered score and cell, and fails for one that breaks it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from checks import chosen
from torch import Tensor, nn

from seq2seq_core.conformance.cells import CELL_CHECKS
from seq2seq_core.conformance.scores import SCORE_CHECKS
from seq2seq_core.layers.cells import CELLS, State, TorchCell
from seq2seq_core.layers.scores import SCORES, Score
from seq2seq_core.layers.scores.dot_product import Dot, General
from seq2seq_core.layers.scores.location import Location


@pytest.mark.parametrize("check", SCORE_CHECKS)
@pytest.mark.parametrize("name", SCORES)
def test_every_score_conforms(name: str, check: str) -> None:
    SCORE_CHECKS[check](name)


@pytest.mark.parametrize("check", CELL_CHECKS)
@pytest.mark.parametrize("name", CELLS)
def test_every_cell_conforms(name: str, check: str) -> None:
    CELL_CHECKS[check](name)


class Flat(Dot):
    """One energy too many."""

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        return nn.functional.pad(super().energies(query, keys), (0, 1))


class Double(Dot):
    """Other energies than `energy_terms` promises."""

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        return 2 * super().energies(query, keys)

    energy_terms = Dot.energy_terms


class Louder(Location):
    """Other energies than `alignment_terms` promises."""

    def energies_from_previous(self, query: Tensor, keys: Tensor, previous: Tensor, mask: Tensor) -> Tensor:
        return 2 * super().energies_from_previous(query, keys, previous, mask)

    alignment_terms = Location.alignment_terms


class Whole(Dot):
    """The mean over all steps enters each step."""

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        return super().energies(query - query.mean(1, keepdim=True), keys)

    def energy_terms(self) -> Any:
        return None


class Crowd(Dot):
    """The mean over the batch enters each row."""

    def project_keys(self, values: Tensor) -> Tensor:
        return values - values.mean(0, keepdim=True)


class Leaking(Dot):
    """Keys see the padding."""

    def project_keys(self, values: Tensor) -> Tensor:
        return values - values.mean(1, keepdim=True) ** 2 * values


class Idle(General):
    """A parameter that softmax ignores."""

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.unused = nn.Parameter(torch.zeros(1))


class Noisy(Dot):
    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        return super().energies(query, keys) + torch.randn(1)


class Sharp(General):
    """Starts with another sharpness than its constructor sets."""

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.sharpness = nn.Parameter(torch.full((1, 1), 5.0))


class Normalised(General):
    """A normalisation and a number, which keep the values of their constructors."""

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.norm = nn.LayerNorm(query_size)
        self.sharpness = nn.Parameter(torch.tensor(5.0))

    def project_keys(self, values: Tensor) -> Tensor:
        normal: Tensor = self.norm(super().project_keys(values))
        return self.sharpness * normal


class SetsSharpness(Sharp):
    def initial_values(self, generator: torch.Generator) -> None:
        nn.init.constant_(self.sharpness, 5)

    def project_keys(self, values: Tensor) -> Tensor:
        return self.sharpness * super().project_keys(values)


@pytest.mark.parametrize("score", [Normalised, SetsSharpness])
def test_a_score_with_initial_values_of_its_own_conforms(score: type[Score], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCORES, "own", score)
    for check in SCORE_CHECKS.values():
        check("own")


class Single(Dot):
    """Computes in float32."""

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        return super().energies(query.float(), keys.float())


@pytest.mark.parametrize(
    ("score", "check", "message"),
    [
        (Flat, "keys are", r"energies: the shape is \(3, 4, 6\); expected \(3, 4, 5\)"),
        (
            Double,
            "`energy_terms`",
            "by `energies` and by `energy_terms`: they differ by up to .*; expected at most 1e-09",
        ),
        (Louder, "`energy_terms`", "by `energies_from_previous` and by `alignment_terms`: they differ"),
        (Double, "a model", "logits with and without kernels: they differ"),
        (Whole, "a step has", "energies of single steps and of a target of all steps: they differ"),
        (Crowd, "a row does", r"energies of rows \[1\] alone and in the batch: they differ"),
        (Leaking, "padding has", "contexts with other values at padding: they differ"),
        (Idle, "query, values", "energies: unused has no gradient"),
        (Sharp, "what its constructor", r"sets sharpness, of shape \(1, 1\), and a model starts with other values"),
        (Noisy, "the same input", "computed twice: they differ"),
        (Single, "float32", "energies of float64 are torch.float32; expected float64"),
    ],
)
def test_a_wrong_score_fails_with_a_message(
    score: type[Score], check: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SCORES, "wrong", score)
    with pytest.raises(AssertionError, match=message):
        chosen(SCORE_CHECKS, check)("wrong")


class Reads(TorchCell, nn.RNN):
    """The values are those of torch, but padded_exact reads past the end of a sequence."""

    gates, activations = 1, 1
    function = torch.rnn_tanh

    def run_direction(self, part: str, inputs: Tensor, lengths: Tensor, mask: Tensor) -> tuple[Tensor, State]:
        return super().run_direction(part, inputs, torch.full_like(lengths, inputs.size(1)), mask)


class Forgets(TorchCell, nn.RNN):
    """Every call starts from zeros."""

    gates, activations = 1, 1
    function = torch.rnn_tanh

    def run(self, inputs: Any, state: State | None = None) -> tuple[Any, State]:
        return super().run(inputs, None)


class Remembers(TorchCell, nn.LSTM):
    """The bias of the forget gate is set, and then replaced."""

    gates, activations, memory_cell = 4, 5, True
    function = torch.lstm

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        nn.init.ones_(self.bias_ih_l0)


class Claims(Forgets):
    """The state has no c."""

    memory_cell = True

    def run(self, inputs: Any, state: State | None = None) -> tuple[Any, State]:
        outputs, last = self(inputs)
        return outputs, (last,)


@pytest.mark.parametrize(
    ("cell", "check", "message"),
    [
        (Reads, "padded_exact has", "states of packed and padded_exact: they differ"),
        (Forgets, "a sequence is", "outputs of a sequence and of its steps: they differ"),
        (Remembers, "what its constructor", r"the constructor sets bias_ih_l0, of shape \(16,\), and a model starts"),
        (Claims, "outputs are", "state: 1 tensors; expected 2, as memory_cell is True"),
    ],
)
def test_a_wrong_cell_fails_with_a_message(
    cell: type[TorchCell], check: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CELLS, "wrong", cell)
    with pytest.raises(AssertionError, match=message):
        chosen(CELL_CHECKS, check)("wrong")
