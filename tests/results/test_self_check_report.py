"""What a report says of the instrument: misses and finds as they are counted, limits with their units."""

import pandas as pd
import pytest

from results.analysis.self_check import check_verdicts
from results.report.self_check import checks_table, peaks_table, self_check_section


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


def test_a_miss_is_an_interval_without_the_truth_and_a_find_one_without_1():
    table = pd.concat(
        [
            checks(1.0, [(0.9, 1.1), (1.01, 1.1), (0.9, 0.99), (1.0, 1.0)]),
            checks(1.05, [(1.01, 1.1), (0.99, 1.1), (1.06, 1.1), (1.04, 1.06), (0.9, 1.04)]),
        ]
    )
    equals, planted = check_verdicts(table)
    assert equals.startswith("Two identical functions were timed against each other in 4 cases: ")
    assert "excluded 1 in 2 of 4, 50.0% (" in equals
    assert "A known slowdown of 5% was timed in 5 cases and detected in 3 of 5, 60.0% (" in planted
    assert "excluded 1.05 in 2 of 5, 40.0% (" in planted
    assert [row[:4] for row in checks_table(table).rows] == [
        ["1", "4", "11 to 14", "1.0000"],
        ["1.05", "5", "11 to 15", "1.0500"],
    ]


@pytest.mark.parametrize(("misses", "said"), [(5, "no more often"), (8, "no more often"), (20, "more often")])
def test_more_misses_than_are_claimed_are_called_so_only_where_chance_does_not_explain_them(misses, said):
    [verdict] = check_verdicts(checks(1.0, [(1.01, 1.1)] * misses + [(0.9, 1.1)] * (100 - misses)))
    assert f"%), {said} than the nominal 5%" in verdict


def test_limits_have_their_units_in_order_of_size():
    assert peaks_table(CEILINGS).rows == [
        ["cpu", "1", "tanh or sigmoid, the faster, of 1,048,576 elements", "4.80 G elements/s"],
        ["cpu", "2", "copy of 1,048,576 elements, read and write", "25.0 GB/s"],
        ["cpu", "2", "matrix product, 64 channels", "100 Gflop/s"],
        ["cpu", "2", "matrix product, 256 channels", "150 Gflop/s"],
    ]


def test_the_section_shows_what_there_is():
    assert [table.source for table in self_check_section({"ceilings": CEILINGS}).tables] == ["ceilings.csv"]
    both = self_check_section({"ceilings": CEILINGS, "checks": checks(1.0, [(0.9, 1.1)])})
    assert [table.source for table in both.tables] == ["checks.csv", "ceilings.csv"]
    assert len(both.paragraphs) == 1
