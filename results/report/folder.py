"""A folder of rows, read and worked out as far as its answers: what a report, an index and a comparison begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from results.analysis.arm_summary import ArmSummary, summarise
from results.analysis.comparisons import Comparison, compare_arms
from results.analysis.extra_metrics import Measured, own_measures
from results.page.elements import Answer
from results.report.overhead import overhead_answer
from results.report.peers import peers_answer
from results.report.study.answer import study_answer
from results.report.study.extra_metrics import measure_sentences
from results.report.timing.answer import speed_answer
from results.report.validity import validity_answer
from results.tables import provenance
from results.tables.atomic_write import InputError
from results.tables.csv_io import read_tables
from results.tables.integrity import check_counts
from results.tables.study_metadata import study_settings

_SAYS = {
    "throughput": speed_answer,
    "peers": peers_answer,
    "overhead": overhead_answer,
    "validity": validity_answer,
}
"""What a table answers by itself."""


@dataclass(frozen=True, kw_only=True)
class StudyFound:
    """What the tables of a study come to."""

    settings: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    """Those that have rows, and runs in any case: the tuning of no arm may have come to a choice."""
    summaries: Sequence[ArmSummary]
    comparisons: Sequence[Comparison]
    measures: Sequence[Measured]

    def answer(self) -> Answer:
        sentences = measure_sentences(self.measures, self.settings)
        return study_answer(self.summaries, self.comparisons, sentences, self.settings)


@dataclass(frozen=True, kw_only=True)
class Folder:
    tables: Mapping[str, pd.DataFrame]
    """Those that have rows."""
    parts: Mapping[str, Any]
    """Of the provenance."""
    study: StudyFound | None
    answers: Mapping[str, Answer]
    """By the table that each rests on, in the report's order."""


def read_folder(directory: Path) -> Folder:
    """Raises InputError for a folder without tables, a damaged table, or rows without their provenance."""
    given = read_tables(directory)
    parts = provenance.read(directory)
    tables = {name: table for name, table in given.items() if len(table)}
    study = None
    answers: dict[str, Answer] = {}
    try:
        if "runs" in given and ("runs" in tables or "study" in parts):
            study = _study({**tables, "runs": given["runs"]}, parts)
            answers["runs"] = study.answer()
        for name, say in _SAYS.items():
            if name in tables:
                _check_parts(name, tables, parts)
                answers[name] = say(tables[name])
        check_counts(given, parts)
    except InputError as error:
        raise InputError(f"{directory}: {error}") from error
    return Folder(tables=tables, parts=parts, study=study, answers=answers)


def parts_behind(table: str, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """The parts of the provenance that made a table which answers something."""
    if table == "overhead":
        return [f"overhead_{storage}" for storage in tables[table]["storage"].unique()]
    return [{"runs": "study", "throughput": "benchmarks"}.get(table, table)]


def _study(tables: Mapping[str, pd.DataFrame], parts: Mapping[str, Any]) -> StudyFound:
    settings = study_settings(parts, tables["runs"])
    return StudyFound(
        settings=settings,
        tables=tables,
        summaries=summarise(tables["runs"], settings),
        comparisons=compare_arms(tables, settings),
        measures=own_measures(tables, settings),
    )


def _check_parts(name: str, tables: Mapping[str, pd.DataFrame], parts: Mapping[str, Any]) -> None:
    for part in parts_behind(name, tables):
        if part not in parts:
            raise InputError(f"provenance.json: parts.{part} is missing; expected what made {name}.csv")
