"""The wiring of each preset is that of its paper: what a step depends on, what it does not, and by which formula."""

from dataclasses import dataclass

import pytest
import torch
from preset_models import E, H, make_preset
from torch import Tensor

from seq2seq_core.config import ConfigError
from seq2seq_core.config.presets import PRESETS, preset
from seq2seq_core.layers.cells import GRU, LSTM, State
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.tokens import FIRST_LETTER

S, T = 5, 4
ATTENDING = ("article_luong", "article_bahdanau", "luong2015", "bahdanau2015", "las2016")


@dataclass(frozen=True)
class Decoding:
    """One sequence decoded by a preset from made-up values (1,S,H or 2 H), inputs (1,T,E), and a state."""

    net: Seq2Seq
    values: Tensor
    inputs: Tensor
    state: State
    features: Tensor
    weights: Tensor
    after: State


def decoded(name: str, steps: int) -> Decoding:
    net = make_preset(name)
    decoder = net.decoder
    values = torch.randn(1, S, preset(name).directions * H).double().requires_grad_()
    inputs = torch.randn(1, steps, E).double().requires_grad_()
    parts = 2 if decoder.cell.memory_cell else 1
    state = tuple(torch.randn(decoder.cell.num_layers, 1, H).double().requires_grad_() for _ in range(parts))
    memory = decoder.precompute_memory(values, torch.ones(1, S, dtype=torch.bool))
    features, weights, carry = decoder.unroll(inputs, decoder.start(state), memory)
    assert weights is not None
    return Decoding(net, values, inputs, state, features, weights, carry.state)


def seen_from(inputs: Tensor, outcomes: Tensor) -> list[list[bool]]:
    """For each step of outcomes (1,T,...), which steps of inputs (1,T,E) it depends on."""
    rows = []
    for step in range(outcomes.size(1)):
        (gradient,) = torch.autograd.grad((outcomes[:, step] ** 2).sum(), inputs, retain_graph=True)
        rows.append((gradient[0].abs().amax(-1) > 1e-9).tolist())
    return rows


@pytest.mark.parametrize("name", ATTENDING)
def test_the_query_of_a_step_depends_on_its_own_input_as_in_the_paper(name: str) -> None:
    steps = decoded(name, T)
    own = name in ("article_luong", "luong2015", "las2016")  # the cell runs first
    assert seen_from(steps.inputs, steps.weights) == [[other < step + own for other in range(T)] for step in range(T)]


@pytest.mark.parametrize("name", ATTENDING)
def test_the_context_enters_the_state_at_the_step_of_the_paper(name: str) -> None:
    first = {"article_luong": T + 1, "luong2015": 2, "las2016": 2}.get(name, 1)  # never, when it is fed, and at once
    for steps in range(1, T + 1):
        one = decoded(name, steps)
        (gradient,) = torch.autograd.grad((one.after[0] ** 2).sum(), one.values, materialize_grads=True)
        assert bool(gradient.abs().max() > 1e-9) == (steps >= first)


@pytest.mark.parametrize("name", ATTENDING)
def test_energies_are_of_the_formula_of_the_paper_and_of_the_right_state(name: str) -> None:
    one = decoded(name, 1)
    before, after, values = one.state[0][-1, 0], one.after[0][-1, 0], one.values[0]
    w = one.net.decoder.state_dict()
    match name:
        case "article_luong" | "luong2015":
            energies = values @ w["score.key.weight"].T @ after
        case "article_bahdanau" | "bahdanau2015":
            energies = (
                torch.tanh(values @ w["score.key.weight"].T + w["score.query.weight"] @ before)
                @ w["score.energy.weight"][0]
            )
        case _:
            query = torch.tanh(w["phi.weight"] @ after + w["phi.bias"])
            energies = torch.tanh(values @ w["psi.weight"].T + w["psi.bias"]) @ query
    torch.testing.assert_close(one.weights[0, 0], energies.softmax(0), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ATTENDING)
def test_the_logits_depend_on_the_inputs_of_the_paper(name: str) -> None:
    one = decoded(name, 1)
    context, state = one.weights[0, 0] @ one.values[0], one.after[0][-1, 0]
    match name:
        case "article_bahdanau":
            expected = state
        case "luong2015":
            expected = torch.tanh(one.net.decoder.state_dict()["attentional.weight"] @ torch.cat([context, state]))
        case _:
            expected = torch.cat([state, context])
    torch.testing.assert_close(one.features[0, 0], expected, rtol=0, atol=1e-12)
    assert one.net.decoder.output.in_features == len(expected)


@pytest.mark.parametrize(
    ("name", "cell", "layers", "fed"),
    [
        ("article_none", GRU, 1, 0),
        ("article_luong", GRU, 1, 0),
        ("article_bahdanau", GRU, 1, H),  # the context
        ("luong2015", LSTM, 2, H),  # the attentional vector
        ("bahdanau2015", GRU, 1, 2 * H),  # the context, of both directions
        ("las2016", LSTM, 3, 2 * H),
    ],
)
def test_the_cell_and_its_input_size_are_those_of_the_paper(name: str, cell: type, layers: int, fed: int) -> None:
    decoder = make_preset(name).decoder
    assert (type(decoder.cell), decoder.cell.num_layers, decoder.cell.input_size) == (cell, layers, E + fed)


@pytest.mark.parametrize("name", ["luong2015", "las2016"])
def test_the_input_feed_is_the_previous_attentional_vector_or_context_and_zero_at_first(name: str) -> None:
    two = decoded(name, 2)
    cell = two.net.decoder.cell
    fed = two.features[:, :1] if name == "luong2015" else two.weights[:, :1] @ two.values
    _, state = cell(torch.cat([two.inputs[:, :1], torch.zeros_like(fed)], dim=-1), two.state)
    _, after = cell(torch.cat([two.inputs[:, 1:], fed], dim=-1), state)
    torch.testing.assert_close(after, two.after, rtol=0, atol=1e-12)


def test_without_attention_only_the_state_reaches_the_decoder() -> None:
    memory, _ = make_preset("article_none").encode(torch.tensor([[FIRST_LETTER]]), torch.tensor([1]))
    assert memory is None


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown preset 'luong_2015'; did you mean 'luong2015'"):
        preset("luong_2015")


def test_every_preset_is_pinned_here() -> None:
    assert {*PRESETS} == {"article_none", *ATTENDING}
