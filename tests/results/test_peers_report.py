"""What a report says of the peers: aims that are reached, missed or neither, and rows in which we lose."""

import pandas as pd
import pytest
from synthetic_peers import row

from results.report.peers import peers_answer, peers_section

NO_INTERVAL = {"ratio_low": float("nan"), "ratio_high": float("nan")}


def cell(table, line, name):
    return table.rows[line][table.header.index(name)]


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({"at_least": 1.5}, "reached"),
        ({"at_least": 1.6}, "reached"),
        ({"at_least": 2.0}, "not shown"),
        ({"at_least": 2.4}, "not shown"),
        ({"at_least": 3.0}, "missed"),
        ({**NO_INTERVAL, "at_least": 1.5}, "not shown"),
        ({**NO_INTERVAL, "ratio": 0.1, "measure": "memory", "at_least": 8}, "reached"),
        ({**NO_INTERVAL, "ratio": 0.2, "measure": "memory", "at_least": 8}, "missed"),
        ({}, "-"),
    ],
)
def test_an_aim_is_reached_only_where_the_whole_interval_is_beyond_it(values, verdict):
    *_, table = peers_section(pd.DataFrame([row(**values)])).tables
    assert cell(table, 0, "verdict") == verdict


def test_times_are_those_of_the_peer_over_ours_and_a_loss_stays():
    lost = row(ratio=2.0, ratio_low=1.6, ratio_high=2.5, peer="eole")
    [table] = peers_section(pd.DataFrame([row(), lost])).tables
    assert cell(table, 0, "times") == "×2.00 (1.60 to 2.50)"
    assert cell(table, 1, "times") == "×0.50 (0.40 to 0.62)"
    assert cell(table, 1, "against") == "eole"
    assert cell(table, 0, "fraction of peak") == "25% of matmul"


def test_aims_have_a_line_each_and_a_column_for_each_number_of_threads():
    rows = [row(at_least=1.5), row(at_least=3.0, case="other"), row(at_least=1.5, threads=2, ratio_high=0.8), row()]
    aims = peers_answer(pd.DataFrame(rows)).table
    assert aims.header[-3:] == ["at least", "1 thread", "2 threads"]
    assert [line[-3:] for line in aims.rows] == [
        ["1.5", "×2.00 (1.60 to 2.50), reached (25% of matmul)", "×2.0 (1.2 to 2.5), not shown (25% of matmul)"],
        ["3", "×2.00 (1.60 to 2.50), missed (25% of matmul)", "-"],
    ]


def test_the_answer_counts_aims_alone_and_those_of_each_work():
    rows = [row(at_least=1.5), row(at_least=3.0, threads=2), row(at_least=2.0, work="encoder"), row()]
    answer = peers_answer(pd.DataFrame(rows))
    assert answer.headline == "Of 3 aims beside other libraries: 1 reached, 1 not shown and 1 missed."
    assert answer.points == [
        "training step: 1 reached and 1 missed.",
        "encoder, forward and backward: 1 not shown.",
    ]


def test_without_aims_nothing_is_claimed():
    answer = peers_answer(pd.DataFrame([row()]))
    assert (answer.headline, answer.table, answer.points) == ("", None, [])
