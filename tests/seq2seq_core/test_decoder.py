"""The decoder in every wiring equals the reference decoder, its own step loop, and its own greedy decoding."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from decoder_cases import CPU, SIZE, make_case
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_decoder import plain_decoding
from score_formulas import FORMULAS, FORMULAS_WITH_ALIGNMENT

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig
from seq2seq_core.examples import Examples
from seq2seq_core.layers import fast_path
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.layers.scores import SCORES
from seq2seq_core.training import build_model

SWITCHES: dict[str, tuple[Any, ...]] = {
    "score": (None, *(name for name in SCORES if not name.startswith("shift_") or name == "shift_additive")),
    "query": ("current", "previous"),
    "input_feeding": (False, True),
    "attentional_layer": (False, True),
    "readout": ("both", "state"),
    "mlp": (False, True),
}
EVERY = [dict(zip(SWITCHES, levels, strict=True)) for levels in product(*SWITCHES.values())]


def is_invalid(wiring: dict[str, Any]) -> bool:
    """Whether a wiring sets up an attention that does not exist, or gives the values no path to the logits."""
    if wiring["score"] is None:
        return any(wiring[field] != SWITCHES[field][0] for field in SWITCHES if field != "score")
    if wiring["mlp"] and not SCORES[wiring["score"]].compares_values:
        return True
    reaches_cell = wiring["query"] == "previous" or wiring["input_feeding"]
    return bool(wiring["readout"] == "state" and (wiring["attentional_layer"] or not reaches_cell))


WIRED = [wiring for wiring in EVERY if not is_invalid(wiring)]


@pytest.mark.usefixtures("_both_paths")
@given(
    wiring=st.sampled_from(WIRED),
    cell=st.sampled_from([*CELLS]),
    layers=st.integers(1, 3),
    directions=st.sampled_from([{}, {"bidirectional": True}, {"bidirectional": True, "merge": "sum"}]),
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    steps=st.integers(1, 5),
    seed=st.integers(0, 1000),
)
@settings(max_examples=150)
def test_every_wiring_equals_the_reference_decoder(
    wiring: dict[str, Any],
    cell: str,
    layers: int,
    directions: dict[str, Any],
    lengths: list[int],
    steps: int,
    seed: int,
) -> None:
    score = wiring["score"]
    if score and SCORES[score].same_size and not wiring["mlp"]:
        directions = {}
    case = make_case(lengths, seed, steps, cell=cell, layers=layers, **wiring, **directions)
    logits, (_, weights, _) = case.logits(), case.unrolled()
    for row, length in enumerate(lengths):
        states = [[part[layer, row].numpy() for part in case.carry.state] for layer in range(layers)]
        values = case.values[row, :length].numpy()
        plain, alignment = plain_decoding(case.config, case.decoder, case.tokens[row].tolist(), states, values)
        np.testing.assert_allclose(logits[row].detach().numpy(), plain, rtol=0, atol=1e-10)
        if score is None:
            assert weights is None
        else:
            assert weights is not None
            np.testing.assert_allclose(weights[row, :, :length].detach().numpy(), alignment, rtol=0, atol=1e-10)


@pytest.mark.usefixtures("_both_paths")
@pytest.mark.parametrize("cell", CELLS)
def test_parallel_decoding_equals_the_step_loop(cell: str) -> None:
    count = 0
    for wiring in WIRED:
        case = make_case([5, 2, 1], cell=cell, layers=2, **wiring)
        looks_back = wiring["score"] in FORMULAS_WITH_ALIGNMENT
        stepwise = wiring["query"] == "previous" or wiring["input_feeding"] or (looks_back and not fast_path.enabled())
        assert case.decoder.stepwise == stepwise
        if stepwise:
            continue
        count += 1
        outputs, parallel_weights, parallel_carry = case.decoder.advance(
            case.decoder.embedding(case.tokens), case.carry, case.memory
        )
        steps, step_weights, step_carry = case.unrolled()
        torch.testing.assert_close(steps, outputs, rtol=0, atol=1e-10)
        torch.testing.assert_close(step_weights, parallel_weights, rtol=0, atol=1e-10)
        torch.testing.assert_close(step_carry.state, parallel_carry.state, rtol=0, atol=1e-10)
        torch.testing.assert_close(step_carry.weights, parallel_carry.weights, rtol=0, atol=1e-10)
    looking_back = 2 + 2 + 4 + 4  # of shift and one_step (without mlp), location and shift_additive
    # no score; each parallel score, with two switches on and off
    assert count == 1 + 4 * len(FORMULAS) + (looking_back if fast_path.enabled() else 0)


@pytest.mark.parametrize("cell", CELLS)
def test_a_wiring_is_rejected_or_gives_every_parameter_a_gradient(cell: str) -> None:
    for wiring in EVERY:
        if is_invalid(wiring):
            with pytest.raises(ConfigError):
                make_case([3], cell=cell, **wiring)
            continue
        case = make_case([5, 2], cell=cell, **wiring)
        torch.autograd.backward((case.logits() ** 2).sum())
        for name, parameter in case.decoder.named_parameters():
            if name == "score.offset":  # softmax ignores it
                assert parameter.grad is None or parameter.grad.abs().max() < 1e-10
            else:
                assert parameter.grad is not None, (name, wiring)
                assert parameter.grad.abs().max() > 1e-10, (name, wiring)


@pytest.mark.usefixtures("_both_paths")
@pytest.mark.parametrize("cell", CELLS)
def test_greedy_decoding_equals_teacher_forcing_with_its_predictions(cell: str) -> None:
    task = TaskConfig(min_length=2, max_length=6)
    predicted = set()
    for seed, wiring in enumerate(WIRED):
        config = ModelConfig.from_dict({"embedding_size": 5, "hidden_size": SIZE, "cell": cell, **wiring})
        net = build_model(config, task, seed, CPU).double()
        net.decoder.output.weight.data *= 10
        batch = Examples(task, seed, "train", CPU).draw(4)
        tokens = net.greedy(batch.source, batch.source_lengths, 6, until_end=False).tokens
        assert torch.equal(net(batch.source, batch.source_lengths, tokens).argmax(-1), tokens), wiring
        predicted |= {*tokens.flatten().tolist()}
    assert len(predicted) > 4  # predictions differ, so that feeding a wrong one has an effect
