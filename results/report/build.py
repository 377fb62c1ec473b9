"""Writes the report of a folder of rows: figures/, report.md and report.html.

A folder that holds benchmarks and other results has a second page, for the benchmarks: speed.md and speed.html. The
report is a pure function of the tables and the provenance, so building it twice gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from results.analysis import formatting
from results.analysis.formatting import default_numpy
from results.analysis.study.comparisons import primary_of
from results.analysis.study.verdicts import RULE
from results.analysis.timing.self_check import is_smoke
from results.errors import InputError
from results.page.elements import Answer, Page, Section
from results.page.render import render
from results.report.folder import TRAINING_TIME, Folder, StudyResults, provenance_parts, read_folder
from results.report.overhead import overhead_section
from results.report.peers import peers_section
from results.report.scaling import scaling_section
from results.report.self_check import peaks_section
from results.report.study.attention import examples_section
from results.report.study.comparisons import comparisons_section
from results.report.study.extra_metrics import extra_metric_tables
from results.report.study.published import published_section
from results.report.study.section import study_section
from results.report.study.tuning import tuning_section
from results.report.timing.section import timing_section
from results.report.training_time.section import training_time_section
from results.report.validity import validity_section

READING = (
    "Levenshtein accuracy is, for each sequence, 1 minus the edit distance over the length of the longer of prediction "
    "and target; exact match is the fraction of the sequences without an error. Both are measured free-running.",
    "0.934 (0.921 to 0.945) is an estimate with its 95% interval: over seeds for accuracies (BCa bootstrap of the "
    "mean), over rounds for ratios of times (of the median, by the sign test). n counts seeds. If all values are "
    "equal, the interval is that value; a single seed has no interval. With few seeds, intervals over seeds are too "
    "narrow (how often they miss: results/reference/validity/report.md), so no verdict rests on them alone.",
    "Steps to 99% are censored: a run that ends before it reaches 99% is 'not reached', counts as later than every "
    "run that reaches it, and is never dropped. A median is 'not reached' if half of the runs or more did not reach "
    "99%. Ratios of steps and steps on average are of mean steps to 99%, where a run that did not reach 99% counts "
    "as its full budget.",
    "A ratio is the candidate's time over its baseline's, unless a page says otherwise: ×0.5 is half the time, ×2 is "
    "twice. Of an even number of cases, the median case is the lower of the two in the middle. Padding "
    "is not counted as tokens, except in the suite greedy, where every decoded step counts.",
)


def build(directory: Path) -> Path:
    """Writes figures/ and the pages from the folder's tables and provenance; returns report.html's path.

    Raises InputError for a folder without rows, a damaged table, rows without their provenance, or a folder that cannot
    be written.
    """
    return build_with_answers(directory)[0]


@default_numpy()
def build_with_answers(directory: Path) -> tuple[Path, Mapping[str, Answer]]:
    """As `build`; also returns the answers, by the table that each follows from."""
    folder = read_folder(directory)
    if not folder.tables:
        raise InputError(f"{directory}: its tables have no rows; expected at least one table with rows")
    pages = _pages(folder)
    if not pages:
        names = formatting.listed([f"{name}.csv" for name in folder.tables])
        raise InputError(f"{directory}: no report follows from {names} alone; `retrograde compare` reads commits.csv")
    return render(directory, pages, reading=READING, rule=RULE), folder.answers


def _pages(folder: Folder) -> list[Page]:
    """Each page with what belongs to it; `report` comes first."""
    sections = _sections(folder)
    names = {folder.page_of(table) for table in [*folder.answers, *(table for table, _ in sections)]}
    return [
        Page(
            name=name,
            answers=[answer for table, answer in folder.answers.items() if folder.page_of(table) == name],
            sections=[section for table, section in sections if folder.page_of(table) == name],
            parts={part: facts for part, facts in folder.parts.items() if name in _pages_of(part, folder)},
        )
        for name in sorted(names)
    ]


def _pages_of(part: str, folder: Folder) -> set[str]:
    """The pages that a part of the provenance belongs to: its own, and those of the answers that follow from it."""
    answers = [table for table in folder.answers if part in provenance_parts(table, folder.tables, folder.parts)]
    return {folder.page_of(name) for name in (part, *answers)}


def _sections(folder: Folder) -> list[tuple[str, Section]]:
    """Every section with a table that it shows. Those of a smoke run have no verdicts."""
    tables = folder.tables
    sections: list[tuple[str, Section]] = []

    def verdicts(table: str) -> bool:
        return not is_smoke([folder.parts[part] for part in provenance_parts(table, tables, folder.parts)])

    if folder.study:
        sections += [("runs", section) for section in _study_sections(folder.study, verdicts)]
    if "examples" in tables:
        settings = folder.parts.get("examples", {}).get("settings", {})
        sections.append(("examples", examples_section(tables["examples"], settings)))
    if "throughput" in tables:
        sections.append(
            ("throughput", timing_section(tables["throughput"], tables.get("rounds"), verdicts=verdicts("throughput")))
        )
    if "peers" in tables:
        sections.append(("peers", peers_section(tables["peers"], verdicts=verdicts("peers"))))
    if "ceilings" in tables:
        sections.append(("ceilings", peaks_section(tables["ceilings"])))
    if "overhead" in tables:
        sections.append(("overhead", overhead_section(tables["overhead"])))
    if "scaling" in tables:
        sections.append(("scaling", scaling_section(tables["scaling"], verdicts=verdicts("scaling"))))
    if "validity" in tables:
        sections.append(("validity", validity_section(tables["validity"])))
    return sections


def _study_sections(study: StudyResults, verdicts: Callable[[str], bool]) -> list[Section]:
    tables, settings = study.tables, study.settings
    more = extra_metric_tables(study.extra_metrics)
    of_runs = verdicts("runs")
    return [
        *published_section(tables, settings),
        *comparisons_section(study.comparisons, primary_of(settings), more, verdicts=of_runs),
        study_section(study.summaries, study.comparisons, settings, tables, verdicts=of_runs),
        *([training_time_section(study.times, verdicts=verdicts(TRAINING_TIME))] if study.times else []),
        *([tuning_section(tables["tuning"], settings)] if "tuning" in tables else []),
    ]
