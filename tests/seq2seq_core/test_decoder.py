"""The decoder in every wiring: held to the plain one, to its own step loop, and to what each switch promises."""

import dataclasses
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_decoder import plain_decoding
from test_scores import FORMULAS, FORMULAS_LOOKING_BACK
from torch import Tensor

from seq2seq_core.attention import Memory
from seq2seq_core.cells import CELLS
from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig
from seq2seq_core.decoder import Carry, Decoder
from seq2seq_core.scores import SCORES
from seq2seq_core.sequences import mask_from_lengths
from seq2seq_core.tasks import Examples
from seq2seq_core.training import build_model

CPU = torch.device("cpu")
LETTERS, SIZE, STEPS = 7, 6, 4
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


@dataclasses.dataclass(frozen=True)
class Made:
    """A decoder with every parameter off zero, and something to decode; all of float64."""

    config: ModelConfig
    decoder: Decoder
    tokens: Tensor
    carry: Carry
    values: Tensor
    lengths: list[int]

    @property
    def memory(self) -> Memory | None:
        mask = mask_from_lengths(torch.tensor(self.lengths), self.values.size(1), CPU)
        return self.decoder.remember(self.values, mask)

    def logits(self) -> Tensor:
        logits: Tensor = self.decoder(self.tokens, self.carry, self.memory)
        return logits

    def unrolled(self) -> tuple[Tensor, Tensor | None, Carry]:
        return self.decoder.unroll(self.decoder.embedding(self.tokens), self.carry, self.memory)


def made(lengths: list[int], seed: int = 0, steps: int = STEPS, **overrides: Any) -> Made:
    config = ModelConfig.from_dict({"embedding_size": 5, "hidden_size": SIZE, **overrides})
    torch.manual_seed(seed)
    decoder = Decoder(config, LETTERS).double()
    for parameter in decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    size = len(lengths)
    tensors = 2 if config.cell == "lstm" else 1
    state = tuple(torch.randn(config.layers, size, SIZE).double() for _ in range(tensors))
    return Made(
        config=config,
        decoder=decoder,
        tokens=torch.randint(LETTERS, (size, steps)),
        carry=decoder.start(state),
        values=torch.randn(size, max(lengths), config.value_size).double(),
        lengths=lengths,
    )


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
            assert parameter.grad is not None, (name, wiring)
            if name == "score.offset":  # a softmax is blind to it
                assert parameter.grad.abs().max() < 1e-10
            else:
                assert parameter.grad.abs().max() > 1e-10, (name, wiring)


@pytest.mark.parametrize("query", ["current", "previous"])
@pytest.mark.parametrize("attentional_layer", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_what_is_fed_joins_the_cell_by_columns_of_its_own(
    query: str, attentional_layer: bool, bidirectional: bool
) -> None:
    wiring = {"query": query, "attentional_layer": attentional_layer, "bidirectional": bidirectional}
    feeding, plain = made([5, 2], input_feeding=True, **wiring), made([5, 2], **wiring)
    fed_size = SIZE if attentional_layer or not bidirectional else 2 * SIZE
    weights = feeding.decoder.state_dict()
    fed_columns = weights["cell.weight_ih_l0"][:, -fed_size:]
    plain.decoder.load_state_dict({**weights, "cell.weight_ih_l0": weights["cell.weight_ih_l0"][:, :-fed_size]})
    plain = dataclasses.replace(plain, tokens=feeding.tokens, values=feeding.values)
    plain = dataclasses.replace(plain, carry=Carry(feeding.carry.state))
    without = plain.logits()
    change = (feeding.logits() - without).abs().amax(dim=(0, 2))
    assert change[0] < 1e-12  # zeros are fed to the first step
    assert (change[1:] > 1e-3).all()
    fed_columns.zero_()
    torch.testing.assert_close(feeding.logits(), without, rtol=0, atol=1e-12)


@pytest.mark.parametrize("attentional_layer", [False, True])
def test_what_is_fed_is_the_attentional_vector_or_without_one_the_context(attentional_layer: bool) -> None:
    it = made([5, 2], input_feeding=True, attentional_layer=attentional_layer)
    features, weights, carry = it.unrolled()
    assert weights is not None
    expected = features[:, -1:] if attentional_layer else weights[:, -1:] @ it.values
    torch.testing.assert_close(carry.fed, expected, rtol=0, atol=1e-12)


def test_logits_see_of_state_and_context_what_the_readout_says() -> None:
    """Attention first: with the cell blind to the context, the values reach the logits by the readout alone."""
    for readout, sees in (("both", True), ("state", False)):
        it = made([5, 2], query="previous", readout=readout)
        it.decoder.state_dict()["cell.weight_ih_l0"][:, 5:] = 0
        it.values.requires_grad_()
        (reached,) = torch.autograd.grad(it.logits().sum(), it.values, allow_unused=True)
        assert bool(reached is not None and reached.abs().max() > 1e-6) == sees


def test_the_query_is_the_state_after_the_cell_or_before_it() -> None:
    """The first token moves the first attention weights only where the cell runs first."""
    for query, moved in (("current", True), ("previous", False)):
        it = made([5, 5], query=query)
        embedded = it.decoder.embedding(it.tokens[:, :1]).detach().requires_grad_()
        _, weights, _ = it.decoder.advance(embedded, it.carry, it.memory)
        assert weights is not None
        (reached,) = torch.autograd.grad(weights[:, 0, 0].sum(), embedded, allow_unused=True)
        assert (reached is not None) == moved


def test_phi_and_psi_stand_between_the_score_and_what_it_compares_but_not_before_the_context() -> None:
    it = made([5, 2], mlp=True, score="dot", bidirectional=True)
    _, asked, _ = it.unrolled()
    assert asked is not None
    assert (asked - asked[:, :1]).abs().max() > 1e-3
    it.decoder.state_dict()["psi.weight"].zero_()
    features, weights, _ = it.unrolled()
    assert weights is not None
    uniform = torch.tensor([[0.2] * 5, [0.5] * 2 + [0.0] * 3], dtype=torch.float64).unsqueeze(1).expand(-1, STEPS, -1)
    torch.testing.assert_close(weights, uniform, rtol=0, atol=1e-12)
    torch.testing.assert_close(features[..., SIZE:], uniform @ it.values, rtol=0, atol=1e-12)
    it.decoder.state_dict()["psi.weight"].normal_()
    it.decoder.state_dict()["phi.weight"].zero_()
    _, weights, _ = it.unrolled()
    assert weights is not None
    torch.testing.assert_close(weights, weights[:, :1].expand_as(weights), rtol=0, atol=1e-12)


@pytest.mark.parametrize("query", ["current", "previous"])
def test_a_score_that_looks_back_sees_the_weights_of_the_step_before(query: str) -> None:
    it = made([5, 2], score="location", query=query)
    step = it.decoder.embedding(it.tokens[:, :1])
    _, first, carry = it.decoder.advance(step, it.carry, it.memory)
    assert first is not None
    assert carry.weights is not None
    torch.testing.assert_close(carry.weights, first, rtol=0, atol=0)
    elsewhere = dataclasses.replace(carry, weights=first.flip(-1))
    _, after, _ = it.decoder.advance(step, carry, it.memory)
    _, moved, _ = it.decoder.advance(step, elsewhere, it.memory)
    assert after is not None
    assert moved is not None
    assert (moved - after).abs().max() > 1e-3


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
