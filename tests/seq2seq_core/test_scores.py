"""One suite for every score: a float64 loop in NumPy, a step and a whole target alike, and what has no influence."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from seq2seq_core.attention import Memory, attend
from seq2seq_core.scores import SCORES, Score
from seq2seq_core.sequences import mask_from_lengths

B, T, S, H, K = 3, 4, 5, 6, 7
Array = NDArray[np.float64]
Weights = dict[str, Array]

# Each formula again, for one query and one value, as its paper writes it.
FORMULAS: dict[str, Callable[[Array, Array, Weights], float]] = {
    "dot": lambda q, h, w: float(q @ h),
    "scaled_dot": lambda q, h, w: float(q @ h / np.sqrt(len(h))),
    "general": lambda q, h, w: float(q @ (w["key.weight"] @ h)),
    "concat": lambda q, h, w: float(w["energy.weight"][0] @ np.tanh(w["hidden.weight"] @ np.concatenate([q, h]))),
    "additive": lambda q, h, w: float(w["energy.weight"][0] @ np.tanh(w["query.weight"] @ q + w["key.weight"] @ h)),
}


def make(name: str) -> tuple[Score, torch.Tensor, torch.Tensor]:
    """A score with query (B,T,Q) and values (B,S,H), all of float64; sizes differ where the score lets them."""
    torch.manual_seed(0)
    query_size = H if SCORES[name].same_size else H + 2
    score = SCORES[name](query_size, H, K).double()
    return score, torch.randn(B, T, query_size).double(), torch.randn(B, S, H).double()


@pytest.mark.parametrize("name", SCORES)
def test_energies_equal_the_formula_in_a_plain_loop(name: str) -> None:
    score, query, values = make(name)
    energies = score.energies(query, score.project_keys(values)).detach().numpy()
    weights = {key: tensor.numpy() for key, tensor in score.state_dict().items()}
    q, h = query.numpy(), values.numpy()
    for b, t, s in np.ndindex(B, T, S):
        assert energies[b, t, s] == pytest.approx(FORMULAS[name](q[b, t], h[b, s], weights), abs=1e-10)


@pytest.mark.parametrize("name", SCORES)
def test_a_step_is_a_target_of_one_position(name: str) -> None:
    score, query, values = make(name)
    keys = score.project_keys(values)
    steps = [score.energies(query[:, t : t + 1], keys) for t in range(T)]
    torch.testing.assert_close(torch.cat(steps, dim=1), score.energies(query, keys), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_a_row_does_not_depend_on_the_batch_it_is_in(name: str) -> None:
    # The article's additive score has a vector for each slot of the batch.
    score, query, values = make(name)
    whole = score.energies(query, score.project_keys(values))
    order = torch.tensor([2, 0, 1])
    shuffled = score.energies(query[order], score.project_keys(values[order]))
    torch.testing.assert_close(shuffled, whole[order], rtol=0, atol=1e-12)
    alone = score.energies(query[1:2], score.project_keys(values[1:2]))
    torch.testing.assert_close(alone, whole[1:2], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_padding_gets_weight_zero_and_has_no_influence(name: str) -> None:
    score, query, values = make(name)
    lengths = torch.tensor([5, 2, 1])
    mask = mask_from_lengths(lengths, S, values.device)
    context, weights = attend(score, query, Memory(score.project_keys(values), values, mask))
    assert (weights.masked_select(~mask.unsqueeze(1)) == 0).all()
    torch.testing.assert_close(weights.sum(-1), torch.ones(B, T).double())
    other = torch.where(mask.unsqueeze(-1), values, 100.0)
    other_context, _ = attend(score, query, Memory(score.project_keys(other), other, mask))
    torch.testing.assert_close(other_context, context, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_gradients_reach_query_values_and_every_parameter(name: str) -> None:
    score, query, values = make(name)
    query.requires_grad_()
    values.requires_grad_()
    mask = torch.ones(B, S, dtype=torch.bool)
    context, _ = attend(score, query, Memory(score.project_keys(values), values, mask))
    (context**2).sum().backward()
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


def test_every_score_has_its_formula_here() -> None:
    assert set(FORMULAS) == set(SCORES)
