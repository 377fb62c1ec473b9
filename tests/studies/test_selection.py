"""A command runs some of a study's arms, arms of its own, and chosen seeds; unchanged runs keep their ids."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_core.config import ConfigError
from studies import catalog
from studies.commands.export import settings_of
from studies.commands.request import Request
from studies.design.selection import select_arms

DEEP = {"deep": {"score": "dot", "layers": 2}}


def runs_of(**request: Any) -> dict[str, tuple[str, int]]:
    """The runs that can be planned at first: run id -> arm and seed."""
    planned = Request(profile="smoke", **request).plan()
    return {run.run_id: (run.variant.arm, run.seed) for run in planned.initial_runs}


@pytest.mark.parametrize("name", ["attention", "article", "scores"])
def test_chosen_arms_and_seeds_are_runs_of_the_study_and_their_comparisons_need_no_other(name: str) -> None:
    declared = catalog.load(name)
    every = runs_of(name=name, seeds=10)

    @settings(max_examples=10)
    @given(st.lists(st.sampled_from([*declared.arms]), unique=True), st.sets(st.integers(0, 9), min_size=1))
    def check(arms: list[str], seeds: set[int]) -> None:
        chosen = runs_of(name=name, seeds=sorted(seeds), arms=arms)
        assert chosen.items() <= every.items()
        assert {arm for arm, _ in chosen.values()} == set(arms or declared.arms)
        assert declared.tuning or {seed for _, seed in chosen.values()} == seeds

        study = select_arms(declared, arms, {})
        assert [*study.arms] == [arm for arm in declared.arms if arm in study.arms]
        assert study.baseline == (declared.baseline if declared.baseline in study.arms else next(iter(study.arms)))
        assert all(one.arm in study.arms and one.against in study.arms for one in study.contrasts)
        assert declared.decision
        assert study.decision
        assert {*study.decision.comparisons, *study.decision.left_out} == {*declared.decision.comparisons}
        assert {*study.decision.comparisons} <= {*study.comparison_labels}

    check()


def test_a_comparison_over_pairs_of_arms_needs_all_of_them() -> None:
    order = catalog.load("order")
    pairs = [arm for pair in order.switches[0].pairs for arm in pair]
    assert select_arms(order, pairs, {}).switches == order.switches[:1]
    two = select_arms(order, pairs[:2], {})
    assert two.switches == ()
    assert two.comparison_labels == ["dot_attention_first against dot_cell_first"]


def test_the_seeds_and_the_arms_of_a_plan_have_an_order_of_their_own() -> None:
    planned = Request(name="attention", profile="smoke", seeds=[5, 7], arms=["additive", "none"], added=DEEP).plan()
    assert [(run.seed, run.variant.arm) for run in planned.initial_runs] == [
        (seed, arm) for seed in (5, 7) for arm in ("none", "additive", "deep")
    ]


def test_an_added_arm_is_compared_with_the_baseline() -> None:
    with_others = select_arms(catalog.load("attention"), (), DEEP)
    assert with_others.comparison_labels[-2:] == ["additive against dot", "deep against none"]
    assert with_others.decision == catalog.load("attention").decision
    assert select_arms(catalog.load("scores"), (), DEEP).comparison_labels[-1] == "deep against general"
    assert select_arms(catalog.load("attention"), ("dot",), DEEP).comparison_labels == ["deep against dot"]


def test_all_arms_are_the_study_itself() -> None:
    study = catalog.load("attention")
    assert select_arms(study, (), {}) is study
    assert select_arms(study, [*study.arms][::-1], {}) is study


@pytest.mark.parametrize(
    ("arms", "added", "message"),
    [
        (["dott"], {}, "unknown arm 'dott'; did you mean 'dot'?"),
        ([], {"dot": {"score": "dot"}}, "arm 'dot': the study has an arm of this name"),
        (
            [],
            {"deep": {"layer": 2}},
            "arm 'deep': 'layer' is not a setting that an arm can override; did you mean 'layers'?",
        ),
        ([], {"deep": {"self": 2}}, "arm 'deep': 'self' is not a setting that an arm can override"),
        ([], {"deep": {"epochs": 2}}, "arm 'deep': 'epochs' is not a setting that an arm can override"),
        ([], {"deep": {"layers": 0}}, "arm 'deep': ModelConfig.layers: 0 is refused"),
        ([], {"1e5": {"layers": 2}}, "arm is '1e5', which pandas does not read as a text"),
    ],
)
def test_unknown_arms_and_settings_are_refused(arms: list[str], added: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Request(name="attention", profile="quick", arms=arms, added=added).plan()
    assert message in str(caught.value)


def test_chosen_levels_are_runs_of_the_study_in_its_order() -> None:
    def planned(**levels: list[Any]) -> dict[str, tuple[Any, ...]]:
        return dict(Request(name="lengths", profile="full", levels=levels).plan().factors)

    assert planned() == {"max_length": (10, 20, 40, 80, 160)}
    assert planned(max_length=[80, 10]) == {"max_length": (10, 80)}
    whole = runs_of(name="lengths")
    part = runs_of(name="lengths", levels={"max_length": [20]})
    assert len(part) * 2 == len(whole)
    assert part.items() <= whole.items()


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({"max_length": [10, 30]}, "max_length has no level 30 at profile 'quick'; known: 10, 20, 40"),
        ({"max_length": [160]}, "max_length has no level 160 at profile 'quick'; known: 10, 20, 40"),
        ({"cell": ["gru"]}, "level of 'cell': it is not a factor at profile 'quick'; known: max_length"),
    ],
)
def test_unknown_levels_are_refused(levels: dict[str, list[Any]], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Request(name="lengths", profile="quick", levels=levels).plan()
    assert message in str(caught.value)


def test_a_factor_cannot_be_set_by_an_added_arm() -> None:
    with pytest.raises(ConfigError, match="factor 'score': the arm 'x' also sets it"):
        Request(name="forcing", profile="quick", added={"x": {"score": "dot"}}).plan()


def test_a_request_is_the_same_after_it_was_stored() -> None:
    levels = {"max_length": [20]}
    request = Request(name="lengths", profile="smoke", seeds=(3, 4), arms=("dot",), levels=levels, added=DEEP)
    again = Request(**json.loads(json.dumps(asdict(request))))
    assert again.plan().initial_runs == request.plan().initial_runs


def test_left_out_comparisons_are_recorded() -> None:
    def decision(**request: Any) -> dict[str, Any]:
        planned = Request(name="attention", profile="quick", **request).plan()
        found: dict[str, Any] = settings_of("attention", planned, {})["decision"]
        return found

    assert "left_out" not in decision()
    assert "left_out" not in decision(added=DEEP)
    partly = decision(arms=["none", "dot"])
    assert partly["comparisons"] == ["dot against none"]
    assert partly["left_out"] == ["general against none", "additive against none"]
    assert set(partly["phrases"]) == {"none", "dot"}
    assert decision(arms=["dot", "general"])["comparisons"] == []


def test_a_profile_names_the_arms_that_are_run_unless_the_command_does() -> None:
    def arms(**request: Any) -> list[str]:
        return [*Request(name="lengths", **request).plan().study.arms]

    every, of_quick = [*catalog.load("lengths").arms], catalog.load("lengths").profiles["quick"].arms
    assert arms(profile="full") == every
    assert arms(profile="quick") == [*of_quick]
    assert 0 < len(of_quick) < len(every)
    assert arms(profile="quick", arms=["padded_dot", "dot"]) == ["dot", "padded_dot"]
    assert arms(profile="quick", added=DEEP) == [*of_quick, "deep"]


def test_a_profile_with_an_unknown_arm_is_refused() -> None:
    study = catalog.load("attention")
    profiles = {**study.profiles, "quick": replace(study.profiles["quick"], arms=("none", "dott"))}
    with pytest.raises(ConfigError, match="profile 'quick': unknown arm 'dott'; did you mean 'dot'"):
        replace(study, profiles=profiles)
