"""A folder of rows, read and analysed up to its answers: the input of a report, an index and a comparison."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from results.analysis.study.arm_summary import ArmSummary, summarise
from results.analysis.study.budget import carry_forward
from results.analysis.study.comparisons import Comparison, compare_arms
from results.analysis.study.length_checks import check_lengths
from results.analysis.study.run_metrics import ExtraMetric, extra_metrics
from results.analysis.timing.training_time import TrainingTimes, training_times
from results.errors import InputError
from results.page.earlier_report import PAGES
from results.page.elements import Answer
from results.report.overhead import overhead_answer
from results.report.peers import peers_answer
from results.report.scaling import scaling_answer
from results.report.self_check import self_check_answer
from results.report.study.answer.study_answer import study_answer
from results.report.study.extra_metrics import extra_metric_sentences
from results.report.study.figures import answer_figure
from results.report.study.longer_sources import longer_source_sentences
from results.report.study.published import published_sentences
from results.report.timing.answer import timing_answer
from results.report.training_time.answer import training_time_answer
from results.report.validity import validity_answer
from results.tables import provenance
from results.tables.csv_io import read_tables
from results.tables.integrity import check_counts
from results.tables.study_metadata import study_settings
from results.tables.timing_schema import SESSION_PARTS, TIMING_TABLES, scaling_parts, session_parts

_ANSWERS: dict[str, Callable[[pd.DataFrame, Sequence[Mapping[str, Any]]], Answer]] = {
    "throughput": timing_answer,
    "peers": peers_answer,
    "checks": self_check_answer,
    "overhead": overhead_answer,
    "scaling": scaling_answer,
    "validity": lambda validity, _: validity_answer(validity),
}
"""Table -> the answer that follows from it, and from the parts of the provenance of the commands that wrote it."""
TRAINING_TIME = "training_time"
"""The answer that follows from a study's tables and throughput.csv together."""
_TIMING_PARTS = (*SESSION_PARTS, "checks", "peers")
"""The parts of the provenance of the tables of the benchmarks."""


@dataclass(frozen=True, kw_only=True)
class StudyResults:
    """The tables of a study and what is computed from them."""

    settings: Mapping[str, Any]
    profile: str
    tables: Mapping[str, pd.DataFrame]
    """The tables that have rows, and `runs` in any case: a tuned study may have no chosen settings yet."""
    summaries: Sequence[ArmSummary]
    comparisons: Sequence[Comparison]
    extra_metrics: Sequence[ExtraMetric]
    times: TrainingTimes | None
    """The times of the arms' training steps, if the folder has them."""

    def answer(self) -> Answer:
        return study_answer(
            self.summaries,
            self.comparisons,
            [
                *published_sentences(self.tables, self.settings),
                *longer_source_sentences(self.tables, self.settings),
            ],
            extra_metric_sentences(self.extra_metrics, self.settings),
            self.settings,
            self.profile,
            answer_figure(self.tables, self.settings),
        )


@dataclass(frozen=True, kw_only=True)
class Folder:
    directory: Path
    tables: Mapping[str, pd.DataFrame]
    """The tables that have rows."""
    parts: Mapping[str, Any]
    """The parts of the provenance."""
    study: StudyResults | None

    @cached_property
    def answers(self) -> Mapping[str, Answer]:
        """Table, or TRAINING_TIME -> the answer that follows, in the report's order. Raises InputError as `read_folder`
        does."""
        with _located(self.directory):
            return {
                **({"runs": self.study.answer()} if self.study else {}),
                **self._time_answer(),
                **{
                    name: answer(self.tables[name], _written_by(name, self.tables, self.parts))
                    for name, answer in _ANSWERS.items()
                    if name in self.tables
                },
            }

    def _time_answer(self) -> dict[str, Answer]:
        if not self.study or not self.study.times:
            return {}
        study, *sessions = _written_by(TRAINING_TIME, self.tables, self.parts)
        return {TRAINING_TIME: training_time_answer(self.study.times, study, sessions)}

    def page_of(self, source: str) -> str:
        """The name of the page that shows a table, or a part of the provenance: `speed` for the benchmarks if the
        folder holds other results too, otherwise `report`."""
        timing = {*TIMING_TABLES, *_TIMING_PARTS}
        alone = self.study is None and self.tables.keys() <= timing
        return PAGES[source in timing and not alone]


def read_folder(directory: Path) -> Folder:
    """Raises InputError for a folder without tables, a damaged table, or rows without their provenance."""
    all_tables = read_tables(directory)
    parts = provenance.read(directory)
    tables = {name: table for name, table in all_tables.items() if len(table)}
    study = None
    with _located(directory):
        if "runs" in all_tables and ("runs" in tables or "study" in parts):
            study = _study({**tables, "runs": all_tables["runs"]}, parts)
            check_lengths(tables, study.settings)
        for name in _ANSWERS.keys() & tables.keys():
            _written_by(name, tables, parts)
        check_counts(all_tables, parts)
    return Folder(directory=directory, tables=tables, parts=parts, study=study)


@contextmanager
def _located(directory: Path) -> Iterator[None]:
    """Names the folder in an InputError of the block."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{directory}: {error}") from error


def provenance_parts(table: str, tables: Mapping[str, pd.DataFrame], parts: Collection[str]) -> list[str]:
    """The parts of the provenance, which has `parts`, of the commands that wrote a table with an answer, or those of
    TRAINING_TIME."""
    if table in (TRAINING_TIME, "throughput"):
        sessions = session_parts(tables["throughput"]["device"].unique(), parts)
        return ["study", *sessions] if table == TRAINING_TIME else sessions
    if table == "overhead":
        return [f"overhead_{storage}" for storage in tables[table]["storage"].unique()]
    if table == "scaling":
        return list(dict.fromkeys(scaling_parts(tables[table].to_dict("records"))))
    return [{"runs": "study"}.get(table, table)]


def _study(tables: Mapping[str, pd.DataFrame], parts: Mapping[str, Any]) -> StudyResults:
    settings = study_settings(parts, tables["runs"])
    if "convergence" in tables:
        tables = {**tables, "convergence": carry_forward(tables["convergence"], tables["runs"], settings)}
    summaries, comparisons = summarise(tables, settings), compare_arms(tables, settings)
    return StudyResults(
        settings=settings,
        profile=parts["study"]["profile"],
        tables=tables,
        summaries=summaries,
        comparisons=comparisons,
        extra_metrics=extra_metrics(tables, settings),
        times=training_times(tables, settings, summaries, comparisons) if _has_times_of(parts) else None,
    )


def _has_times_of(parts: Mapping[str, Any]) -> bool:
    """Whether the benchmarks timed the arms of the study of this folder."""
    study = parts["study"]
    timed = [parts[part]["settings"].get("study", {}) for part in SESSION_PARTS if part in parts]
    names = {(one.get("name"), one.get("profile")) for one in timed}
    return names == {(study["settings"].get("name"), study["profile"])}


def _written_by(name: str, tables: Mapping[str, pd.DataFrame], parts: Mapping[str, Any]) -> list[Any]:
    """The parts of the commands that wrote a table. Raises InputError if one is missing."""
    names = provenance_parts(name, tables, parts)
    for part in names:
        if part not in parts:
            raise InputError(f"provenance.json: parts.{part} is missing; expected the command that wrote {name}.csv")
    return [parts[part] for part in names]
