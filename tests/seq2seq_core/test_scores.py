"""One suite for every score: it equals a loop in NumPy, at one step and at many, and padding has no influence."""

import numpy as np
import pytest
import torch
from score_formulas import FORMULAS, FORMULAS_WITH_ALIGNMENT
from torch import Tensor

from seq2seq_core.layers.scores import SCORES, Score, UsesPreviousAlignment
from seq2seq_core.model.attention import Memory, attend
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.seeding import initialise

B, T, S, H, K = 3, 4, 5, 6, 7


def make(name: str) -> tuple[Score, Tensor, Tensor]:
    """A score, a query (B,T,Q) and values (B,S,C) in float64; Q and C differ where the score allows it.

    No parameter has its initial value, which may be zero.
    """
    torch.manual_seed(0)
    query_size = H if SCORES[name].same_size else H + 2
    score = SCORES[name](query_size, H, K).double()
    for parameter in score.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return score, torch.randn(B, T, query_size).double(), torch.randn(B, S, H).double()


def alignments() -> Tensor:
    """The previous alignment of each step, (B,T,S)."""
    return torch.rand(B, T, S, generator=torch.Generator().manual_seed(0)).double().softmax(-1)


def energies_of(score: Score, query: Tensor, keys: Tensor, before: Tensor) -> Tensor:
    """Energies (B,T,S), in one call, or step by step after the alignments (B,T,S) for a score that needs them."""
    if not isinstance(score, UsesPreviousAlignment):
        return score.energies(query, keys)
    steps = zip(query.split(1, dim=1), before.split(1, dim=1), strict=True)
    return torch.cat([score.energies_from_previous(step, keys, previous) for step, previous in steps], dim=1)


@pytest.mark.usefixtures("_both_paths")
@pytest.mark.parametrize("name", FORMULAS)
def test_energies_equal_the_formula_in_a_plain_loop(name: str) -> None:
    score, query, values = make(name)
    energies = score.energies(query, score.project_keys(values)).detach().numpy()
    weights = {key: tensor.numpy() for key, tensor in score.state_dict().items()}
    q, h = query.numpy(), values.numpy()
    for b, t, s in np.ndindex(B, T, S):
        assert energies[b, t, s] == pytest.approx(FORMULAS[name](q[b, t], h[b, s], weights), abs=1e-10)


@pytest.mark.parametrize("name", FORMULAS_WITH_ALIGNMENT)
def test_energies_after_an_alignment_equal_the_formula_in_a_plain_loop(name: str) -> None:
    score, query, values = make(name)
    energies = energies_of(score, query, score.project_keys(values), alignments()).detach().numpy()
    weights = {key: tensor.numpy() for key, tensor in score.state_dict().items()}
    q, h, before = query.numpy(), values.numpy(), alignments().numpy()
    formula = FORMULAS_WITH_ALIGNMENT[name]
    for b, t, s in np.ndindex(B, T, S):
        assert energies[b, t, s] == pytest.approx(formula(q[b, t], h[b, s], weights, s, before[b, t]), abs=1e-10)


@pytest.mark.parametrize("name", FORMULAS_WITH_ALIGNMENT)
def test_the_alignment_before_the_first_step_is_zero(name: str) -> None:
    score, query, values = make(name)
    energies = score.energies(query[:, :1], score.project_keys(values)).detach().numpy()
    weights = {key: tensor.numpy() for key, tensor in score.state_dict().items()}
    q, h = query.numpy(), values.numpy()
    formula = FORMULAS_WITH_ALIGNMENT[name]
    for b, s in np.ndindex(B, S):
        assert energies[b, 0, s] == pytest.approx(formula(q[b, 0], h[b, s], weights, s, np.zeros(S)), abs=1e-10)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_step_is_a_target_of_one_position(name: str) -> None:
    score, query, values = make(name)
    keys = score.project_keys(values)
    steps = [score.energies(query[:, t : t + 1], keys) for t in range(T)]
    torch.testing.assert_close(torch.cat(steps, dim=1), score.energies(query, keys), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_a_row_does_not_depend_on_the_batch_it_is_in(name: str) -> None:
    score, query, values = make(name)
    before = alignments()
    together = energies_of(score, query, score.project_keys(values), before)
    order = torch.tensor([2, 0, 1])
    shuffled = energies_of(score, query[order], score.project_keys(values[order]), before[order])
    torch.testing.assert_close(shuffled, together[order], rtol=0, atol=1e-12)
    alone = energies_of(score, query[1:2], score.project_keys(values[1:2]), before[1:2])
    torch.testing.assert_close(alone, together[1:2], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_padding_gets_weight_zero_and_has_no_influence(name: str) -> None:
    score, query, values = make(name)
    query = query[:, :1]
    mask = mask_from_lengths(torch.tensor([5, 2, 1]), S, values.device)
    _, before = attend(score, query, Memory(score.project_keys(values), values, mask))
    context, weights = attend(score, query, Memory(score.project_keys(values), values, mask), before)
    for alignment in (before, weights):
        assert (alignment.masked_select(~mask.unsqueeze(1)) == 0).all()
        torch.testing.assert_close(alignment.sum(-1), torch.ones(B, 1).double())
    other = torch.where(mask.unsqueeze(-1), values, 100.0)
    other_context, _ = attend(score, query, Memory(score.project_keys(other), other, mask), before)
    torch.testing.assert_close(other_context, context, rtol=0, atol=1e-12)
    cut = attend(score, query[1:2], Memory(score.project_keys(values[1:2, :2]), values[1:2, :2], mask[1:2, :2]))
    cut = attend(score, query[1:2], Memory(score.project_keys(values[1:2, :2]), values[1:2, :2], mask[1:2, :2]), cut[1])
    torch.testing.assert_close(cut[0], context[1:2], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_attention_weights_are_the_softmax_of_the_energies(name: str) -> None:
    score, query, values = make(name)
    memory = Memory(score.project_keys(values), values, torch.ones(B, S, dtype=torch.bool))
    before = alignments()[:, :1]
    context, weights = attend(score, query[:, :1], memory, before)
    expected = energies_of(score, query[:, :1], memory.keys, before).exp()
    torch.testing.assert_close(weights, expected / expected.sum(-1, keepdim=True), rtol=0, atol=1e-12)
    torch.testing.assert_close(context, (weights.mT * values).sum(1, keepdim=True), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_gradients_reach_query_values_and_every_parameter_from_the_first_step_of_training(name: str) -> None:
    score, query, values = make(name)
    initialise(score, seed=0)
    query.requires_grad_()
    values.requires_grad_()
    (energies_of(score, query, score.project_keys(values), alignments()) ** 2).sum().backward()
    for tensor in (query, values, *score.parameters()):
        assert tensor.grad is not None
        assert tensor.grad.abs().sum() > 0


def test_concat_is_additive_computed_another_way() -> None:
    concat, query, values = make("concat")
    additive = SCORES["additive"](H + 2, H, K).double()
    joined = concat.state_dict()["hidden.weight"]
    additive.load_state_dict(
        {
            "query.weight": joined[:, : H + 2],
            "key.weight": joined[:, H + 2 :],
            "energy.weight": concat.state_dict()["energy.weight"],
        }
    )
    torch.testing.assert_close(
        additive.energies(query, additive.project_keys(values)),
        concat.energies(query, concat.project_keys(values)),
        rtol=0,
        atol=1e-12,
    )


def test_the_normalised_score_starts_at_the_gain_of_its_paper_for_any_length_of_v() -> None:
    score, query, values = make("additive_normalised")
    initialise(score, seed=0)
    keys = score.project_keys(values)
    first = score.energies(query, keys)
    weights = score.state_dict()
    weights["energy.weight"] *= 7
    torch.testing.assert_close(score.energies(query, keys), first, rtol=0, atol=1e-12)
    # It equals the additive score whose v has the gain as its norm.
    additive = SCORES["additive"](H + 2, H, K).double()
    unit = weights["energy.weight"] / weights["energy.weight"].norm()
    additive.load_state_dict(
        {
            "query.weight": weights["query.weight"],
            "key.weight": weights["key.weight"],
            "energy.weight": unit / np.sqrt(K),
        }
    )
    torch.testing.assert_close(additive.energies(query, additive.project_keys(values)), first, rtol=0, atol=1e-12)


def test_attention_depends_on_the_gain_and_not_on_the_offset() -> None:
    score, query, values = make("additive_normalised")
    memory = Memory(score.project_keys(values), values, torch.ones(B, S, dtype=torch.bool))
    _, plain = attend(score, query, memory)
    score.state_dict()["offset"] += 3
    torch.testing.assert_close(attend(score, query, memory)[1], plain, rtol=0, atol=1e-12)
    score.state_dict()["gained"] += 3
    assert (attend(score, query, memory)[1] - plain).abs().max() > 0.05


def test_every_score_has_a_formula() -> None:
    assert {*FORMULAS, *FORMULAS_WITH_ALIGNMENT} == {*SCORES}
    assert {*FORMULAS_WITH_ALIGNMENT} == {
        name for name, kind in SCORES.items() if issubclass(kind, UsesPreviousAlignment)
    }
