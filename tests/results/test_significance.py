"""The rule: Holm's correction, the fewest seeds for a verdict, and the smallest detectable effect."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.statistics import ALPHA, POWER, holm, judge, paired_difference, pairs_needed

PS = st.lists(st.floats(1e-4, 1.0), min_size=1, max_size=12)


def test_holm_against_an_example_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(PS)
def test_a_corrected_p_is_no_smaller_and_keeps_the_order(ps):
    adjusted = holm(ps)
    assert all(p <= after <= 1.0 for p, after in zip(ps, adjusted, strict=True))
    assert min(adjusted) == pytest.approx(min(1.0, min(ps) * len(ps)))
    for place in np.argsort(ps)[1:]:
        lower = max(other for other, p in zip(adjusted, ps, strict=True) if p <= ps[place])
        assert adjusted[place] == lower


def test_what_could_not_be_tested_still_counts_as_one_of_the_family():
    adjusted = holm([0.02, math.nan])
    assert adjusted[0] == pytest.approx(0.04)
    assert math.isnan(adjusted[1])


def constant(n, size):
    """n seeds that all differ, by about so much."""
    return paired_difference([({seed: size * (1 + seed / 1000) for seed in range(n)}, dict.fromkeys(range(n), 0.0))])


@pytest.mark.parametrize(("family", "n"), [(1, 6), (2, 7), (3, 7), (8, 9), (14, 10), (18, 10), (25, 10), (26, 11)])
def test_so_many_seeds_are_needed_and_are_enough(family, n):
    assert pairs_needed(family) == n
    least = judge([constant(n, 0.3)] * family)
    fewer = judge([constant(n - 1, 0.3)] * family)
    assert {one.verdict for one in least} == {"higher"}
    assert {one.verdict for one in fewer} == {"not enough seeds"}
    assert all(one.smallest_detectable_effect > 0 for one in least)
    assert all(math.isnan(one.smallest_detectable_effect) for one in fewer)


def test_the_rule_tells_up_from_down_and_claims_no_difference_of_equals():
    up, down, same = judge([constant(10, 0.1), constant(10, -0.1), constant(10, 0.0)])
    assert [one.verdict for one in (up, down, same)] == ["higher", "lower", "no difference shown"]
    assert same.smallest_detectable_effect == 0.0


def test_a_difference_that_would_pass_alone_may_not_pass_in_a_family():
    noisy = paired_difference(
        [(dict(enumerate([0.1, 0.2, 0.15, 0.3, 0.05, 0.12, -0.06, 0.2, 0.1, -0.05])), dict.fromkeys(range(10), 0.0))]
    )
    assert noisy.p < ALPHA < 10 * noisy.p
    assert judge([noisy])[0].verdict == "higher"
    assert judge([noisy] * 10)[0].verdict == "no difference shown"


def test_the_difference_that_would_have_been_seen_is_seen_that_often():
    generator = np.random.default_rng(2)
    draws = generator.standard_normal((300, 10))
    equal = constant(10, 0.0)
    sizes = [judge([against_zero(draw), equal, equal])[0].smallest_detectable_effect for draw in draws]
    shift = float(np.median(sizes))
    seen = [judge([against_zero(draw + shift), equal, equal])[0].verdict for draw in draws]
    assert POWER - 0.1 < seen.count("higher") / len(seen) < POWER + 0.1


def against_zero(values):
    return paired_difference([(dict(enumerate(map(float, values))), dict.fromkeys(range(len(values)), 0.0))])
