"""Each switch of the decoder changes the output or the gradient as documented."""

import dataclasses

import pytest
import torch
from decoder_cases import SIZE, STEPS, make_case

from seq2seq_core.model.decoder import Carry


@pytest.mark.parametrize("query", ["current", "previous"])
@pytest.mark.parametrize("attentional_layer", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_input_feed_has_its_own_columns_of_the_cells_weight(
    query: str, attentional_layer: bool, bidirectional: bool
) -> None:
    wiring = {"query": query, "attentional_layer": attentional_layer, "bidirectional": bidirectional}
    feeding, plain = make_case([5, 2], input_feeding=True, **wiring), make_case([5, 2], **wiring)
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
def test_the_input_feed_is_the_attentional_vector_or_the_context(attentional_layer: bool) -> None:
    case = make_case([5, 2], input_feeding=True, attentional_layer=attentional_layer)
    features, weights, carry = case.unrolled()
    assert weights is not None
    expected = features[:, -1:] if attentional_layer else weights[:, -1:] @ case.values
    torch.testing.assert_close(carry.fed, expected, rtol=0, atol=1e-12)


def test_logits_depend_on_the_context_only_with_the_readout_both() -> None:
    """Attention first, with zero weights of the context in the cell: the readout alone connects values and logits."""
    for readout, expected in (("both", True), ("state", False)):
        case = make_case([5, 2], query="previous", readout=readout)
        case.decoder.state_dict()["cell.weight_ih_l0"][:, 5:] = 0
        case.values.requires_grad_()
        (reached,) = torch.autograd.grad(case.logits().sum(), case.values, allow_unused=True)
        assert bool(reached is not None and reached.abs().max() > 1e-6) == expected


def test_the_query_is_the_state_after_the_step_or_before_it() -> None:
    """The first token changes the first attention weights only where the cell runs first."""
    for query, changed in (("current", True), ("previous", False)):
        case = make_case([5, 5], query=query)
        embedded = case.decoder.embedding(case.tokens[:, :1]).detach().requires_grad_()
        _, weights, _ = case.decoder.advance(embedded, case.carry, case.memory)
        assert weights is not None
        (reached,) = torch.autograd.grad(weights[:, 0, 0].sum(), embedded, allow_unused=True)
        assert (reached is not None) == changed


def test_phi_and_psi_act_on_query_and_keys_but_not_on_the_context() -> None:
    case = make_case([5, 2], mlp=True, score="dot", bidirectional=True)
    _, first, _ = case.unrolled()
    assert first is not None
    assert (first - first[:, :1]).abs().max() > 1e-3
    case.decoder.state_dict()["psi.weight"].zero_()
    features, weights, _ = case.unrolled()
    assert weights is not None
    uniform = torch.tensor([[0.2] * 5, [0.5] * 2 + [0.0] * 3], dtype=torch.float64).unsqueeze(1).expand(-1, STEPS, -1)
    torch.testing.assert_close(weights, uniform, rtol=0, atol=1e-12)
    torch.testing.assert_close(features[..., SIZE:], uniform @ case.values, rtol=0, atol=1e-12)
    case.decoder.state_dict()["psi.weight"].normal_()
    case.decoder.state_dict()["phi.weight"].zero_()
    _, weights, _ = case.unrolled()
    assert weights is not None
    torch.testing.assert_close(weights, weights[:, :1].expand_as(weights), rtol=0, atol=1e-12)


@pytest.mark.parametrize("query", ["current", "previous"])
def test_a_score_with_alignment_gets_the_weights_of_the_previous_step(query: str) -> None:
    case = make_case([5, 2], score="location", query=query)
    step = case.decoder.embedding(case.tokens[:, :1])
    _, first, carry = case.decoder.advance(step, case.carry, case.memory)
    assert first is not None
    assert carry.weights is not None
    torch.testing.assert_close(carry.weights, first, rtol=0, atol=0)
    elsewhere = dataclasses.replace(carry, weights=first.flip(-1))
    _, after, _ = case.decoder.advance(step, carry, case.memory)
    _, moved, _ = case.decoder.advance(step, elsewhere, case.memory)
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
def test_gradients_flow_through_everything_in_the_carry(wiring: dict[str, object]) -> None:
    """Compared with finite differences: a detached state, weight or vector changes no output."""
    case = make_case([3, 2], steps=3, **wiring)
    case.values.requires_grad_()
    assert torch.autograd.gradcheck(lambda values: dataclasses.replace(case, values=values).logits(), (case.values,))
