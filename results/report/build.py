"""Tables to report: a pure function of a folder of rows, in Markdown and as one HTML file that needs nothing else.

Nothing of the moment of building goes in, so building twice gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from results.analysis.comparisons import primary_of
from results.analysis.formatting import RULE
from results.page.elements import Section
from results.page.plain_numbers import plain_numbers
from results.page.render import render
from results.report.folder import Folder, StudyFound, read_folder
from results.report.instrument import instrument_section
from results.report.overhead import overhead_section
from results.report.peers import peers_section
from results.report.study.comparisons import comparisons_section
from results.report.study.examples import examples_section
from results.report.study.extra_metrics import measure_tables
from results.report.study.published import published_tables
from results.report.study.section import study_section
from results.report.study.tuning import tuning_section
from results.report.timing.section import speed_section
from results.report.validity import validity_section
from results.tables.atomic_write import InputError

READING = (
    "Levenshtein accuracy is, for each sequence, 1 minus the edit distance over the length of the longer of prediction "
    "and target; exact match is the part of the sequences without an error. Both are measured free-running.",
    "Brackets hold 95% intervals: over seeds for accuracies (BCa bootstrap of the mean), over rounds for ratios of "
    "times (of the median, by the sign test). n counts seeds. A constant has itself for an interval; one seed has "
    "none.",
    "Steps to 99% are censored: a run that ended before it got there is 'not reached', counts as later than every run "
    "that did, and is never dropped. A median is 'not reached' where half of the runs or more did not get there. Times "
    "as many steps and steps on average: of the mean steps spent until 99%, where a run that never got there has spent "
    "all of its steps.",
    "A ratio is the candidate's time over its baseline's: 0.5 is half the time, 2 is twice. Padding is never counted "
    "as tokens.",
)


@plain_numbers()
def build(directory: Path) -> Path:
    """Writes figures/, report.md and report.html from the folder's tables and provenance; returns report.html's path.

    Raises InputError for a folder without rows, a damaged table, rows without their provenance, or a folder that cannot
    be written.
    """
    found = read_folder(directory)
    if not found.tables:
        raise InputError(f"{directory}: its tables have no rows; expected one that has some")
    sections = _sections(found)
    answers = [*found.answers.values()]
    return render(directory, answers, sections, found.parts, reading=READING, rule=RULE)


def _sections(found: Folder) -> list[Section]:
    tables = found.tables
    sections: list[Section] = []
    if found.study:
        sections += _study_sections(found.study)
    if "examples" in tables:
        sections.append(examples_section(tables["examples"], found.parts.get("examples", {}).get("settings", {})))
    if "throughput" in tables:
        sections.append(speed_section(tables["throughput"]))
    if "peers" in tables:
        sections.append(peers_section(tables["peers"]))
    if {"checks", "ceilings"} & tables.keys():
        sections.append(instrument_section(tables))
    if "overhead" in tables:
        sections.append(overhead_section(tables["overhead"]))
    if "validity" in tables:
        sections.append(validity_section(tables["validity"]))
    return sections


def _study_sections(study: StudyFound) -> list[Section]:
    tables, settings = study.tables, study.settings
    published = published_tables(tables["convergence"], settings) if "convergence" in tables else []
    more = [*measure_tables(study.measures), *published]
    return [
        *comparisons_section(study.comparisons, primary_of(settings), more),
        study_section(study.summaries, settings, tables),
        *([tuning_section(tables["tuning"], settings)] if "tuning" in tables else []),
    ]
