"""What a report says of the benchmarks themselves: claims that hold or fail, a busy machine, peak rates."""

import pandas as pd
import pytest
from scipy import stats
from synthetic_rows import part

from results.analysis.timing.self_check import cautions, check_sentences, detectable_miss_rate, failed_claims
from results.report.self_check import checks_table, peaks_section, self_check_answer
from results.statistics import POWER


def checks(planted, intervals):
    return pd.DataFrame(
        [
            {
                "planted": planted,
                "case": case,
                "rounds": 10 + case,
                "ratio": planted,
                "ratio_low": low,
                "ratio_high": high,
            }
            for case, (low, high) in enumerate(intervals, start=1)
        ]
    )


CEILINGS = pd.DataFrame(
    [
        {"device": "cpu", "threads": 2, "limit": "matmul", "size": 256, "per_second": 1.5e11, "rounds": 7},
        {"device": "cpu", "threads": 2, "limit": "matmul", "size": 64, "per_second": 1e11, "rounds": 7},
        {"device": "cpu", "threads": 2, "limit": "copy", "size": 1048576, "per_second": 2.5e10, "rounds": 7},
        {"device": "cpu", "threads": 1, "limit": "tanh", "size": 1048576, "per_second": 4.8e9, "rounds": 7},
    ]
)


QUICK = [part("100 cases")]


def missing(planted, misses, cases, undetected=0):
    """Cases of which some miss the true ratio by lying above it, and some more are so wide that they detect nothing."""
    wide = [(0.9, 1.1)] * undetected
    return checks(
        planted,
        [(planted + 0.01, 1.2)] * misses + wide + [(planted - 0.01, planted + 0.01)] * (cases - misses - undetected),
    )


def test_a_miss_is_an_interval_without_the_true_ratio_and_a_detection_one_without_1():
    table = pd.concat(
        [
            checks(1.0, [(0.9, 1.1), (1.01, 1.1), (0.9, 0.99), (1.0, 1.0)]),
            checks(1.05, [(1.01, 1.1), (0.99, 1.1), (1.06, 1.1), (1.04, 1.06), (0.9, 1.04)]),
        ]
    )
    claim, equals, planted = check_sentences(table)
    assert claim == "At most 5% of the 95% intervals should miss the true ratio."
    assert equals.startswith("Misses with two equal functions: 2 of 4, 50.0% (")
    assert planted.startswith("Misses with a slowdown of 5%: 2 of 5, 40.0% (")
    assert "; it is detected in 3 of 5, 60.0% (" in planted
    assert [row[:4] for row in checks_table(table).rows] == [
        ["1", "4", "11 to 14", "1.0000"],
        ["1.05", "5", "11 to 15", "1.0500"],
    ]


@pytest.mark.parametrize(
    ("table", "word", "failed"),
    [
        (missing(1.0, 5, 100), "Yes", []),
        (missing(1.0, 9, 100), "Not shown", []),  # more than claimed, but chance explains it
        (missing(1.0, 11, 100), "No", ["intervals that miss the true ratio 1: 11 of 100"]),
        (missing(1.0, 0, 20), "Not shown", []),  # too few cases
        (missing(1.0, 6, 20), "No", ["intervals that miss the true ratio 1: 6 of 20"]),
        (missing(1.05, 11, 100), "No", ["intervals that miss the true ratio 1.05: 11 of 100"]),
        (missing(1.05, 0, 100, undetected=20), "Yes", []),
        (missing(1.05, 0, 100, undetected=25), "Not shown", []),
        (missing(1.05, 0, 100, undetected=30), "No", ["slowdowns of 5% that are detected: 70 of 100"]),
        (
            pd.concat([missing(1.0, 11, 100), missing(1.05, 0, 100, undetected=30)]),
            "No",
            ["intervals that miss the true ratio 1: 11 of 100", "slowdowns of 5% that are detected: 70 of 100"],
        ),
    ],
)
def test_a_claim_fails_only_if_chance_does_not_explain_the_misses(table, word, failed):
    assert [claim.split(", ")[0] for claim in failed_claims(table)] == failed
    answer = self_check_answer(table, QUICK)
    assert answer.word == word
    assert [caution.startswith("A claim fails. ") for caution in answer.cautions] == [True] * len(failed)


@pytest.mark.parametrize("cases", [20, 100, 200])
def test_the_detectable_miss_rate_is_detected_with_80_percent_power(cases):
    rate = detectable_miss_rate(cases)
    enough = next(count for count in range(cases) if failed_claims(missing(1.0, count, cases)))
    assert stats.binom.sf(enough - 1, cases, rate) == pytest.approx(POWER)
    assert detectable_miss_rate(1) == 1.0


NOISE = {"seconds": 60.0, "other_cores": 0.02, "load_average": 1.1, "control_spread": 0.004}


@pytest.mark.parametrize(
    ("noises", "cores"),
    [
        ([None], None),  # an earlier version recorded nothing
        ([NOISE], None),
        ([{**NOISE, "other_cores": None}], None),  # not known
        ([{**NOISE, "other_cores": 0.1}], None),
        ([{**NOISE, "other_cores": 0.11}], "0.11"),
        ([NOISE, {**NOISE, "other_cores": 1.5}, None], "1.50"),
    ],
)
def test_other_work_of_more_than_a_tenth_of_a_core_is_a_caution(noises, cores):
    parts = [part("quick", **({"noise": noise} if noise else {})) for noise in noises]
    found = cautions(parts)
    assert len(found) == (cores is not None)
    assert all(f"other processes used {cores} cores on average" in caution for caution in found)


def test_limits_have_their_units_in_order_of_size():
    (table,) = peaks_section(CEILINGS).tables
    assert table.rows == [
        ["cpu", "1", "tanh or sigmoid, the faster, of 1,048,576 elements", "4.80 G elements/s"],
        ["cpu", "2", "copy of 1,048,576 elements, read and write", "25.0 GB/s"],
        ["cpu", "2", "matrix product, 64 channels", "100 Gflop/s"],
        ["cpu", "2", "matrix product, 256 channels", "150 Gflop/s"],
    ]
