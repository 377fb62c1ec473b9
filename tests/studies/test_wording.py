"""A study's own file may change in its words alone, if its rows are to get new descriptions."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from outside import STUDY, line_of, studies, write_study

from results.errors import InputError
from studies.sources.code import files_of
from studies.sources.kept_code import keep
from studies.sources.wording import check_wording

QUESTION = 'question="Does my score help?"'
DECISION = 'decision=Decision(comparisons=("half against none",), yes="lower")'


def check(changed: Callable[[Path], object], tmp_path: Path) -> None:
    path = write_study(tmp_path / "mine")
    before = files_of(str(path))
    code = dict(before.code)
    keep(before, code, tmp_path / "out")
    changed(path)
    check_wording(files_of(str(path)), code, tmp_path / "out")


def replaced(old: str, new: str, name: str = "my_study.py") -> Callable[[Path], object]:
    def change(path: Path) -> None:
        text = path.with_name(name).read_text()
        assert old in text
        path.with_name(name).write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    "changed",
    [
        replaced(QUESTION, 'question="Does it?"'),
        replaced(
            "from studies.design.study", "from studies.design.comparisons import Decision\nfrom studies.design.study"
        ),
        replaced(QUESTION, f"{QUESTION}, {DECISION}"),
        replaced("    same_size = True", '    """A score."""\n\n    same_size = True  # a comment'),
        replaced('"""Beside the study."""', '"""Near it."""', "helpers.py"),
    ],
)
def test_words_may_change(changed: Callable[[Path], object], tmp_path: Path) -> None:
    check(changed, tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        replaced("same_size = True", "same_size = False"),
        replaced("return half(values)", "return values"),
        replaced('recipe="first_letter"', 'recipe="plain"'),
        replaced('Arm(score="half")', 'Arm(score="half", layers=2)'),
        replaced("values / 2", "values / 3", "helpers.py"),
        replaced('"""Beside the study."""', "STUDY = dict(question=1)", "helpers.py"),
    ],
)
def test_code_may_not_change(changed: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="in more than comments, docstrings and the question"):
        check(changed, tmp_path)


@pytest.mark.parametrize("damage", [Path.unlink, lambda copy: copy.write_text("1")])
def test_the_copy_must_be_that_of_the_rows(damage: Callable[[Path], object], tmp_path: Path) -> None:
    copy = tmp_path / "out" / "code" / "my_study.py"
    with pytest.raises(InputError, match=r"my_study\.py is not the file my_study\.py of the rows"):
        check(lambda path: (replaced("Does", "Did")(path), damage(copy)), tmp_path)


def test_another_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"helpers\.py is no longer used, my_study\.py has changed; expected the files that the rows"
    ):
        check(replaced("from helpers import half", "half = abs"), tmp_path)


@pytest.mark.slow
def test_recorded_rows_get_the_descriptions_of_a_changed_file(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    done = studies(
        tmp_path, "run", "my_study.py", "--profile", "smoke", "--workers", "1", "--seeds", "1", "--out", "out"
    )
    assert done.returncode == 0, done.stderr
    before = json.loads((tmp_path / "out" / "provenance.json").read_text())["parts"]["study"]["settings"]

    study.write_text(STUDY.replace(QUESTION, 'question="Is half better?"'))
    describe = ("describe", "out", "--study", "my_study.py")
    done = studies(tmp_path, *describe)
    assert (done.returncode, done.stdout) == (0, "out: Is half better?\n"), done.stderr
    after = json.loads((tmp_path / "out" / "provenance.json").read_text())["parts"]["study"]["settings"]
    assert after.pop("described")
    assert after == {**before, "question": "Is half better?"}

    study.write_text(STUDY.replace("values):", "values, *, scale=1):"))
    assert "in more than comments, docstrings" in line_of(studies(tmp_path, *describe))
    study.rename(study.with_name("other.py"))
    line = line_of(studies(tmp_path, *describe[:-1], "other.py"))
    assert "it holds the study my_study; expected its file, not other.py" in line
