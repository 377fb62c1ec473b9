"""Half a table must not pass for a smaller one: what the tables of a folder say of each other is held against them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.tables.atomic_write import InputError
from results.tables.column import plural
from results.tables.study_schema import KEYS, LONGEST_RECORDED, factors_in

if TYPE_CHECKING:
    import pandas as pd

OF_ATTENTION = ("alignments", "mean_alignments")
OF_RUNS = ("convergence", "by_length", *OF_ATTENTION)
"""The tables with rows for each run that is done; the last two, for each with attention on sources short enough."""
_MADE_BY = {"throughput": "benchmarks", "peers": "peers", "checks": "checks", "validity": "validity"}
"""Table -> the part of the provenance of the command that wrote it whole."""
ONE_WORK = [column for column in KEYS["peers"] if column != "measure"]


def check_whole(directory: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Raises InputError for a table that lacks rows, or has rows, which another table or its own other rows belie."""
    if "runs" in tables:
        _check_seeds(directory / "runs.csv", tables["runs"])
    for name in OF_RUNS:
        if name in tables and "runs" in tables:
            _check_identities(directory / f"{name}.csv", tables[name], tables["runs"])
            _check_runs(directory / f"{name}.csv", name, tables)
            _check_amounts(directory / f"{name}.csv", name, tables)
    if "validity" in tables:
        _check_drawn(directory / "validity.csv", tables["validity"])
    if "rounds" in tables:
        _check_rounds(directory / "rounds.csv", tables)


def check_counts(tables: Mapping[str, pd.DataFrame], parts: Mapping[str, Any]) -> None:
    """How many rows there were only the provenance tells of some tables. InputError where they are not there."""
    for table, part in _MADE_BY.items():
        if part in parts and table in tables and not len(tables[table]):
            raise InputError(f"{table}.csv: no row; expected some, as provenance.json has {part}")
    _check_settled(tables, parts)
    _check_recorded(tables, parts)
    overhead, checks = tables.get("overhead"), tables.get("checks")
    measured = [] if overhead is None else overhead["storage"].tolist()
    for part in [part for part in parts if part.startswith("overhead_") and measured]:
        storage = part.removeprefix("overhead_")
        found, planned = measured.count(storage), parts[part]["settings"].get("rounds")
        if planned not in (None, found):
            raise InputError(
                f"overhead.csv: {plural(found, 'round')} on {storage}; expected {planned}, as provenance.json says"
            )
    if checks is not None and "checks" in parts:
        for planted, cases in checks.groupby("planted"):
            if plural(len(cases), "case") != parts["checks"]["profile"]:
                raise InputError(
                    f"checks.csv: {plural(len(cases), 'case')} of the ratio {planted:g}; expected "
                    f"{parts['checks']['profile']}, as provenance.json says"
                )


def _check_settled(tables: Mapping[str, pd.DataFrame], parts: Mapping[str, Any]) -> None:
    """A study may have more rows than when the provenance was written, and never fewer; validity has a row a kind of
    studies."""
    settled = parts.get("study", {}).get("settings", {}).get("settled_runs", 0)
    found = sum(len(tables[table]) for table in ("runs", "tuning") if table in tables)
    if "runs" in tables and found < settled:
        raise InputError(
            f"runs.csv: {plural(found, 'run')}, with those of its tuning; expected {settled}, as provenance.json says"
        )
    kinds = parts.get("validity", {}).get("settings", {}).get("kinds")
    if "validity" in tables and kinds not in (None, len(tables["validity"])):
        raise InputError(
            f"validity.csv: {plural(len(tables['validity']), 'row')}; expected {kinds}, as provenance.json says"
        )


def _check_recorded(tables: Mapping[str, pd.DataFrame], parts: Mapping[str, Any]) -> None:
    """Each finished run with attention has its mean weights, if its sources are short enough; of each arm and
    combination of levels, the one with the lowest seed has the weights of an example."""
    if "runs" not in tables:
        return
    runs = tables["runs"]
    longest = runs.get("max_length", parts.get("study", {}).get("settings", {}).get("task", {}).get("max_length", 0))
    expected = runs[(runs["status"] == "done") & runs["anti_diagonal"].notna() & (longest <= LONGEST_RECORDED)]
    first = expected.sort_values("seed").drop_duplicates(["arm", *factors_in(list(runs.columns))])
    for name, recorded, which in (
        ("alignments", first, "the first run of every arm"),
        ("mean_alignments", expected, "every run"),
    ):
        for run_id in sorted(set(recorded["run_id"]) - set(tables[name]["run_id"])) if name in tables else ():
            raise InputError(
                f"{name}.csv: no row of run {run_id}; expected rows of {which} with attention that is done, with "
                f"sources of up to {LONGEST_RECORDED} letters"
            )


def _check_seeds(path: Path, runs: pd.DataFrame) -> None:
    """An arm has one run of a seed, whatever it is called: of two, one would take the other's place in every pair."""
    same = ["arm", *factors_in(list(runs.columns)), "seed"]
    for row in runs[runs.duplicated(same)].to_dict("records"):
        raise InputError(
            f"{path}: run {row['run_id']} is a second one of {', '.join(f'{name} {row[name]}' for name in same)}; "
            "expected one"
        )
    for row in runs[(runs["steps_to_99"] > runs["steps"]).fillna(value=False)].to_dict("records"):
        raise InputError(
            f"{path}: run {row['run_id']} is at 99% after {plural(row['steps_to_99'], 'step')}; expected no more than "
            f"the {row['steps']} that it has"
        )


def _check_identities(path: Path, table: pd.DataFrame, runs: pd.DataFrame) -> None:
    """A row says of its run what runs.csv says: the arm, the levels and the seed."""
    said = ["arm", *factors_in(list(runs.columns)), "seed"]
    found = factors_in(list(table.columns))
    if not len(table):  # then its header has no factors either
        return
    if found != said[1:-1]:
        raise InputError(
            f"{path}: the factors {', '.join(found) or 'none'}; expected {', '.join(said[1:-1]) or 'none'}, as in "
            "runs.csv"
        )
    told = table[["run_id", *said]].drop_duplicates()
    for row in told.merge(runs, on="run_id", suffixes=("", "_run")).to_dict("records"):
        for name in said:
            if row[name] != row[f"{name}_run"]:
                raise InputError(
                    f"{path}: {name} {row[name]} in a row of run {row['run_id']}; expected {row[f'{name}_run']}, as in "
                    "runs.csv"
                )


def _check_drawn(path: Path, validity: pd.DataFrame) -> None:
    """Of so many studies, no more can have come to something."""
    for row in _rows({"validity": validity}, "validity"):
        if not 0 <= row.false_alarms <= row.draws or row.draws < 1 or not 0 <= row.intervals_missed <= 3 * row.draws:
            raise InputError(
                f"{path}: {plural(row.false_alarms, 'false alarm')} and {plural(row.intervals_missed, 'interval')} "
                f"that miss in {plural(row.draws, 'study')} of {row.scenario}; expected no more than there are"
            )


def _check_runs(path: Path, name: str, tables: Mapping[str, pd.DataFrame]) -> None:
    """Each finished run has its rows, and each row its run."""
    runs, found = tables["runs"], set(tables[name]["run_id"])
    if name not in OF_ATTENTION:
        for run_id in sorted(set(runs.loc[runs["status"] == "done", "run_id"]) - found):
            raise InputError(f"{path}: no row of run {run_id}; expected rows of every run that is done")
    for run_id in sorted(found - set(runs["run_id"])):
        raise InputError(f"{path}: run {run_id} is not in runs.csv; expected the tables of one study")


def _check_amounts(path: Path, name: str, tables: Mapping[str, pd.DataFrame]) -> None:
    """The finished runs of an arm, at one combination of levels, differ in their seed alone: they have as many epochs,
    as many tested sequences, as many positions."""
    if name == "alignments":  # of an example that is as long as it happens to be
        return
    table, runs = tables[name], tables["runs"]
    rows = table[table["run_id"].isin(runs.loc[runs["status"] == "done", "run_id"])]
    by_run = rows.groupby("run_id", sort=False)
    amounts = by_run["n"].sum() if name == "by_length" else by_run.size()
    what = "sequences" if name == "by_length" else "rows"
    for _, alike in rows.groupby(["arm", *factors_in(list(table.columns))], sort=False):
        mine = amounts[alike["run_id"].unique()]
        if mine.min() < mine.max():
            raise InputError(
                f"{path}: {mine.min()} {what} of run {mine.idxmin()}; expected {mine.max()}, as run {mine.idxmax()} of "
                "the same arm has"
            )


def _check_rounds(path: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Each row of throughput.csv and peers.csv has as many rounds as it says, and each round its row.

    A session replaces rounds.csv whole: where it was one of peers alone, an older throughput.csv has no rounds left.
    """
    rounds = tables["rounds"]
    found = Counter(zip(rounds["suite"], rounds["case"], rounds["candidate"], strict=True))
    timed = {"throughput.csv": _throughput(tables), "peers.csv": _peers(tables)}
    kept = {"throughput.csv": {key for key in found if key[0] != "peers"}}
    kept["peers.csv"] = set(found) - kept["throughput.csv"]
    for table, expected in timed.items():
        for key in kept[table]:
            if key not in expected:
                raise InputError(f"{path}: rounds of {', '.join(key)}; expected a row of {table} for them")
        for key, number in expected.items():
            if kept[table] and found.get(key, 0) != number:
                raise InputError(
                    f"{path}: {plural(found.get(key, 0), 'round')} of {', '.join(key)}; expected {number}, as "
                    f"{table} says"
                )


def _throughput(tables: Mapping[str, pd.DataFrame]) -> dict[Any, int]:
    return {(row.suite, row.case, row.candidate): row.rounds for row in _rows(tables, "throughput")}


def _peers(tables: Mapping[str, pd.DataFrame]) -> dict[Any, int]:
    """As the rounds of a peer's work name it."""
    return {
        (
            "peers",
            ", ".join(str(getattr(row, column)) for column in ONE_WORK),
            f"{row.ours} beside {row.peer}",
        ): row.rounds
        for row in _rows(tables, "peers")
    }


def _rows(tables: Mapping[str, pd.DataFrame], name: str) -> list[Any]:
    return list(tables[name].itertuples(index=False)) if name in tables else []
