"""Effects and verdicts as text, with the reason of a verdict that needs one, and the rule for a verdict."""

from __future__ import annotations

from results.analysis import formatting
from results.analysis.study.run_metrics import STEPS
from results.statistics import ALPHA, POWER, Difference, Interval, JudgedDifference, Verdict, pairs_needed

RULE = (
    "A study declares its comparisons: its contrasts and switches, or else each arm against the baseline. All of "
    "them, at all levels, form one family for each metric.",
    "The verdict is higher, lower, fewer steps or more steps only if three conditions hold: the 95% interval excludes "
    f"0 (a ratio: 1), the corrected p is below {ALPHA}, and both point the same way. p is that of "
    "the two-sided sign-flip test, paired by seed: for accuracies of the mean difference; for steps, of the scores of "
    "the log-rank test, in which a run that did not reach 99% is censored. Over several pairs of arms, a ratio is the "
    "geometric mean.",
    "p corrected is p times the number of comparisons that count, for the smallest p of the family; one fewer for "
    "the next smallest, and so on (Holm 1979). A comparison counts if it has an arm in common with the tested one, "
    "or if its smallest possible p is at most this p (Tarone 1990): the smallest p that m pairs of seeds with a "
    "difference can give is 2 / 2^m. An interval is not corrected, so it can exclude 0 (a ratio: 1) although the "
    f"corrected p is not below {ALPHA}.",
    "If nothing differs, at most 5% of families have a verdict of a difference; measured error rates: "
    "results/reference/validity/report.md.",
    f"Not testable: fewer than 6 pairs of seeds differ, so p cannot be below {ALPHA}, even without the correction. Not "
    f"enough seeds: the corrected p cannot be below {ALPHA}, even if all pairs differ; one comparison needs 6 seeds, "
    "25 need 10. No difference shown does not mean that there is no difference: the smallest detectable effect next to "
    f"it is the difference that a study with these seeds and this spread detects with {POWER:.0%} power.",
    "A candidate is faster or slower than its baseline only if the 95% interval of the ratio of their times "
    "excludes 1. The ratios of a page are not corrected for their number: of twenty comparisons of equals, expect "
    "one to be called different.",
)


def effect_text(metric: str, interval: Interval) -> str:
    """The effect of a comparison: `×0.71 (0.64 to 0.79)` for steps, else `+0.341 (+0.330 to +0.352)`."""
    return formatting.ratio(interval) if metric == STEPS else formatting.difference(interval)


def bounded_effect_text(metric: str, judged: JudgedDifference) -> str:
    """The effect with its interval; a ratio of steps may be a bound: `≤ ×0.62 (0.57 to 0.68)`. `-` if it is not
    testable: an estimate from few pairs that differ says little."""
    if judged.verdict == "not testable":
        return "-"
    return bounded_difference_text(metric, judged.difference)


def bounded_difference_text(metric: str, difference: Difference) -> str:
    """The effect with its interval; a ratio of steps may be a bound. `-` if no run of either arm reaches 99%."""
    if difference.reached == (0, 0):
        return "-"
    return f"{bound(difference)}{effect_text(metric, difference.interval)}"


def bound(difference: Difference) -> str:
    """`≤ ` or `≥ ` before a ratio of steps if one side alone has runs that do not reach 99%; else empty."""
    return {1: "≥ ", -1: "≤ "}.get(difference.side, "")


def detectable_text(metric: str, size: float) -> str:
    """The smallest detectable effect: `14%` for steps, else `0.004`; `-` if it is unknown.

    It is nan if too few pairs of seeds differ, and 0 if every seed gave the same difference.
    """
    if not size > 0:
        return "-"
    text = f"{100 * size:.0f}%" if metric == STEPS else f"{size:.3f}"
    if float(text.rstrip("%")):
        return text
    return "below 1%" if metric == STEPS else "below 0.001"


def verdict_text(metric: str, judged: JudgedDifference) -> str:
    """The verdict with its reason: `not testable: only 2 of 10 pairs of seeds differ`, `fewer steps`."""
    reasons = {"no difference shown": _not_shown, "not testable": _not_testable, "not enough seeds": _too_few}
    reason = reasons[judged.verdict](judged) if judged.verdict in reasons else ""
    return f"{short_verdict(metric, judged.verdict)}: {reason}" if reason else short_verdict(metric, judged.verdict)


def _not_shown(judged: JudgedDifference) -> str:
    """What the interval or p alone would let a reader conclude, and why the verdict is another; else empty."""
    one = judged.difference
    excludes = one.interval.excludes(one.null)
    if excludes and judged.adjusted_p < ALPHA:
        return "the ratio and its test are significant in opposite directions"
    if excludes and one.p < ALPHA:
        return "significant without the correction for multiple comparisons, but not with it"
    if excludes:
        return f"the interval excludes {one.null:g}, but p = {formatting.probability(one.p)}"
    if judged.adjusted_p < ALPHA:
        return f"p is significant, but the interval includes {one.null:g}"
    return f"{_few_differ(one)}, {judged.needed} needed" if one.non_zero < judged.needed else ""


def _not_testable(judged: JudgedDifference) -> str:
    one = judged.difference
    if one.reached == (0, 0):
        return f"no run{' of either arm' * (one.pairs == 1)} reached 99%"
    return _few_differ(one)


def _few_differ(one: Difference) -> str:
    pairs = f"of {formatting.plural(one.interval.n, 'pair of seeds')}"
    if not one.non_zero:
        return f"none {pairs} differs"
    return f"only {one.non_zero} {pairs} {'differs' if one.non_zero == 1 else 'differ'}"


def _too_few(judged: JudgedDifference) -> str:
    return f"{formatting.plural(judged.difference.interval.n, 'pair of seeds')}, {pairs_needed(judged.family)} needed"


def short_verdict(metric: str, verdict: Verdict) -> str:
    """`fewer steps`, `no difference shown`: the verdict alone."""
    return {"higher": "more steps", "lower": "fewer steps"}.get(verdict, verdict) if metric == STEPS else verdict
