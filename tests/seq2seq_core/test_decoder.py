"""The decoder in every wiring: held to the plain one, to its own step loop, and to its own greedy decoding."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from made_decoders import CPU, SIZE, made
from plain_decoder import plain_decoding
from score_formulas import FORMULAS, FORMULAS_LOOKING_BACK

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.layers.scores import SCORES
from seq2seq_core.tasks.reverse import Examples
from seq2seq_core.training import build_model

SWITCHES: dict[str, tuple[Any, ...]] = {
    "score": (None, *SCORES),
    "query": ("current", "previous"),
    "input_feeding": (False, True),
    "attentional_layer": (False, True),
    "readout": ("both", "state"),
    "mlp": (False, True),
}
EVERY = [dict(zip(SWITCHES, levels, strict=True)) for levels in product(*SWITCHES.values())]


def senseless(wiring: dict[str, Any]) -> bool:
    """A wiring that says something of an attention that is not there, or gives the context no way to the logits."""
    if wiring["score"] is None:
        return any(wiring[field] != SWITCHES[field][0] for field in SWITCHES if field != "score")
    arrives = wiring["query"] == "previous" or wiring["input_feeding"]
    return bool(wiring["readout"] == "state" and (wiring["attentional_layer"] or not arrives))


WIRED = [wiring for wiring in EVERY if not senseless(wiring)]


@given(
    wiring=st.sampled_from(WIRED),
    cell=st.sampled_from([*CELLS]),
    layers=st.integers(1, 3),
    directions=st.sampled_from([{}, {"bidirectional": True}, {"bidirectional": True, "merge": "sum"}]),
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    steps=st.integers(1, 5),
    seed=st.integers(0, 1000),
)
@settings(max_examples=300)
def test_every_wiring_equals_the_plain_decoder(
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
    it = made(lengths, seed, steps, cell=cell, layers=layers, **wiring, **directions)
    logits, (_, weights, _) = it.logits(), it.unrolled()
    for row, length in enumerate(lengths):
        states = [[part[layer, row].numpy() for part in it.carry.state] for layer in range(layers)]
        values = it.values[row, :length].numpy()
        plain, alignment = plain_decoding(it.config, it.decoder, it.tokens[row].tolist(), states, values)
        np.testing.assert_allclose(logits[row].detach().numpy(), plain, rtol=0, atol=1e-10)
        if score is None:
            assert weights is None
        else:
            assert weights is not None
            np.testing.assert_allclose(weights[row, :, :length].detach().numpy(), alignment, rtol=0, atol=1e-10)


@pytest.mark.parametrize("cell", CELLS)
def test_the_parallel_form_equals_the_step_loop_wherever_it_is_allowed(cell: str) -> None:
    parallel = 0
    for wiring in WIRED:
        it = made([5, 2, 1], cell=cell, layers=2, **wiring)
        waits = wiring["query"] == "previous" or wiring["input_feeding"] or wiring["score"] in FORMULAS_LOOKING_BACK
        assert it.decoder.stepwise == waits
        if waits:
            continue
        parallel += 1
        whole, whole_weights, whole_carry = it.decoder.advance(it.decoder.embedding(it.tokens), it.carry, it.memory)
        steps, step_weights, step_carry = it.unrolled()
        torch.testing.assert_close(steps, whole, rtol=0, atol=1e-10)
        torch.testing.assert_close(step_weights, whole_weights, rtol=0, atol=1e-10)
        torch.testing.assert_close(step_carry.state, whole_carry.state, rtol=0, atol=1e-10)
        torch.testing.assert_close(step_carry.weights, whole_carry.weights, rtol=0, atol=1e-10)
    assert parallel == 1 + 4 * len(FORMULAS)  # no score; each that does not look back, with and without two layers


@pytest.mark.parametrize("cell", CELLS)
def test_a_combination_of_switches_is_refused_or_gives_every_parameter_a_gradient(cell: str) -> None:
    for wiring in EVERY:
        if senseless(wiring):
            with pytest.raises(ConfigError):
                made([3], cell=cell, **wiring)
            continue
        it = made([5, 2], cell=cell, **wiring)
        torch.autograd.backward((it.logits() ** 2).sum())
        for name, parameter in it.decoder.named_parameters():
            if name == "score.offset":  # a softmax is blind to it
                assert parameter.grad is None or parameter.grad.abs().max() < 1e-10
            else:
                assert parameter.grad is not None, (name, wiring)
                assert parameter.grad.abs().max() > 1e-10, (name, wiring)


@pytest.mark.parametrize("cell", CELLS)
def test_greedy_decoding_is_teacher_forcing_on_its_own_predictions(cell: str) -> None:
    task = TaskConfig(min_length=2, max_length=6)
    seen = set()
    for seed, wiring in enumerate(WIRED):
        config = ModelConfig.from_dict({"embedding_size": 5, "hidden_size": SIZE, "cell": cell, **wiring})
        net = build_model(config, task, seed, CPU).double()
        net.decoder.output.weight.data *= 10
        batch = Examples(task, seed, "train", CPU).draw(4)
        tokens = net.greedy(batch.source, batch.source_lengths, 6, until_end=False).tokens
        assert torch.equal(net(batch.source, batch.source_lengths, tokens).argmax(-1), tokens), wiring
        seen |= {*tokens.flatten().tolist()}
    assert len(seen) > 4  # predictions differ, so that feeding the wrong one would be seen
