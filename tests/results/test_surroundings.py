"""The same rows give the same report under any settings of Python, matplotlib, numpy and pandas."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from synthetic_rows import study_rows, write_study

from results.tables.csv_io import write_table

ROOT = Path(__file__).parents[2]
LEVEL = 0.1 + 0.2
"""numpy's older way of writing numbers rounds it."""
SITECUSTOMIZE = """\
import numpy
import pandas
numpy.set_printoptions(legacy="1.13", precision=2)
numpy.seterr(all="raise")
pandas.options.display.precision = 2
pandas.options.display.float_format = "{:.1f}".format
pandas.options.future.infer_string = False
pandas.options.mode.string_storage = "python"
"""
MATPLOTLIBRC = """\
axes.facecolor: red
axes.formatter.use_locale: True
axes.prop_cycle: cycler("color", ["black"])
figure.dpi: 70
font.family: monospace
path.simplify: False
savefig.bbox: tight
savefig.transparent: True
svg.fonttype: none
text.usetex: True
"""
ENVIRONMENTS = {
    "a notebook that has other packages": {
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONPATH": os.pathsep.join([str(ROOT), "{given}"]),
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Tokyo",
    },
    "a matplotlibrc, no UTF-8, no home": {
        "MATPLOTLIBRC": "{given}",
        "HOME": "/nonexistent",
        "MPLCONFIGDIR": "{given}/sitecustomize.py",
        "LC_ALL": "C",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
        "PYTHONOPTIMIZE": "2",
        "PYTHONWARNINGS": "error",
    },
}


def built(folder: Path, **environment: str) -> dict[str, bytes]:
    """File -> its content, as written by the command."""
    for made in (folder / "report.md", folder / "report.html", *(folder / "figures").glob("*")):
        made.unlink(missing_ok=True)
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("MPL", "MATPLOTLIB", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-m", "results", "report", str(folder)],
        env={**ours, "PYTHONPATH": str(ROOT), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return {path.name: path.read_bytes() for path in [*folder.glob("report.*"), *(folder / "figures").iterdir()]}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    write_study(folder, levels=(7,), seeds=6)
    for table, of_table in study_rows(levels=(7,), seeds=6).items():
        write_table(folder, table, [{**row, "max_length": LEVEL} for row in of_table])
    provenance = json.loads((folder / "provenance.json").read_text())
    provenance["parts"]["study"]["settings"]["factors"] = {"max_length": [LEVEL]}
    (folder / "provenance.json").write_text(json.dumps(provenance))
    return folder


@pytest.fixture(scope="module")
def plain(rows: Path) -> dict[str, bytes]:
    return built(rows)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_report_has_the_same_bytes_in_any_environment(
    name: str, rows: Path, plain: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(SITECUSTOMIZE)
    (tmp_path / "matplotlibrc").write_text(MATPLOTLIBRC)
    found = built(rows, **{key: value.format(given=tmp_path) for key, value in ENVIRONMENTS[name].items()})
    assert {"report.md", "report.html", "learning_curves.svg"} <= found.keys()
    assert [file for file in plain if plain[file] != found.get(file)] == []
    assert f"max_length = {LEVEL!r}" in found["report.md"].decode()
