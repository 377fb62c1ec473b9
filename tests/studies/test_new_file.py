"""`new` writes files that run as they are, and whose parts pass `check-parts`; an existing file stays."""

from pathlib import Path

import pytest
from commands import refused
from outside import ROOT, studies
from warm_python import outside_xdist, run_module

from studies.command_line.cli import main
from studies.command_line.file_commands import KINDS

TRAIN = """
import sys

from studies.training.train_run import train_to_rows
from studies.planning.plan import plan
from studies.sources.source import find

for given in sys.argv[1:]:
    source = find(given)
    for run in plan(source.study, "smoke", code=source.code).initial_runs:
        rows = train_to_rows(run, lambda metrics: None)
        print(source.name, run.variant.arm, rows["runs"][0]["status"])
"""
"""Trains the studies at smoke in this process."""
ARMS = {
    "study": ["one", "two"] * 2,
    "score": ["general", "distance"],
    "cell": ["gru", "minimal"],
    "task": ["none", "general"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a new file of each kind."""
    for kind in KINDS:
        assert main(["new", kind, str(tmp_path / f"my_{kind}.py")]) == 0
    return tmp_path


@pytest.mark.slow
def test_each_file_runs_as_it_is(folder: Path) -> None:
    (folder / "train_all.py").write_text(TRAIN)
    files = [f"my_{kind}.py" for kind in KINDS]
    environment = outside_xdist() | {"PYTHONPATH": str(ROOT)}
    done = run_module("train_all", *files, cwd=folder, environment=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"my_{kind} {arm} done" for kind in KINDS for arm in ARMS[kind]]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "study"])
def test_the_part_of_a_file_passes_all_checks(kind: str, folder: Path) -> None:
    done = studies(folder, "check-parts", f"my_{kind}.py")
    *lines, summary = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert lines
    assert all(line.startswith(f"{kind} ") and line.endswith(": passed") for line in lines)
    assert summary == f"{len(lines)} checks, 0 failed"


def test_a_file_names_itself_in_its_commands(folder: Path) -> None:
    for kind in KINDS:
        text = (folder / f"my_{kind}.py").read_text()
        assert f"retrograde run my_{kind}.py --profile smoke" in text
        assert "FILE" not in text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("my_score.py", "it exists already; expected the name of a new file"),
        ("my_score", "expected letters, digits, - and _ in the name of the file, and .py at its end"),
        ('"""\\N.py', "expected letters, digits, - and _ in the name of the file, and .py at its end"),
        ("nowhere/my_score.py", "No such file or directory; expected the name of a new file"),
        ("attention.py", "the catalog has a study 'attention'; expected another name for the file"),
        ("null.py", "study is 'null', which pandas does not read as a text"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(
    name: str, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_text() for path in folder.iterdir()}
    capsys.readouterr()
    assert message in refused(["new", "score", str(folder / name)], capsys)
    assert {path: path.read_text() for path in folder.iterdir()} == before


WRONG = """
from seq2seq_core.layers.scores.dot_product import Dot
from seq2seq_core.recipe import Recipe


class Wrong(Dot, name="wrong"):
    def energies(self, query, keys):
        return 2 * super().energies(query, keys)

    energy_terms = Dot.energy_terms


class Broken(Recipe, name="broken"):
    def measure(self, model, examples, size):
        return {"extra": 1 / 0}
"""


def test_a_part_that_fails_a_check_is_said_with_values_and_line(folder: Path) -> None:
    (folder / "wrong.py").write_text(WRONG)
    done = studies(folder, "check-parts", "wrong.py")
    assert done.returncode == 1
    failed = [line for line in done.stdout.splitlines() if "FAILED" in line]
    assert failed[0].startswith(
        "score wrong: `energy_terms` and `alignment_terms` are the energies, up to what softmax ignores: FAILED: "
    )
    assert "attention by `energies` and by `energy_terms`: they differ by up to 0." in failed[0]
    assert "recipe broken" in failed[-1]
    assert failed[-1].endswith("wrong.py, line 15: ZeroDivisionError: division by zero")
    assert done.stdout.endswith(f"{done.stdout.count(chr(10)) - 1} checks, {len(failed)} failed\n")


UNNAMED = """
from seq2seq_core.layers.scores import DotProductScore


class Cosine(DotProductScore):
    def __init__(self, query_size, value_size, key_size):
        super().__init__(query_size, value_size, key_size)

    def project_keys(self, values):
        return values
"""


def test_a_part_without_a_name_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    (folder / "cosine.py").write_text(UNNAMED)
    expected = "class Cosine has no name in its class line; expected class Cosine(DotProductScore, name='cosine')"
    assert f"cosine.py: {expected}" in refused(["check-parts", str(folder / "cosine.py")], capsys)


def test_a_file_without_parts_has_nothing_to_check(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    capsys.readouterr()
    monkeypatch.chdir(folder)
    for name in ("a\0b.py", "nowhere.py", "."):
        assert "; expected a" in refused(["check-parts", name], capsys)
    assert "my_study.py: it defines no part; expected a class with a name" in refused(
        ["check-parts", "my_study.py"], capsys
    )
