"""The rule: the correction, comparisons that are not testable, and the smallest detectable effect."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from results.statistics import ALPHA, POWER, judge, paired_difference, pairs_needed, steps_ratio
from results.statistics.paired import smallest_p
from results.statistics.significance import adjusted_p_values

PS = st.lists(st.floats(1e-4, 1.0), min_size=1, max_size=12)


def alone(number):
    """No comparison shares an arm with another."""
    return np.eye(number, dtype=bool)


def together(number):
    return np.ones((number, number), dtype=bool)


def test_the_correction_against_an_example_by_hand():
    ps = [0.01, 0.04, 0.03, 0.005]
    assert adjusted_p_values(ps, [0.002] * 4, alone(4)) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    # The second can have no p below 0.02, so it does not count for 0.005 and 0.01.
    assert adjusted_p_values(ps, [0.002, 0.02, 0.002, 0.002], alone(4)) == pytest.approx([0.02, 0.06, 0.06, 0.015])
    assert adjusted_p_values(ps, [0.002, 0.02, 0.002, 0.002], together(4)) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(PS, st.data())
def test_the_correction_is_holms_where_every_comparison_counts(ps, data):
    smallest = data.draw(st.lists(st.floats(0, min(ps)), min_size=len(ps), max_size=len(ps)))
    shared = data.draw(st.sampled_from([alone, together]))(len(ps))
    steps = np.sort(ps) * np.arange(len(ps), 0, -1)
    by_holm = dict(zip(np.sort(ps), np.minimum(np.maximum.accumulate(steps), 1.0), strict=True))
    first_of_ties = {p: float(steps[np.searchsorted(np.sort(ps), p)]) for p in ps}
    adjusted = adjusted_p_values(ps, smallest, shared)
    assert len(set(ps)) < len(ps) or adjusted == [by_holm[p] for p in ps]
    assert all(after >= min(1.0, first_of_ties[p]) for p, after in zip(ps, adjusted, strict=True))


@given(PS, st.data())
def test_a_corrected_p_is_no_smaller_keeps_the_order_and_is_at_most_holms(ps, data):
    smallest = [data.draw(st.floats(0, p)) for p in ps]
    adjusted = adjusted_p_values(ps, smallest, alone(len(ps)))
    assert all(p <= after <= 1.0 for p, after in zip(ps, adjusted, strict=True))
    assert all(a <= b for a, b in zip(adjusted, adjusted_p_values(ps, smallest, together(len(ps))), strict=True))
    for place in np.argsort(ps)[1:]:
        assert adjusted[place] == max(other for other, p in zip(adjusted, ps, strict=True) if p <= ps[place])


@given(PS, st.integers(1, 5), st.data())
def test_comparisons_of_equal_arms_that_share_no_arm_change_no_other(ps, equals, data):
    smallest = [data.draw(st.floats(0, p)) for p in ps]
    before = adjusted_p_values(ps, smallest, alone(len(ps)))
    after = adjusted_p_values([*ps, *[1.0] * equals], [*smallest, *[1.0] * equals], alone(len(ps) + equals))
    assert after[: len(ps)] == [p if one < 1 else 1.0 for p, one in zip(before, ps, strict=True)]
    assert after[len(ps) :] == [1.0] * equals


def test_an_untestable_comparison_counts_only_for_comparisons_of_its_arms():
    for shared, expected in ((together(2), 0.04), (alone(2), 0.02)):
        adjusted = adjusted_p_values([0.02, math.nan], [0.002, 1.0], shared)
        assert adjusted[0] == pytest.approx(expected)
        assert math.isnan(adjusted[1])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([0.0, 1.0, 1.0, 2.0, 3.5]), min_size=4, max_size=4), min_size=1, max_size=3),
    st.sampled_from([0.05, 0.15, 0.3, 0.6]),
)
def test_all_signs_of_a_family_without_differences_give_no_more_false_alarms_than_claimed(sizes, alpha):
    """Exactly, over all 2^(4 comparisons) outcomes, each as likely as any other."""
    signs = np.array([*itertools.product([-1, 1], repeat=4)])
    sums = [np.abs(signs @ np.array(one)) for one in sizes]
    tables = [[float(np.mean(each >= one - 1e-9)) for one in each] for each in sums]
    smallest = [smallest_p(np.count_nonzero(one)) for one in sizes]
    assert [min(table) for table in tables] == smallest
    alarms = [min(adjusted_p_values(ps, smallest, alone(len(sizes)))) <= alpha for ps in itertools.product(*tables)]
    assert np.mean(alarms) <= alpha


def test_a_baseline_that_all_comparisons_share_gives_no_more_false_alarms_than_claimed():
    """In each seed one of 41 equal arms is best. Seeds in which the baseline never is leave few pairs to the others."""
    generator = np.random.default_rng(1)
    alarms = {alone: 0, together: 0}
    for _ in range(400):
        baseline, *others = np.bincount(generator.integers(0, 41, 82), minlength=41)
        ps = [stats.binomtest(int(one), int(one + baseline)).pvalue if one + baseline else 1.0 for one in others]
        smallest = [min(1.0, 2.0 ** (1 - int(one + baseline))) for one in others]
        for shared in alarms:
            alarms[shared] += min(adjusted_p_values(ps, smallest, shared(40))) <= ALPHA
    assert alarms[together] <= ALPHA * 400 < alarms[alone]


def judged(family):
    """As against one baseline."""
    return judge(family, [{"baseline", place} for place in range(len(family))])


def constant(n, size):
    """n seeds that all differ, by about `size`."""
    return paired_difference([({seed: size * (1 + seed / 1000) for seed in range(n)}, dict.fromkeys(range(n), 0.0))])


@pytest.mark.parametrize(("family", "n"), [(1, 6), (2, 7), (3, 7), (8, 9), (14, 10), (18, 10), (25, 10), (26, 11)])
def test_the_required_number_of_seeds_is_enough_and_one_fewer_is_not(family, n):
    assert pairs_needed(family) == n
    least = judged([constant(n, 0.3)] * family)
    fewer = judged([constant(n - 1, 0.3)] * family)
    assert {one.verdict for one in least} == {"higher"}
    assert {one.verdict for one in fewer} == {"not enough seeds"}
    assert all(one.smallest_detectable_effect > 0 for one in least)
    assert all(math.isnan(one.smallest_detectable_effect) for one in fewer)


def test_the_rule_gives_the_direction_and_no_difference_between_equal_arms():
    up, down, same = judged([constant(10, 0.1), constant(10, -0.1), constant(10, 0.0)])
    assert [one.verdict for one in (up, down, same)] == ["higher", "lower", "not testable"]
    assert math.isnan(same.smallest_detectable_effect)


def test_a_difference_that_would_pass_alone_may_not_pass_in_a_family():
    noisy = paired_difference(
        [(dict(enumerate([0.1, 0.2, 0.15, 0.3, 0.05, 0.12, -0.06, 0.2, 0.1, -0.05])), dict.fromkeys(range(10), 0.0))]
    )
    assert noisy.p < ALPHA < 10 * noisy.p
    assert judged([noisy])[0].verdict == "higher"
    assert judged([noisy] * 10)[0].verdict == "no difference shown"


def test_the_smallest_detectable_effect_is_detected_with_80_percent_power():
    generator = np.random.default_rng(2)
    draws = generator.standard_normal((300, 10))
    equal = constant(10, 0.0)
    sizes = [judged([against_zero(draw), equal, equal])[0].smallest_detectable_effect for draw in draws]
    shift = float(np.median(sizes))
    seen = [judged([against_zero(draw + shift), equal, equal])[0].verdict for draw in draws]
    assert POWER - 0.1 < seen.count("higher") / len(seen) < POWER + 0.1


def differing(pairs, n=10):
    """n seeds, of which `pairs` differ."""
    return against_zero([1 + seed / 100 if seed < pairs else 0 for seed in range(n)])


@pytest.mark.parametrize(
    ("pairs", "n", "verdict"),
    [(0, 10, "not testable"), (1, 10, "not testable"), (5, 10, "not testable"), (6, 10, "higher"),
     (0, 3, "not testable"), (3, 3, "not enough seeds"), (2, 5, "not enough seeds"), (0, 0, "not enough seeds"),
     (5, 5, "not enough seeds")],
)  # fmt: skip
def test_too_few_differing_pairs_are_not_reported_as_too_few_seeds(pairs, n, verdict):
    (one,) = judged([differing(pairs, n)])
    assert one.verdict == verdict
    assert math.isnan(one.smallest_detectable_effect) == (verdict != "higher")


def test_the_level_of_a_comparison_is_that_of_the_comparisons_that_count():
    family = [differing(7), *[differing(0)] * 9]
    apart = judge(family, [{place} for place in range(10)])
    assert (apart[0].verdict, apart[0].counted, apart[0].family) == ("higher", 1, 10)
    beside = judged(family)
    assert (beside[0].verdict, beside[0].counted) == ("no difference shown", 10)
    assert (apart[0].needed, beside[0].needed) == (6, 9)
    assert math.isnan(beside[0].smallest_detectable_effect)
    assert {one.verdict for one in [*apart[1:], *beside[1:]]} == {"not testable"}


@settings(deadline=None)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=5), st.booleans())
@example([7, 7, 7, 7], True)  # of arms that nothing shares, more are counted with 7 pairs than with 6, which would do
def test_a_verdict_needs_the_required_pairs(pairs, apart):
    family = [differing(number, 8) for number in pairs]  # all of one sign: the smallest p that each can have
    arms = [{place} if apart else {"baseline", place} for place in range(len(family))]
    for one in judge(family, arms):
        shown, non_zero = one.adjusted_p < ALPHA, one.difference.non_zero
        assert shown == (one.verdict == "higher")
        assert non_zero >= one.needed or not shown
        assert shown or non_zero < one.needed or (apart and non_zero > one.needed)


def test_a_pair_of_arms_that_cancels_another_is_no_difference():
    first = dict(enumerate([0.1, 0.3, 0.7, 0.1, 0.2, 0.3]))
    second = {seed: value + 0.2 for seed, value in first.items()}
    third = {seed: value - 0.2 for seed, value in first.items()}
    difference = paired_difference([(first, second), (first, third)])
    assert (difference.non_zero, difference.p, set(difference.per_seed)) == (0, 1.0, {0.0})


def test_verdicts_on_steps_count_the_runs_that_reached_the_threshold():
    never = dict.fromkeys(range(10), math.inf)
    (one,) = judged([steps_ratio([(never, never)], 100.0)])
    assert (one.verdict, one.difference.reached, one.difference.non_zero) == ("not testable", (0, 0), 0)
    two = steps_ratio([({**never, 0: 10.0, 1: 20.0}, {**never, 1: 20.0})], 100.0)
    assert (two.reached, two.non_zero) == ((2, 1), 1)
    assert judged([two])[0].verdict == "not testable"


def against_zero(values):
    return paired_difference([(dict(enumerate(map(float, values))), dict.fromkeys(range(len(values)), 0.0))])
