"""What a report says of the peers: a word, aims that are reached, missed or neither, and rows in which we lose."""

import pandas as pd
import pytest
from synthetic_peers import row
from synthetic_rows import part

from results.analysis.formatting import SMOKE_CAUTION
from results.report.peers import peers_answer, peers_section

NO_INTERVAL = {"ratio_low": float("nan"), "ratio_high": float("nan")}
LOST = {"ratio": 2.0, "ratio_low": 1.6, "ratio_high": 2.5}
QUICK = [part("quick")]


def cell(table, line, name):
    return table.rows[line][table.header.index(name)]


def answer(rows, parts=QUICK):
    return peers_answer(pd.DataFrame(rows), parts)


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
def test_an_aim_is_reached_only_if_the_interval_is_entirely_beyond_it(values, verdict):
    *_, table = peers_section(pd.DataFrame([row(**values)])).tables
    assert cell(table, 0, "aim") == (f"×{values['at_least']:g}, {verdict}" if verdict != "-" else "-")


def test_ratios_are_the_time_of_the_peer_over_ours_and_losses_are_shown():
    [table] = peers_section(pd.DataFrame([row(), row(**LOST, peer="eole")])).tables
    assert cell(table, 0, "times") == "×2.00 (1.60 to 2.50)"
    assert cell(table, 1, "times") == "×0.50 (0.40 to 0.62)"
    assert cell(table, 1, "against") == "eole"
    assert cell(table, 0, "fraction of peak") == "25% of matmul"


def test_settings_that_all_cases_share_are_in_the_note():
    [table] = peers_section(pd.DataFrame([row(), row(threads=2)])).tables
    assert [line[table.header.index("threads")] for line in table.rows] == ["1", "2"]
    assert "against" not in table.header
    assert "All: cpu, model padded_exact, against joeynmt, H 64, batch 32." in table.note


def test_aims_have_a_line_each_and_a_column_for_each_number_of_threads():
    rows = [row(at_least=1.5), row(at_least=3.0, case="other"), row(at_least=1.5, threads=2, ratio_high=0.8), row()]
    aims, _ = peers_section(pd.DataFrame(rows)).tables
    assert aims.header[-3:] == ["at least", "1 thread", "2 threads"]
    assert [line[-3:] for line in aims.rows] == [
        ["×1.5", "×2.00 (1.60 to 2.50), reached", "×2.0 (1.2 to 2.5), not shown"],
        ["×3", "×2.00 (1.60 to 2.50), missed", "-"],
    ]


def test_the_answer_counts_cases_and_aims_and_names_a_loss():
    rows = [row(at_least=1.5), *[row()] * 8, row(**LOST, peer="eole", case="compiled", threads=2)]
    rows += [row(at_least=3.0, threads=2), row(at_least=2.0, work="encoder", peer="packed")]
    found = answer(rows)
    assert found.headline == (
        "Yes. It is faster in 10 of 11 cases, slower in 1. joeynmt takes ×2.00 the time in the median case, ×2.00 to "
        "×2.00 over all of them; eole takes ×0.50 the time in the median case, ×0.50 to ×0.50 over all of them. It "
        "is slower in: compiled, on 2 threads, against eole. Of 3 aims, 1 reached, 1 not shown and 1 missed."
    )
    assert [[line[0], *line[2:4]] for line in found.table.rows] == [
        ["training step: joeynmt", "faster in 10 of 10 cases", "1 reached and 1 missed"],
        ["training step: eole", "slower in 1 of 1 case", "-"],
        ["encoder, forward and backward: packed", "faster in 1 of 1 case", "1 not shown"],
    ]


def test_plain_torch_does_not_count_as_a_peer():
    """A metric that is a hundredth of its evaluation must not make the answer a yes."""
    ours = [row(peer="evaluation", ratio=0.01, ratio_low=0.009, ratio_high=0.011)] * 20
    assert answer(ours).headline == "Not shown. No other library was timed."
    assert answer([*ours, row(**LOST)]).word == "No"


def test_many_losses_are_counted_and_not_named():
    assert answer([row(**LOST)] * 4).text == (
        "It is slower in 4 of 4 cases. joeynmt takes ×0.50 the time in the median case, ×0.50 to ×0.50 over all of "
        "them."
    )


def test_a_smoke_run_gives_no_verdict():
    found = answer([row(at_least=1.5)], [part("smoke")])
    assert (found.headline, found.cautions) == ("No verdict.", [SMOKE_CAUTION])
    assert found.table.rows[0][2:4] == ["-", "-"]
