"""Folders that measure different things are not compared."""

from __future__ import annotations

import re

import pytest
from edited_folders import compared, copied, edit, edit_part, under
from synthetic_rows import record

from results.__main__ import main
from results.tables.csv_io import write_table


def test_two_studies_are_not_compared(study, tmp_path, capsys):
    after = copied(study, tmp_path / "after")
    edit(after, "runs", lambda rows: [{**row, "study": "scores"} for row in rows])
    edit_part(after, "study", settings__name="scores")
    assert main(["compare", str(study), str(after)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "rows of the study scores, but " in err


def own_data(name: str, content: str, *, seed: int = 0, split: tuple[str, ...] = ("test",)) -> dict[str, object]:
    """What a part of the provenance records of own pairs."""
    pairs = {"set": "train", "name": name, "pairs": 40, "sha256": "0" * 64}
    counts = dict.fromkeys(
        ("pairs", "longest_source", "longest_target", "unknown_in_sources", "unknown_in_targets", "duplicates",
         "sources_in_training"), 1,
    )  # fmt: skip
    return {
        "content": content, "units": "characters", "vocabulary": 9, "files": [pairs],
        "split": {"seed": seed, "sets": [*split]}, "sets": dict.fromkeys(("train", "evaluation", "test"), counts),
        "used": {"evaluation": 1, "test": 1},
    }  # fmt: skip


DATES = {"study": {"settings__data": [own_data("dates.tsv", "975")]}}
OTHERS = {
    "other data": (DATES, {"study": {"settings__data": [own_data("b.tsv", "27e")]}},
                   r"after: study of the data b\.tsv by characters \(27e\), split with seed 0, but \S+before has "
                   r"the data dates\.tsv by characters \(975\), split with seed 0; expected the same data"),
    "another split": (DATES, {"study": {"settings__data": [own_data("dates.tsv", "975", seed=1)]}},
                      r"split with seed 1, but .* split with seed 0; expected the same data"),
    "own data and drawn examples": (DATES, {}, r"after: study of no data from files, but \S+before has the data dates"),
    "other data of the benchmarks": ({}, {"benchmarks": DATES["study"]},
                                     r"after: benchmarks of the data dates\.tsv .* has no data from files"),
    "another task": ({}, {"study": {"settings__task__task": "copy"}},
                     r"after: study of another task than \S+before: task reverse -> copy; expected the same task"),
    "other lengths": ({}, {"study": {"settings__task__min_length": 9}}, r"before: min_length 5 -> 9; expected"),
}  # fmt: skip


@pytest.mark.parametrize(("had", "has", "message"), OTHERS.values(), ids=OTHERS)
def test_folders_that_measure_different_things_are_refused_in_one_line(
    small_folder, tmp_path, capsys, had, has, message
):
    folders = copied(small_folder, tmp_path / "before"), copied(small_folder, tmp_path / "after")
    for folder, parts in zip(folders, (had, has), strict=True):
        for part, facts in parts.items():
            edit_part(folder, part, **facts)
    assert main(["compare", *map(str, folders)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert re.search(message, err)


SAME = {
    "another model": ({}, {"settings__model__cell": "lstm"}, "study: settings.model.cell gru -> lstm"),
    "the same data in another file": (
        {"settings__data": [own_data("dates.tsv", "975", split=())]},
        {"settings__data": [own_data("b.tsv", "975", seed=1, split=())]},
        "study: settings.data differs",
    ),
    "other levels of a factor of the task": (
        {"settings__task__max_length": 14}, {"settings__task__max_length": 7},
        "study: settings.task.max_length 14 -> 7",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("had", "has", "line"), SAME.values(), ids=SAME)
def test_folders_of_the_same_task_are_compared(study, tmp_path, capsys, had, has, line):
    folders = copied(study, tmp_path / "before"), copied(study, tmp_path / "after")
    for folder, facts in zip(folders, (had, has), strict=True):
        edit_part(folder, "study", **facts)
    status, lines = compared(capsys, *folders)
    assert (status, lines[0]) == (0, "Nothing got worse.")
    assert under(lines, "Other changes")[0].startswith(line.partition(" differs")[0])


EXAMPLE = {
    "run_id": "dot", "model": "dot", "example": "ab", "target_position": 1, "predicted": "a", "source_position": 1,
    "source": "a", "weight": 1.0,
}  # fmt: skip


def test_rows_of_two_kinds_are_refused_and_a_missing_table_of_one_kind_is_worse(study, tmp_path, capsys):
    """A study may have examples too, which are all that `align` writes."""
    before, chosen = copied(study, tmp_path / "before"), tmp_path / "chosen"
    chosen.mkdir()
    for folder in (before, chosen):
        write_table(folder, "examples", [EXAMPLE])
        record(folder, "examples", ["retrograde", "align"], {"models": {}, "examples": ["ab"]})
    for folders, kinds in (
        ((study, chosen), ("examples", "study")),
        ((before, chosen), ("examples", "study")),
        ((chosen, before), ("study", "examples")),
    ):
        assert main(["compare", *map(str, folders)]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert f": rows of {kinds[0]}, but {folders[0]} has rows of {kinds[1]}; expected rows of the same kind" in err
    assert compared(capsys, chosen, chosen) == (0, ["No change."])
    (before / "examples.csv").unlink()
    after = copied(study, tmp_path / "after")
    write_table(after, "examples", [EXAMPLE])
    status, lines = compared(capsys, after, before)
    assert (status, lines[0]) == (1, "Something got worse.")
    assert under(lines, "Worse in B") == ["missing: all of examples.csv, 1 row"]
