"""Every score equals its formula in a plain loop in NumPy; what else holds for every score is in test_conformance."""

import numpy as np
import pytest
import torch
from score_formulas import FORMULAS, FORMULAS_WITH_ALIGNMENT, first_alignment

from seq2seq_core.conformance.scores import B, H, K, S, T, alignments, energies_of, make_score
from seq2seq_core.layers.scores import SCORES, UsesPreviousAlignment
from seq2seq_core.model.attention import Memory, attend
from seq2seq_core.seeding import initialise


@pytest.mark.usefixtures("_both_paths")
@pytest.mark.parametrize("name", FORMULAS)
def test_energies_equal_the_formula_in_a_plain_loop(name: str) -> None:
    score, query, values = make_score(name)
    energies = score.energies(query, score.project_keys(values)).detach().numpy()
    weights = {key: tensor.numpy() for key, tensor in score.state_dict().items()}
    q, h = query.numpy(), values.numpy()
    for b, t, s in np.ndindex(B, T, S):
        assert energies[b, t, s] == pytest.approx(FORMULAS[name](q[b, t], h[b, s], weights), abs=1e-10)


@pytest.mark.parametrize("name", FORMULAS_WITH_ALIGNMENT)
def test_energies_after_an_alignment_equal_the_formula_in_a_plain_loop(name: str) -> None:
    score, query, values = make_score(name)
    energies = energies_of(score, query, score.project_keys(values), alignments()).detach().numpy()
    weights = {key: tensor.numpy() for key, tensor in score.state_dict().items()}
    q, h, before = query.numpy(), values.numpy(), alignments().numpy()
    formula = FORMULAS_WITH_ALIGNMENT[name]
    for b, t, s in np.ndindex(B, T, S):
        assert energies[b, t, s] == pytest.approx(formula(q[b, t], h[b], weights, s, before[b, t]), abs=1e-10)


@pytest.mark.parametrize("name", FORMULAS_WITH_ALIGNMENT)
def test_the_first_energies_equal_the_formula_after_the_first_alignment(name: str) -> None:
    score, query, values = make_score(name)
    energies = score.energies(query[:, :1], score.project_keys(values)).detach().numpy()
    weights = {key: tensor.numpy() for key, tensor in score.state_dict().items()}
    q, h = query.numpy(), values.numpy()
    formula = FORMULAS_WITH_ALIGNMENT[name]
    for b, s in np.ndindex(B, S):
        before = first_alignment(name, weights, S)
        assert energies[b, 0, s] == pytest.approx(formula(q[b, 0], h[b], weights, s, before), abs=1e-10)


@pytest.mark.parametrize("name", SCORES)
def test_attention_weights_are_the_softmax_of_the_energies(name: str) -> None:
    score, query, values = make_score(name)
    memory = Memory(score.project_keys(values), values, torch.ones(B, S, dtype=torch.bool))
    before = alignments()[:, :1]
    context, weights = attend(score, query[:, :1], memory, before)
    expected = energies_of(score, query[:, :1], memory.keys, before).exp()
    torch.testing.assert_close(weights, expected / expected.sum(-1, keepdim=True), rtol=0, atol=1e-12)
    torch.testing.assert_close(context, (weights.mT * values).sum(1, keepdim=True), rtol=0, atol=1e-12)


def test_concat_is_additive_computed_another_way() -> None:
    concat, query, values = make_score("concat")
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
    score, query, values = make_score("additive_normalised")
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
    score, query, values = make_score("additive_normalised")
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


@pytest.mark.parametrize(("name", "bias"), [("shift", [-2.0, 0.0, 3.0, 0.0]), ("one_step", [0.3, -5.0])])
def test_steps_that_are_not_quite_whole_do_not_add_up(name: str, bias: list[float]) -> None:
    """In float32, 2,000 steps of 0.9 positions are 2,000 positions. At the last real position they end."""
    length = 2_000
    mask = torch.arange(length + 3).unsqueeze(0) < length
    score = SCORES[name](1, 1, 1)
    weights = score.state_dict()
    for parameter, tensor in weights.items():
        tensor.copy_(torch.tensor({"query.bias": bias, "last": [-10.0]}.get(parameter, [0.0])))
    memory = Memory(torch.zeros(1, length + 3, 0), torch.zeros(1, length + 3, 1), mask)
    alignment, most = None, []
    with torch.no_grad():
        for _ in range(length + 10):
            _, alignment = attend(score, torch.ones(1, 1, 1), memory, alignment)
            most.append(int(alignment.argmax()))
    assert most == [min(step + 1, length - 1) for step in range(length + 10)]


@pytest.mark.usefixtures("_both_paths")
def test_a_kernel_does_not_replace_energies_that_a_derived_score_defines() -> None:
    """Its class inherits no promise of the form of the energies; a class that changes parts of a kernel keeps it."""

    class Ninefold(SCORES["dot"]):  # type: ignore[misc]
        def energies(self, query: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
            return 9 * super().energies(query, keys)

    class Still(SCORES["shift"]):  # type: ignore[misc]
        def energies_from_previous(
            self, query: torch.Tensor, keys: torch.Tensor, previous: torch.Tensor, mask: torch.Tensor
        ) -> torch.Tensor:
            return torch.log(previous + self.least)

    class Same(SCORES["dot"]):  # type: ignore[misc]
        pass

    class Ninefolding:
        def energies(self, query: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
            nine: torch.Tensor = 9 * super().energies(query, keys)  # type: ignore[misc]
            return nine

    class Moved:
        def moved_energies(self, *given: torch.Tensor) -> torch.Tensor:
            return given[-1]

    class Mixed(Ninefolding, SCORES["dot"]):  # type: ignore[misc]
        pass

    class MixedStill(Moved, SCORES["shift"]):  # type: ignore[misc]
        pass

    score, query, values = make_score("shift")
    assert Ninefold(H, H, K).energy_terms() is None
    assert Mixed(H, H, K).energy_terms() is None
    assert MixedStill(H, H, K).alignment_terms(score.project_keys(values)) is None
    assert Same(H, H, K).energy_terms() == (None, None, None)
    assert Still(H, H, K).alignment_terms(score.project_keys(values)) is None
    assert score.alignment_terms(score.project_keys(values)) is not None
    score.__class__ = Still
    mask = torch.ones(values.shape[:2], dtype=torch.bool)
    first = score.first_alignment(score.project_keys(values), mask)
    _, weights = attend(score, query, Memory(keys=score.project_keys(values), values=values, mask=mask))
    torch.testing.assert_close(weights, first.expand_as(weights))
