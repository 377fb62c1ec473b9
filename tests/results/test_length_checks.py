"""A row of by_length.csv that is missing is noticed, also where runs may have different rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.analysis.study.length_checks import check_lengths
from results.errors import InputError

LENGTHS = [5, 40, 60, 200, 500, 2_000, 10_000]
TRAINED = 40


def settings(lengths: list[int] = LENGTHS, longest: int = TRAINED) -> dict[str, Any]:
    at = {"levels": {}, "epochs": 1, "steps_per_epoch": 1, "stop_at": None, "shortest_source": 1}
    return {"training": {"test_lengths": lengths}, "at_levels": [{**at, "longest_source": longest}]}


def rows_of(seed: int, exact: dict[int, float], drawn: dict[int, int] | None = None) -> list[dict[str, Any]]:
    """The rows that a run writes whose exact match at a test length is `exact`; `drawn`: its test set."""
    rows, before = [], 1.0
    for length, share in sorted(exact.items()):
        n = 20 if before or length <= 100 else 2 if length <= 1_000 else 0
        if n:
            rows.append({"length": length, "n": n, "exact_match": share})
            before = share
    rows += [{"length": length, "n": n, "exact_match": 0.5} for length, n in (drawn or {3: 7}).items()]
    return [{"run_id": f"r{seed}", "arm": "a", "seed": seed, **row} for row in rows]


def check(rows: list[dict[str, Any]], given: dict[str, Any]) -> None:
    runs = pd.DataFrame([{"run_id": f"r{seed}", "status": "done"} for seed in (0, 1)])
    check_lengths({"runs": runs, "by_length": pd.DataFrame(rows)}, given)


shares = st.fixed_dictionaries({length: st.sampled_from([0.0, 0.5, 1.0]) for length in LENGTHS})


@given(shares, shares)
def test_whatever_runs_are_exact_on_their_rows_are_accepted(one: dict[int, float], two: dict[int, float]) -> None:
    check([*rows_of(0, one), *rows_of(1, two)], settings())


@given(st.sampled_from(LENGTHS))
def test_a_lost_row_of_an_exact_run_is_noticed(lost: int) -> None:
    exact = rows_of(0, dict.fromkeys(LENGTHS, 1.0))
    zeros = rows_of(1, {**dict.fromkeys(LENGTHS, 0.0), 5: 1.0, 40: 1.0})
    with pytest.raises(InputError, match=rf"by_length\.csv: no row of run r0 at {lost:,} letters; expected one at"):
        check([*(row for row in exact if row["length"] != lost), *zeros], settings())


def test_a_run_without_an_exact_string_may_lack_only_the_longest_lengths() -> None:
    exact, zeros = rows_of(0, dict.fromkeys(LENGTHS, 1.0)), rows_of(1, dict.fromkeys(LENGTHS, 0.0))
    assert [row["length"] for row in zeros] == [5, 40, 60, 200, 500, 3]
    for lost in (5, 200, 500):
        with pytest.raises(InputError, match=rf"no row of run r1 at {lost} letters"):
            check([*exact, *(row for row in zeros if row["length"] != lost)], settings())


def test_runs_have_equally_many_sequences_up_to_100_letters_and_of_the_test_set() -> None:
    one, two = (rows_of(seed, dict.fromkeys(LENGTHS, 1.0), drawn) for seed, drawn in ((0, {3: 7}), (1, {4: 5, 9: 2})))
    check([*one, *two], settings())
    for fewer in ({**two[-1], "n": 1}, {**two[0], "n": 19}):
        changed = [fewer if row["length"] == fewer["length"] else row for row in two]
        with pytest.raises(InputError, match=r"by_length\.csv: 66 sequences of run r1; expected 67, as run r0"):
            check([*one, *changed], settings())


def test_a_test_set_of_long_sources_may_be_drawn_in_any_way() -> None:
    """Of 80 to 160 letters, each run has another number of strings of up to 100 letters."""
    longer = [200, 500]
    one, two = rows_of(0, {200: 1.0, 500: 0.5}, {90: 3, 110: 7}), rows_of(1, {200: 0.0, 500: 0.0}, {90: 4, 110: 6})
    check([*one, *two], settings(longer, 160))
    with pytest.raises(InputError, match="29 sequences of run r1; expected 30"):
        check([*one, *two[:-1], {**two[-1], "n": 5}], settings(longer, 160))
    # At 110 letters, one run has 20 test strings and 2 of its test set, the other a tenth and 5 of its test set.
    one, two = rows_of(0, {105: 1.0, 110: 1.0}, {90: 8}), rows_of(1, {105: 0.0, 110: 0.0}, {90: 5})
    for rows, n in ((one, 22), (two, 7)):
        rows[1]["n"] = n
    check([*one, *two], settings([105, 110], 160))


def test_a_recipe_may_draw_a_test_set_of_any_length() -> None:
    """As decimal40, of up to 400 letters after training on up to 40."""
    one, two = rows_of(0, {100: 1.0, 200: 1.0}, {300: 10}), rows_of(1, {100: 1.0, 200: 1.0}, {300: 6})
    two[1]["n"] += 4
    check([*one, *two], {**settings([100, 200]), "recipe": "decimal40"})
