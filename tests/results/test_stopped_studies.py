"""A study whose solved runs ended early has the numbers of the same study in which they ran on."""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hypothesis import Phase, given, settings
from stopping_studies import ARMS, SEEDS, Drawn, studies, write

from results.compare.rows import row_changes
from results.compare.study import arm_changes, verdict_changes
from results.page.elements import Figure, Table
from results.report.build import _study_sections
from results.report.folder import Folder, StudyResults, read_folder
from results.report.study.answer.points import SOLVED
from results.report.study.figures import study_figures
from results.report.study.published import published_section


def both(folder: Path, drawn: Drawn) -> tuple[Folder, Folder, StudyResults, StudyResults]:
    """The folders, and their studies: of complete runs, and of runs that stop."""
    complete = read_folder(write(folder / "complete", drawn, stopped=False))
    stopped = read_folder(write(folder / "stopped", drawn, stopped=True))
    assert complete.study
    assert stopped.study
    return complete, stopped, complete.study, stopped.study


@settings(max_examples=5, phases=[Phase.reuse, Phase.generate])  # to shrink an example would take minutes
@given(studies())
def test_no_number_depends_on_when_a_solved_run_ends(drawn: Drawn) -> None:
    with tempfile.TemporaryDirectory() as folder:
        complete, stopped, one, other = both(Path(folder), drawn)
    for name in ("summaries", "comparisons", "extra_metrics"):
        assert repr(getattr(other, name)) == repr(getattr(one, name))  # nan is equal to nan there
    assert published_section(other.tables, other.settings) == published_section(one.tables, one.settings)
    assert row_changes(complete.tables, stopped.tables) == []
    assert arm_changes(one, other) == []
    assert verdict_changes(one.comparisons, other.comparisons) == []


def shown(study: StudyResults) -> Iterator[tuple[str, object]]:
    """Everything that the report of a study shows, but for the sentences on runs that end early."""
    answer, sections = study.answer(), _study_sections(study, lambda table: True)
    points = [one for one in answer.points if one != SOLVED]
    yield "answer", (answer.headline, answer.table, points)
    for section in sections:
        yield section.title, [one for one in section.paragraphs if "(stop_at)" not in one]
    for part in [answer.figure, *(part for section in sections for part in [*section.tables, *section.figures])]:
        if isinstance(part, Table):
            yield part.title, (part.note, part.header, part.rows)
        if isinstance(part, Figure):
            yield part.title, (re.sub("; a run that ends early[^;.]*", "", part.caption), part.header, part.rows)
            yield part.title, [line.get_xydata().tolist() for ax in part.drawing.axes for line in ax.lines]


def test_every_figure_of_steps_is_on_a_logarithmic_axis_if_runs_end_early(tmp_path: Path) -> None:
    """Those of extra metrics too."""
    runs = [(level, arm, seed, "solved", 2 + seed) for level in (7, 14) for arm in ARMS for seed in SEEDS]
    _, _, *both_studies = both(tmp_path, Drawn({7: (8, 50), 14: (11, 20)}, runs, 1))
    for study, scale in zip(both_studies, ("linear", "log"), strict=True):
        drawn = {one.name: one.drawing for one in study_figures(study.tables, study.settings)}
        assert {ax.get_xscale() for name in ("own", "time_to_threshold") for ax in drawn[name].axes} == {scale}


def test_no_table_and_no_figure_depends_on_it(tmp_path: Path) -> None:
    """Every run at the first level is solved, so that no run has the steps of its budget."""
    fates = [(7, ["solved"] * 3), (14, ["solved", "not solved", "diverged"])]
    runs = [
        (level, arm, seed, of_level[(seed + place) % 3], 2 + seed + place)
        for level, of_level in fates
        for place, arm in enumerate(ARMS)
        for seed in SEEDS
    ]
    _, _, one, other = both(tmp_path, Drawn({7: (8, 50), 14: (11, 20)}, runs, 1))
    found, expected = [*shown(other)], [*shown(one)]
    assert [title for title, _ in found] == [title for title, _ in expected]
    assert "Runs at 99% by training step" in dict(found)
    for (title, part), (_, complete) in zip(found, expected, strict=True):
        assert repr(part) == repr(complete), title


def test_the_report_gives_the_rule_by_which_runs_end(tmp_path: Path) -> None:
    runs = [(7, arm, seed, "solved", 4) for arm in ARMS for seed in SEEDS]
    _, _, _, study = both(tmp_path, Drawn({7: (8, 50)}, runs, 1))
    for more, rule in (
        ({}, "once its Levenshtein accuracy on the evaluation set is at least 0.99 in two evaluations in a row"),
        ({"stops": "after the first exact evaluation"}, "after the first exact evaluation (stop_at: 0.99)"),
    ):
        sections = _study_sections(dataclasses.replace(study, settings={**study.settings, **more}), lambda table: True)
        text = " ".join(paragraph for section in sections for paragraph in section.paragraphs)
        assert f"A run ends early {rule}" in text
