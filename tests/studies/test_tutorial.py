"""The notebook runs from its first cell to its last, and prints its stored lines, but for numbers and predictions."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from warm_python import outside_xdist

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "studies" / "tutorial.ipynb"
RUN = """
import json, sys

for number, source in enumerate(json.load(sys.stdin), start=1):
    exec(compile(source, f"cell {number}", "exec"), globals())
"""


def cells() -> list[dict[str, Any]]:
    """The cells with code."""
    return [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]


def shapes(text: str) -> set[str]:
    """The lines, with # for each number. Without predictions: like numbers, they depend on the processor."""
    lines = (" ".join(re.sub(r"[\d.]*\d", "#", line).split()) for line in text.splitlines())
    return {line for line in lines if not re.fullmatch("[abcd]*", line)}


@pytest.mark.slow
def test_the_cells_of_the_notebook_run_in_order(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN],
        input=json.dumps(["".join(cell["source"]) for cell in cells()]),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**outside_xdist(), "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "study" / "report.html").exists()
    outputs = [output for cell in cells() for output in cell["outputs"] if output.get("name") == "stdout"]
    stored = shapes("".join(line for output in outputs for line in output["text"]))
    assert {"Does attention help? (hidden_size=#)", "after # steps: Levenshtein accuracy #"} <= stored
    assert stored == shapes(ran.stdout)


def test_the_stored_outputs_are_of_one_run_without_an_error_or_a_path_of_a_machine() -> None:
    assert [cell["execution_count"] for cell in cells()] == list(range(1, len(cells()) + 1))
    outputs = [output for cell in cells() for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} == {"execute_result", "stream"}
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not [place for place in ("/tmp/", "/home/", "/root/") if place in NOTEBOOK.read_text()]
    assert len(NOTEBOOK.read_bytes()) < 60_000
