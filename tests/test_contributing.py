"""The recipes of CONTRIBUTING.md work as written: their code is saved in the named files, and their commands run."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from pathlib import Path

import pytest
from warm_python import outside_xdist, run_module

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
SECTIONS = dict(re.findall(r"^## (Add .+?)\n(.+?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r'# (New file|At the end of|In) ([\w/.]+)(?:, below "(.+)")?\n(.*)', re.DOTALL)
COPIED = ("seq2seq_core", "results", "benchmarks", "studies", "tests", "retrograde.py", "pyproject.toml")
WRITTEN = {
    "Add a score": ("results/local/general_tanh/throughput.csv", "candidate", "general_tanh"),
    "Add a metric": ("results/local/first_letter/runs.csv", "first_letter_accuracy", None),
    "Add a figure": ("results/local/loss/figures/loss_curves.svg", None, None),
    "Add a study": ("results/local/depth/runs.csv", "arm", "two"),
    "Add a cell": ("results/local/relu/runs.csv", "status", "done"),
    "Add a task": ("results/local/double/runs.csv", "status", "done"),
}
"""Recipe -> a file that its commands leave, a column of it that has cells, and one of them."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the repository without its references. Compiled modules are copied too, which saves half a minute."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("reference", "local", ".*")
            shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def write_block(checkout: Path, code: str) -> None:
    """Writes a block to the file that its first line names."""
    found = PLACE.fullmatch(code)
    assert found, f"the first line of a block names its place: {code.partition(chr(10))[0]}"
    where, name, line, body = found.groups()
    path = checkout / name
    if where == "New file":
        assert not path.exists()
        path.write_text(body)
    elif where == "At the end of":
        path.write_text(f"{path.read_text()}\n\n{body}")
    else:
        lines = path.read_text().splitlines(keepends=True)
        (number,) = [number for number, text in enumerate(lines, start=1) if text.strip().startswith(line)]
        indent = re.match(r"\s*", lines[number])
        assert indent
        lines[number:number] = [indent[0] + text for text in body.splitlines(keepends=True)]
        path.write_text("".join(lines))


def words_of(command: str) -> list[str]:
    """The module of the command and its arguments; pytest instead of nox, which would create an environment."""
    words = shlex.split(command)
    if words[:4] == ["nox", "-s", "tests", "--"]:
        return ["pytest", *words[4:]]
    assert words[0] == "retrograde"
    return words


@pytest.mark.slow
@pytest.mark.parametrize("name", SECTIONS)
def test_a_recipe_works_as_it_is_written(name: str, checkout: Path) -> None:
    blocks = BLOCK.findall(SECTIONS[name])
    assert {language for language, _ in blocks} == {"python", "sh"}
    for language, code in blocks:
        if language == "python":
            write_block(checkout, code)
    for command in [line for language, code in blocks if language == "sh" for line in code.splitlines()]:
        environment = outside_xdist() | {"PYTHONPATH": str(checkout), "MPLBACKEND": "agg"}
        done = run_module(*words_of(command), cwd=checkout, environment=environment)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    written, column, cell = WRITTEN[name]
    assert (checkout / written).exists()
    if column:
        with (checkout / written).open(newline="") as file:
            cells = {row[column] for row in csv.DictReader(file)}
        assert cells
        assert "" not in cells or cell
        assert cell is None or cell in cells


def test_there_is_a_recipe_for_each_kind_of_addition() -> None:
    assert SECTIONS.keys() == WRITTEN.keys()
