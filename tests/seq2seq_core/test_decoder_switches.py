"""What each switch of the decoder promises: flipped, the output or the gradient changes as predicted."""

import dataclasses

import pytest
import torch
from made_decoders import SIZE, STEPS, made

from seq2seq_core.model.decoder import Carry


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


@pytest.mark.parametrize(
    "wiring",
    [
        {"score": "location"},
        {"score": "location", "query": "previous"},
        {"input_feeding": True},
        {"input_feeding": True, "attentional_layer": True},
    ],
)
def test_gradients_go_back_through_all_that_a_step_hands_to_the_next(wiring: dict[str, object]) -> None:
    """Held to finite differences: a state, weights or a vector that is detached on the way changes no output."""
    it = made([3, 2], steps=3, **wiring)
    it.values.requires_grad_()
    assert torch.autograd.gradcheck(lambda values: dataclasses.replace(it, values=values).logits(), (it.values,))
