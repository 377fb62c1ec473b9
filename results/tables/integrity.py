"""Checks the tables of a folder against each other and the provenance, so that missing rows are noticed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.errors import InputError
from results.tables.study_schema import KEYS, LONGEST_RECORDED, factors_in, records
from results.tables.timing_schema import SESSION_PARTS, scaling_parts
from results.text import plural

if TYPE_CHECKING:
    import pandas as pd

OF_ATTENTION = ("alignments", "mean_alignments")
OF_RUNS = ("convergence", "by_length", *OF_ATTENTION)
"""The tables with rows for each run that is done; the last two only for runs with attention and short sources."""
_MADE_BY = {
    **dict.fromkeys(SESSION_PARTS, "throughput"),
    "peers": "peers",
    "checks": "checks",
    "validity": "validity",
}
"""Part of the provenance -> the table that its command writes."""
_ROUND_COLUMNS = [column for column in KEYS["peers"] if column != "measure"]


def check_integrity(directory: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Raises InputError for missing rows, and for rows that contradict another table or each other."""
    if "runs" in tables:
        _check_seeds(directory / "runs.csv", tables["runs"])
    for name in OF_RUNS:
        if name in tables and "runs" in tables:
            _check_identities(directory / f"{name}.csv", tables[name], tables["runs"])
            _check_runs(directory / f"{name}.csv", name, tables)
            if name == "mean_alignments":
                _check_positions(directory / f"{name}.csv", tables)
    if "convergence" in tables and "runs" in tables:
        _check_epochs(directory / "convergence.csv", tables["convergence"], tables["runs"])
    if "validity" in tables:
        _check_drawn(directory / "validity.csv", tables["validity"])
    if "rounds" in tables:
        _check_rounds(directory / "rounds.csv", tables)


def check_counts(tables: Mapping[str, pd.DataFrame], parts: Mapping[str, Any]) -> None:
    """Checks numbers of rows that only the provenance records. Raises InputError if rows are missing."""
    for part, table in _MADE_BY.items():
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
    if "scaling" in tables:
        scaling = Counter(scaling_parts(tables["scaling"].to_dict("records")))
        for part in [part for part in parts if part.startswith("scaling_")]:
            found, planned = scaling[part], parts[part]["settings"].get("rows", 0)
            if found < planned:
                raise InputError(
                    f"scaling.csv: {plural(found, 'row')} of {part}; expected {planned}, as provenance.json says"
                )
    if checks is not None and "checks" in parts:
        for planted, cases in checks.groupby("planted"):
            if plural(len(cases), "case") != parts["checks"]["profile"]:
                raise InputError(
                    f"checks.csv: {plural(len(cases), 'case')} of the ratio {planted:g}; expected "
                    f"{parts['checks']['profile']}, as provenance.json says"
                )


def _check_settled(tables: Mapping[str, pd.DataFrame], parts: Mapping[str, Any]) -> None:
    """A study has at least as many runs as the provenance records; validity has a row for each kind of study."""
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
    """An arm has one run for each seed, whatever its id: a second one would replace it in every pair."""
    identity = ["arm", *factors_in(list(runs.columns)), "seed"]
    for row in runs[runs.duplicated(identity)].to_dict("records"):
        raise InputError(
            f"{path}: run {row['run_id']} is a second run of {', '.join(f'{name} {row[name]}' for name in identity)}; "
            "expected one"
        )
    for row in runs[(runs["steps_to_99"] > runs["steps"]).fillna(value=False)].to_dict("records"):
        raise InputError(
            f"{path}: run {row['run_id']} is at 99% after {plural(row['steps_to_99'], 'step')}; expected no more than "
            f"the {row['steps']} that it has"
        )


def _check_identities(path: Path, table: pd.DataFrame, runs: pd.DataFrame) -> None:
    """The rows of a run have the arm, the levels and the seed that runs.csv has."""
    identity = ["arm", *factors_in(list(runs.columns)), "seed"]
    found = factors_in(list(table.columns))
    if not len(table):  # then its header has no factors either
        return
    if found != identity[1:-1]:
        raise InputError(
            f"{path}: the factors {', '.join(found) or 'none'}; expected {', '.join(identity[1:-1]) or 'none'}, as in "
            "runs.csv"
        )
    runs_of_table = table[["run_id", *identity]].drop_duplicates()
    for row in runs_of_table.merge(runs, on="run_id", suffixes=("", "_run")).to_dict("records"):
        for name in identity:
            if row[name] != row[f"{name}_run"]:
                raise InputError(
                    f"{path}: {name} {row[name]} in a row of run {row['run_id']}; expected {row[f'{name}_run']}, as in "
                    "runs.csv"
                )


def _check_drawn(path: Path, validity: pd.DataFrame) -> None:
    """Counts of studies and intervals do not exceed their totals."""
    for row in records(validity):
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


def _check_positions(path: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """The finished runs of an arm at a combination of levels have equally many positions."""
    table, runs = tables["mean_alignments"], tables["runs"]
    rows = table[table["run_id"].isin(runs.loc[runs["status"] == "done", "run_id"])]
    sizes = rows.groupby("run_id", sort=False).size()
    for _, alike in rows.groupby(["arm", *factors_in(list(table.columns))], sort=False):
        of_arm = sizes[alike["run_id"].unique()]
        if of_arm.min() < of_arm.max():
            raise InputError(
                f"{path}: {of_arm.min()} rows of run {of_arm.idxmin()}; expected {of_arm.max()}, as run "
                f"{of_arm.idxmax()} of the same arm has"
            )


def _check_epochs(path: Path, convergence: pd.DataFrame, runs: pd.DataFrame) -> None:
    """A finished run has a row for each epoch up to its last step."""
    ends = convergence.groupby("run_id")["step"].agg(rows="size", first="min", last="max").reset_index()
    done = runs.loc[runs["status"] == "done", ["run_id", "steps"]].merge(ends, on="run_id")
    wrong = (done["rows"] * done["first"] != done["last"]) | (done["last"] != done["steps"])
    for row in records(done[wrong]):
        raise InputError(
            f"{path}: {plural(row.rows, 'row')} of run {row.run_id} up to step {row.last}; expected one for each epoch "
            f"up to step {row.steps}, as runs.csv says"
        )


def _check_rounds(path: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Each row of throughput.csv and peers.csv has as many rounds as it says, and each round has a row.

    A session replaces all of rounds.csv: after a session of peers alone, an older throughput.csv has no rounds.
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
    return (
        {(row.suite, row.case, row.candidate): row.rounds for row in records(tables["throughput"])}
        if "throughput" in tables
        else {}
    )


def _peers(tables: Mapping[str, pd.DataFrame]) -> dict[Any, int]:
    """The keys that rounds.csv has for the rows of peers.csv."""
    if "peers" not in tables:
        return {}
    return {
        (
            "peers",
            ", ".join(str(getattr(row, column)) for column in _ROUND_COLUMNS),
            f"{row.ours} beside {row.peer}",
        ): row.rounds
        for row in records(tables["peers"])
    }
