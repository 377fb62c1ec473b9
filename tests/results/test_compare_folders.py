"""Changes between two folders of a study are listed; the exit status is 1 only if something got worse."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from edited_folders import Rows, compared, copied, edit, edit_part, under
from hypothesis import given
from hypothesis import strategies as st
from synthetic_rows import write_study

from results.__main__ import main
from results.compare.rows import row_changes
from results.compare.timing import TOLERANCE

KINDS = ("attention", "benchmarks", "overhead", "peers", "scores", "validity")
"""References of every kind: a study without and with tuning, and each kind of measurement."""
LESS_THAN_0 = (-0.004, -0.016, -0.009, -0.013, -0.011, -0.006, -0.014, -0.01, -0.012, -0.008)
"""What ten seeds lose where all of them lose something."""


def each(arm: str, change: Callable[[dict[str, str], int], dict[str, str]]) -> Callable[[Rows], Rows]:
    """A change of each run of an arm, given its seed."""
    return lambda rows: [{**row, **change(row, int(row["seed"]))} if row["arm"] == arm else row for row in rows]


def added(row: dict[str, str], number: float) -> dict[str, str]:
    return {"levenshtein_accuracy": str(float(row["levenshtein_accuracy"]) + number)}


def without(*runs: tuple[str, int]) -> Callable[[Rows], Rows]:
    return lambda rows: [row for row in rows if (row["arm"], int(row["seed"])) not in runs]


def failed(row: dict[str, str], seed: int) -> dict[str, str]:
    nothing = dict.fromkeys(("levenshtein_accuracy", "exact_match", "steps_to_99", "anti_diagonal"), "")
    return {"status": "failed", "reason": "killed", **nothing} if seed == 3 else {}


CHANGED = {
    "an arm that lost a little on every seed": (
        each("general", lambda row, seed: added(row, LESS_THAN_0[seed])),
        r"general at max_length = 7: Levenshtein accuracy A (\S+), B (\S+), difference -0\.010 \(-0\.012 to -0\.008\), "
        "n = 10 seeds",
    ),
    "an arm that lost what it had over the baseline": (
        each("dot", lambda row, seed: added(row, -0.27)),
        r"dot against none, max_length = 7: Levenshtein accuracy: A (\+0\.27\d \(.*\)), higher; "
        r"B (.0\.00\d \(.*\)), no difference shown",
    ),
    "an arm that no longer gets to 99%": (
        each("general", lambda row, seed: {"steps_to_99": ""}),
        r"general against none, max_length = 7: steps to 99%: A (≤ ×0\..*), fewer steps; B (-), not testable",
    ),
    "a run that failed": (each("general", failed), r"(done) -> (failed): general at max_length = 7: seed 3"),
    "runs that are not there": (
        without(("general", 3), ("additive", 1), ("additive", 2)),
        r"missing: additive at max_length = 7: seed 1, seed 2",
    ),
}


@pytest.mark.parametrize(("change", "line"), CHANGED.values(), ids=CHANGED)
def test_a_change_that_is_worse_in_one_direction_is_better_in_the_other(study, tmp_path, capsys, change, line):
    after = copied(study, tmp_path / "after")
    edit(after, "runs", change)
    status, lines = compared(capsys, study, after)
    assert (status, lines[0]) == (1, "Something got worse.")
    (found,) = [match for match in (re.fullmatch(line, text) for text in under(lines, "Worse in B")) if match]
    assert not under(lines, "Better in B")
    status, lines = compared(capsys, after, study)
    assert (status, lines[0]) == (0, "Nothing got worse.")
    assert not under(lines, "Worse in B")
    if found.groups():  # A and B are swapped
        first, second = found.groups()
        better = "\n".join(under(lines, "Better in B"))
        assert re.search(f"{re.escape(second)}.*{re.escape(first)}", better)
    else:
        assert found.string.replace("missing: ", "new: ") in under(lines, "Other changes")


def test_a_verdict_also_changes_if_the_baseline_improves(study, tmp_path, capsys):
    after = copied(study, tmp_path / "after")
    edit(after, "runs", each("none", lambda row, seed: added(row, 0.27)))
    status, lines = compared(capsys, study, after)
    assert (status, lines[0]) == (1, "Something got worse.")
    (arm,) = under(lines, "Better in B")
    assert arm.startswith("none at max_length = 7: Levenshtein accuracy A 0.")
    assert "difference +0.270 (+0.270 to +0.270), n = 10 seeds" in arm


def test_the_largest_change_of_each_group_is_first(study, tmp_path, capsys):
    after = copied(study, tmp_path / "after")
    for arm, loss in (("dot", -0.02), ("general", -0.04), ("additive", -0.03)):
        edit(after, "runs", each(arm, lambda row, seed, loss=loss: added(row, loss * (1 + seed / 100))))
    _, lines = compared(capsys, study, after)
    arms = [line.split()[0] for line in under(lines, "Worse in B") if "difference" in line]
    assert arms == ["general", "additive", "dot"]


def test_a_few_changed_seeds_are_reported_and_are_not_a_changed_arm(study, tmp_path, capsys):
    after = copied(study, tmp_path / "after")
    edit(after, "runs", each("dot", lambda row, seed: added(row, (-1) ** seed * 1e-3 * (seed < 4))))
    status, lines = compared(capsys, study, after)
    assert (status, lines[0]) == (0, "Nothing got worse.")
    (line,) = under(lines, "Other changes")
    assert re.fullmatch("dot at .*, difference .*, not testable; 4 of 10 runs differ", line)


def test_too_few_seeds_are_reported(study, tmp_path, capsys):
    before, after = copied(study, tmp_path / "before"), copied(study, tmp_path / "after")
    for folder in (before, after):
        edit(folder, "runs", lambda rows: [row for row in rows if int(row["seed"]) < 5])
    edit(after, "runs", each("general", lambda row, seed: added(row, LESS_THAN_0[seed])))
    status, lines = compared(capsys, before, after)
    assert (status, lines[0]) == (0, "Nothing got worse.")
    (line,) = under(lines, "Other changes")
    assert line.endswith("n = 5 seeds, not enough seeds, 8 needed; 5 of 5 runs differ")


def test_the_same_study_with_other_random_numbers_is_not_worse(tmp_path, capsys):
    for draw in (0, 1):
        write_study(tmp_path / str(draw), levels=(7,), draw=draw)
    status, lines = compared(capsys, tmp_path / "0", tmp_path / "1")
    assert status == 0
    arms = [line.split()[0] for line in under(lines, "Other changes") if "Levenshtein accuracy A" in line]
    assert sorted(arms) == ["dot", "none"]  # the two other arms have the highest accuracy


def test_a_folder_of_a_study_and_benchmarks_does_not_differ_from_itself(rows_folder, capsys):
    assert compared(capsys, rows_folder, rows_folder) == (
        0,
        ["No change.", "benchmarks: 193 ratios of times compared, none changed"],
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_reference_does_not_differ_from_itself(kind, capsys):
    reference = Path(__file__).parents[2] / "results/reference" / kind
    status, lines = compared(capsys, reference, reference)
    assert (status, lines[0]) == (0, "No change.")
    assert len(lines) <= 3


def test_a_table_that_only_one_folder_has_is_reported(study, rows_folder, tmp_path, capsys):
    after = copied(rows_folder, tmp_path / "after")
    for table in ("by_length", "throughput"):
        (after / f"{table}.csv").unlink()
    status, lines = compared(capsys, rows_folder, after)
    assert (status, lines[0]) == (1, "Something got worse.")
    missing = under(lines, "Worse in B")
    assert [line.split(",")[0] for line in missing] == [
        "missing: all of by_length.csv",
        "missing: all of throughput.csv",
    ]
    assert missing[1] == "missing: all of throughput.csv, 287 rows"
    status, lines = compared(capsys, after, rows_folder)
    assert (status, lines[0]) == (0, "Nothing got worse.")
    assert under(lines, "Other changes") == [line.replace("missing", "new") for line in missing]


def test_conditions_that_differ_have_a_line_each_and_are_not_worse(rows_folder, tmp_path, capsys):
    after = copied(rows_folder, tmp_path / "after")
    for part in ("study", "benchmarks"):
        edit_part(
            after, part, commit={"id": "abc", "dirty": True}, finished="2030-01-01T00:00:00Z", versions__scipy="0.1"
        )
    edit_part(after, "study", settings__training__learning_rate=0.01, settings__question="?" * 99, profile="full")
    status, lines = compared(capsys, rows_folder, after)
    assert status == 0
    assert lines[0] == "Nothing got worse."
    changes = under(lines, "Other changes")
    assert "study: profile quick -> full" in changes
    assert "study: settings.training.learning_rate 0.001 -> 0.01" in changes
    assert "study: settings.question differs" in changes
    (scipy,) = [line for line in changes if "scipy" in line]
    assert re.fullmatch(r"study, benchmarks: versions\.scipy \S+ -> 0\.1", scipy)
    assert not [line for line in changes if "finished" in line]
    assert len(changes) == len([line for line in changes if "commit" in line]) + 4


SEEDED = st.sets(st.tuples(st.sampled_from("ab"), st.sampled_from([7, 14]), st.integers(0, 3)), min_size=1)


def frame(runs: set[tuple[str, int, int]]) -> pd.DataFrame:
    rows = [{"arm": arm, "max_length": level, "seed": seed, "status": "done"} for arm, level, seed in sorted(runs)]
    return pd.DataFrame(rows)


@given(SEEDED, SEEDED)
def test_rows_are_missing_and_new_by_arm_levels_and_seed(before, after):
    changes = row_changes({"runs": frame(before)}, {"runs": frame(after)})
    assert sum(change.size for change in changes if change.direction == "worse") == len(before - after)
    assert sum(change.size for change in changes if change.direction == "other") == len(after - before)
    for arm, level, seed in before - after:
        prefix = f"missing: {arm} at max_length = {level}: "
        (line,) = [change.text for change in changes if change.text.startswith(prefix)]
        assert f"seed {seed}" in line.removeprefix(prefix).split(", ")


def test_levels_that_became_fractions_are_the_same_levels(study, tmp_path, capsys):
    """14 is 14.0 in a table that also holds 14.5."""
    after = copied(study, tmp_path / "after")
    edit(
        after,
        "runs",
        lambda rows: [*rows, *({**row, "max_length": "14.5", "run_id": row["run_id"] + "x"} for row in rows)],
    )
    edit_part(after, "study", settings__factors={"max_length": [7, 14.5]})
    status, lines = compared(capsys, study, after)
    assert status == 0
    assert not [line for line in lines if "missing" in line]


NO_ARM = {"says": "x", "arm": "no", "against": "none"}


@pytest.mark.parametrize("bad", [0, 1], ids=["first", "second"])
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (shutil.rmtree, "bad: no such folder"),
        (lambda folder: (folder / "provenance.json").unlink(), r"bad: provenance\.json: parts\.study is missing"),
        (lambda folder: (folder / "provenance.json").write_text("{"), r"bad/provenance\.json: not readable"),
        (lambda folder: (folder / "runs.csv").write_text("study"), r"bad/runs\.csv, line 1: torn"),
        (lambda folder: edit(folder, "runs", lambda rows: [*rows, rows[0]]), r"bad/runs\.csv, line 42: a second row"),
        (lambda folder: edit_part(folder, "study", settings__arms={"none": {}}), r"bad: runs\.csv: additive, dot"),
        (lambda folder: edit_part(folder, "study", settings__contrasts=[NO_ARM]), "no arm"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_line_with_exit_status_2(study, tmp_path, capsys, bad, spoil, message):
    folder = copied(study, tmp_path / "bad")
    spoil(folder)
    folders = [str(study), str(study)]
    folders[bad] = str(folder)
    assert main(["compare", *folders]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert re.search(message, err)


def test_help_defines_worse_and_imports_no_large_package():
    code = (
        "import sys; from results.__main__ import main\n"
        "try: main(['compare', '--help'])\n"
        "finally: assert not {'pandas', 'scipy', 'matplotlib', 'torch'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"differs by more than {TOLERANCE:.0%}" in " ".join(done.stdout.split())
    assert "retrograde compare before after --times" in done.stdout


def test_updated_descriptions_are_no_change(study, tmp_path, capsys):
    after = copied(study, tmp_path / "after")
    content = json.loads((after / "provenance.json").read_text())
    content["parts"]["study"]["settings"]["described"] = {"at": "2026-11-25T00:00:00Z", "commit": None}
    (after / "provenance.json").write_text(json.dumps(content))
    assert compared(capsys, study, after) == (0, ["No change."])
