"""A study anywhere on disk, with parts of its own: it runs, resumes, and a change of its code is noticed."""

import csv
import json
import shutil
import signal
from pathlib import Path

import pytest
from commands import refused
from observers import Command
from optuna.trial import FrozenTrial
from outside import HELPERS, ROOT, line_of, studies, write_study

from studies.commands.run import failures
from studies.design.study import Study
from studies.engine.scheduler import PlanProgress
from studies.engine.storage import default_url
from studies.planning.plan import plan
from studies.planning.run_rows import failed_rows

RUN = ("run", "my_study.py", "--profile", "smoke", "--workers", "2", "--out")


def has_begun(trials: list[FrozenTrial]) -> bool:
    return any(trial.intermediate_values for trial in trials)


@pytest.mark.slow
def test_a_study_with_its_own_parts_is_interrupted_resumed_and_continued_on_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = write_study(tmp_path / "mine")
    monkeypatch.chdir(study.parent)
    long = ("run", str(study), *RUN[2:], "out", "--set", "epochs=30")
    with Command(tmp_path / "stderr", *long, PYTHONPATH=str(ROOT)) as run:
        run.wait_for(default_url(study.parent / "out"), has_begun)
        run.process.send_signal(signal.SIGINT)
        assert run.end()[0] == 130, run.stderr()

    code = study.read_text()
    study.write_text(f"{code}# a comment\n")
    line = line_of(studies(study.parent, *long))
    assert "my_study.py has changed since its runs were planned; expected the code as it was, which is in out/" in line
    copies = study.parent / "out" / "code"
    assert {copy.name: copy.read_text() for copy in copies.iterdir()} == {"my_study.py": code, "helpers.py": HELPERS}
    study.write_text(code.replace("\n", "\r\n"), newline="")  # as version control on Windows writes it

    done = studies(study.parent, *long)
    assert done.returncode == 0, done.stderr
    with (study.parent / "out" / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["study"], row["status"]) for row in rows] == [("my_study", "done")] * 4
    assert all(row["first_letter_accuracy"] for row in rows)
    provenance = (study.parent / "out" / "provenance.json").read_text()
    part = json.loads(provenance)["parts"]["study"]
    assert part["command"][-8:] == ["run", "my_study.py", *RUN[2:-1], "--set", "epochs=30"]
    assert part["settings"]["code"].keys() == {"helpers.py", "my_study.py"}
    assert str(tmp_path) not in provenance

    predict = ("predict", "out", "abba", "--arm", "half")
    line = line_of(studies(study.parent, *predict))
    assert "ModelConfig.cell: 'relu' is refused" in line
    assert "it was trained with the code of helpers.py, my_study.py, which is to be loaded first (--parts FILE)" in line
    done = studies(study.parent, *predict, "--parts", "my_study.py")
    assert done.returncode == 0, done.stderr
    assert set(done.stdout) <= set("ab\n")
    study.write_text(f"{code}# a comment\n")
    line = line_of(studies(study.parent, "align", "out", "--example", "ab", "--parts", "my_study.py"))
    assert "my_study.py has changed since the model was trained; expected the code as it was, which is in out/" in line
    again = studies(study.parent, "run", "out/code/my_study.py", *long[2:])
    assert again.returncode == 0, again.stderr
    assert sorted(copy.name for copy in copies.iterdir()) == ["helpers.py", "my_study.py"]
    study.write_text(code)

    theirs = tmp_path / "theirs"
    shutil.copytree(study.parent, theirs, ignore=shutil.ignore_patterns("out"))
    work = ("work", str(theirs / "my_study.py"), "--storage", default_url(study.parent / "out"))
    assert studies(theirs, *work).returncode == 0
    (theirs / "helpers.py").write_text("def half(values):\n    return values / 3\n")
    assert "helpers.py has changed since the study 'my_study' was planned" in line_of(studies(theirs, *work))


@pytest.mark.slow
def test_a_worker_that_finds_other_code_ends_the_command(tmp_path: Path) -> None:
    """The file changes after the command has read it: here it does so itself."""
    study = write_study(tmp_path)
    change = "from pathlib import Path\nPath(__file__).with_name('helpers.py').open('a').write('# more')\n"
    study.write_text(study.read_text() + change)
    assert "helpers.py has changed while its runs were trained" in line_of(studies(tmp_path, *RUN, "out"))


@pytest.mark.slow
def test_the_reason_of_a_failed_run_is_printed_with_arm_and_line(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    study.write_text(study.read_text().replace("return half(values)", "return half(values).nothing"))
    (line,) = [number for number, text in enumerate(study.read_text().splitlines(), 1) if ".nothing" in text]
    done = studies(tmp_path, *RUN, "out")
    reason = f"AttributeError: 'Tensor' object has no attribute 'nothing' (my_study.py, line {line})"
    assert done.returncode == 1
    assert f"retrograde: 2 runs of half failed: {reason}" in done.stderr.splitlines()
    with (tmp_path / "out" / "runs.csv").open(newline="") as file:
        assert [row["reason"] for row in csv.DictReader(file) if row["arm"] == "half"] == [reason] * 2


def test_the_first_reasons_of_failed_runs_are_printed(study: Study) -> None:
    """With the number of the runs and their arms; those of one reason are one line."""
    runs = plan(study, "quick", seeds=4).initial_runs
    rows = [failed_rows(reason) for reason in ("a", "a", "b", "a", "c", "d", "e")]
    progress = PlanProgress(runs, {run.run_id: row for run, row in zip(runs, rows, strict=False)})
    assert list(failures(progress)) == [
        "3 runs of none, dot failed: a",
        "1 run of none failed: b",
        "1 run of none failed: c",
        "runs failed for 2 other reasons; `status` prints each",
    ]
    assert list(failures(PlanProgress(runs, {}))) == []


IMPORT = "from seq2seq_core.layers.scores.dot_product import Dot\n"
BAD = {
    "syntax.py": ("A = 1\nSTUDY = (\n", "syntax.py, line 2: SyntaxError: '(' was never closed"),
    "empty.py": ("", "empty.py: it has no STUDY; expected a Study"),
    "number.py": ("STUDY = 3\n", "number.py: STUDY is a int; expected a Study"),
    "taken.py": (
        f"{IMPORT}class Mine(Dot, name='general'):\n    pass\n",
        "taken.py, line 2: ValueError: the score 'general' is already the class General of dot_product.py; expected",
    ),
    "leaves.py": ("import sys\nsys.exit(3)\n", "leaves.py, line 2: SystemExit: 3"),
    "absent.py": ("import nowhere_at_all\n", "absent.py, line 1: ModuleNotFoundError: No module named"),
    "beside.py": ("import broken_beside\n", "broken_beside.py, line 2: ZeroDivisionError: division by zero"),
    "shadow.py": ("import queue\n", "queue.py: `import queue` gives "),
    "attention.py": ("", "the catalog has a study 'attention'; expected another name for the file"),
    "null.py": ("", "study is 'null', which pandas does not read as a text"),
}
"""Files with a mistake, and what the line says."""


@pytest.mark.parametrize("name", BAD)
def test_a_file_with_a_mistake_is_refused_in_one_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    content, message = BAD[name]
    (tmp_path / name).write_text(content)
    (tmp_path / "broken_beside.py").write_text("\n1 / 0\n")
    (tmp_path / "queue.py").touch()
    for command in ("show", "run", "status", "work"):
        assert message in refused([command, f"./{name}"], capsys)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("nowhere/my_study.py", "my_study.py: No such file or directory; expected a Python file"),
        ("nowhere.at_all", "study 'nowhere.at_all': ModuleNotFoundError: No module named 'nowhere'; expected a module"),
        ("./notes.txt", "notes.txt: it is no Python file; expected a name that ends in .py"),
        ("json.nothing", "study 'json.nothing': no such module; expected a file such as ./my_study.py"),
        ("studies.catalog.order", "the catalog has a study 'order'"),
        ("here", "unknown study 'here'; for the file here: ./here.py"),
    ],
)
def test_a_name_without_a_study_is_refused_in_one_line(
    given: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.py").touch()
    (tmp_path / "notes.txt").touch()
    assert message in refused(["show", given], capsys)


def test_a_module_of_a_package_is_a_study(tmp_path: Path) -> None:
    package = write_study(tmp_path / "my_package").parent
    (package / "__init__.py").touch()
    text = (package / "my_study.py").read_text()
    (package / "my_study.py").write_text(text.replace("from helpers", "from .helpers"))
    done = studies(tmp_path, "show", "my_package.my_study")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("my_study: Does my score help?")


def test_an_example_is_checked_at_every_level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All runs were trained before a model of fewer letters refused it."""
    study = write_study(tmp_path / "mine")
    study.write_text(
        study.read_text()
        .replace("letters=2, ", "letters=4, ")
        .replace('recipe="first_letter",', 'recipe="first_letter", factors={"letters": (4, 2)},')
    )
    monkeypatch.chdir(study.parent)
    line = line_of(studies(study.parent, *RUN, "out", "--example", "abcd"))
    assert "the letter 'c' is unknown; known: a, b" in line
    assert not (study.parent / "out").exists()
