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
        ({}, ""),
    ],
)
def test_an_aim_is_reached_only_if_the_interval_is_entirely_beyond_it(values, verdict):
    *_, table = peers_section(pd.DataFrame([row(**values)]), verdicts=True).tables
    assert cell(table, 0, "aim") == (f"×{values['at_least']:g}" if values.get("at_least") else "-")
    assert cell(table, 0, "ratio, 1 thread").partition(", ")[2] == verdict


def test_ratios_are_the_time_of_the_peer_over_ours_and_losses_are_shown():
    [table] = peers_section(pd.DataFrame([row(), row(**LOST, peer="eole", share=None)]), verdicts=True).tables
    assert [[cell(table, line, name) for name in table.header] for line in (0, 1)] == [
        ["joeynmt", "-", "×2.00 (1.60 to 2.50)", "10.0 ms, 25% of matmul"],
        ["eole", "-", "×0.50 (0.40 to 0.62)", "10.0 ms"],
    ]


def test_a_case_has_one_line_with_columns_for_each_number_of_threads_and_shared_settings_in_the_note():
    rows = [row(at_least=1.5), row(case="other"), row(at_least=1.5, threads=2, ratio_high=0.8)]
    [table] = peers_section(pd.DataFrame(rows), verdicts=True).tables
    assert table.header == ["aim", "ratio, 1 thread", "this package, 1 thread", "ratio, 2 threads",
                            "this package, 2 threads"]  # fmt: skip
    assert [line[1::2] for line in table.rows] == [
        ["×2.00 (1.60 to 2.50), reached", "×2.0 (1.2 to 2.5), not shown"],
        ["×2.00 (1.60 to 2.50)", "-"],
    ]
    assert "All: cpu, against joeynmt, model padded_exact, letters 14, H 64, batch 32." in table.note


def test_lines_are_grouped_by_the_other_side_then_by_cell_score_order_and_length():
    settings = [
        {
            "peer": peer,
            "cell": cell,
            "score": "additive",
            "query": query,
            "shortest": shortest,
            "source_length": longest,
        }
        for shortest, longest in [(5, 14), (30, 59)]
        for query in ("current", "previous")
        for cell in ("gru", "lstm")
        for peer in ("joeynmt", "eole")
    ]
    [table] = peers_section(pd.DataFrame([row(case=str(one), **one) for one in settings]), verdicts=True).tables
    assert table.header[:4] == ["against", "cell", "order", "letters"]
    orders = {"cell first": 0, "attention first": 1}
    found = [(line[0] == "eole", line[1], orders[line[2]], line[3]) for line in table.rows]
    assert len(found) == 16
    assert found == sorted(found, key=lambda line: (*line[:3], line[3] != "5 to 14"))


def test_an_encoder_is_told_by_the_text_of_its_case():
    rows = [row(work="encoder", case=f"padding ratio {ratio}", cell="lstm") for ratio in (0.1, 0.5)]
    [table] = peers_section(pd.DataFrame(rows), verdicts=True).tables
    assert [cell(table, line, "what") for line in (0, 1)] == ["padding ratio 0.1", "padding ratio 0.5"]


def test_rows_of_other_libraries_stand_first():
    rows = [row(work="greedy", peer="step by step"), row(work="encoder", peer="packed"), row(work="greedy")]
    assert [line[0] for line in answer(rows).table.rows] == [
        "greedy decoding: joeynmt", "greedy decoding: step by step", "encoder, forward and backward: packed"
    ]  # fmt: skip
    greedy, encoder = peers_section(pd.DataFrame(rows), verdicts=True).tables
    assert [line[0] for line in greedy.rows] == ["joeynmt", "step by step"]
    assert encoder.title == "Encoder, forward and backward"


def test_aims_that_are_missed_have_a_table_that_is_not_folded():
    rows = pd.DataFrame([row(at_least=1.5), row(at_least=3.0, case="other", threads=2)])
    missed, cases = peers_section(rows, verdicts=True).tables
    assert (missed.folded, cases.folded) == (False, True)
    assert missed.rows == [["training step: other", "joeynmt", "64", "2", "×2.00 (1.60 to 2.50)", "×3"]]


def test_the_answer_has_a_line_for_each_cell_of_a_work():
    found = answer([row(cell="gru"), row(cell="lstm", **LOST), row(work="greedy", cell="gru")])
    assert [line[0] for line in found.table.rows] == [
        "training step, gru: joeynmt", "training step, lstm: joeynmt", "greedy decoding: joeynmt"
    ]  # fmt: skip


def test_the_answer_counts_cases_and_aims_and_names_a_loss():
    rows = [row(at_least=1.5), *[row()] * 8, row(**LOST, peer="eole", case="compiled", threads=2)]
    rows += [row(at_least=3.0, threads=2), row(at_least=2.0, work="encoder", peer="packed")]
    found = answer(rows)
    assert found.headline == (
        "Yes. This package is faster in 10 of 11 cases, slower in 1. joeynmt takes ×2.00 the time of this package in "
        "the median case, ×2.00 to ×2.00 over all cases; eole takes ×0.50 the time of this package in the median case, "
        "×0.50 to ×0.50 over all cases. This package is slower in compiled, on 2 threads, against "
        "eole. Aims: 1 reached, 1 not shown and 1 missed, of 3."
    )
    assert [[line[0], *line[2:4]] for line in found.table.rows] == [
        ["training step: joeynmt", "faster in 10 of 10 cases", "1 reached and 1 missed"],
        ["training step: eole", "slower in 1 of 1 case", "-"],
        ["encoder, forward and backward: packed", "faster in 1 of 1 case", "1 not shown"],
    ]


def test_the_median_of_an_even_number_of_cases_is_the_one_that_is_less_fast():
    rows = [row(), row(ratio=0.1, ratio_low=0.09, ratio_high=0.11)]
    found = answer(rows)
    assert "joeynmt takes ×2.00 the time of this package in the median case, ×2.00 to ×10.0 over" in found.text
    assert cell(found.table, 0, "median case") == "×2.00 (1.60 to 2.50)"


def test_plain_torch_does_not_count_as_a_peer():
    """A metric that is a hundredth of its evaluation must not make the answer a yes."""
    ours = [row(peer="evaluation", ratio=0.01, ratio_low=0.009, ratio_high=0.011)] * 20
    assert answer(ours).headline == "Not shown. No other library was timed."
    assert answer([*ours, row(**LOST)]).word == "No"


def test_what_many_losses_have_in_common_is_named():
    eole = [row(**LOST, peer="eole", cell="lstm", case=f"lstm {n}") for n in range(4)]
    won = [row(), row(cell="lstm"), *[row(peer="eole", cell="gru")] * 30]
    assert "This package is slower in all 4 cases of lstm, against eole." in answer([*eole, *won]).text
    other = row(**LOST, case="another", threads=2)
    found = answer([*eole, *won, other]).text
    assert "slower in all 4 cases of lstm, against eole; and in another, on 2 threads, against joeynmt." in found
    assert (
        "slower in all 4 cases of lstm, against eole; and in 4 other cases." in answer([*eole, *won, *[other] * 4]).text
    )


def test_a_part_of_an_evaluation_is_not_called_faster_than_the_evaluation():
    found = answer([row(), row(work="metric", peer="evaluation")])
    assert [(line[0], line[2]) for line in found.table.rows] == [
        ("training step: joeynmt", "faster in 1 of 1 case"),
        ("Levenshtein accuracies of an evaluation: evaluation", "-"),
    ]


def test_many_losses_are_counted_and_not_named():
    assert answer([row(**LOST)] * 4).text == (
        "This package is slower in 4 of 4 cases. joeynmt takes ×0.50 the time of this package in the median case, "
        "×0.50 to ×0.50 over all cases."
    )


def test_most_cases_without_a_difference_are_no_way_in_which_this_package_is():
    equal = row(ratio=1.0, ratio_low=0.9, ratio_high=1.1)
    assert answer([equal, equal, row()]).text.startswith("No difference is shown in 2 of 3 cases, faster in 1.")


def test_a_smoke_run_gives_no_verdict():
    found = answer([row(at_least=1.5)], [part("smoke")])
    assert (found.headline, found.cautions) == ("No verdict.", [SMOKE_CAUTION])
    assert found.table.rows[0][2:4] == ["-", "-"]
    (cases,) = peers_section(pd.DataFrame([row(at_least=1.5), row(at_least=3.0, case="other")]), verdicts=False).tables
    assert [cell(cases, line, "aim") for line in (0, 1)] == ["-", "-"]
    assert not any("reached" in text or "missed" in text for line in cases.rows for text in line)
