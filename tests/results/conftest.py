"""One folder of rows for the tests that only read it; those that change it copy it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from synthetic_rows import write_study
from synthetic_timing import write_speed

from results.report.build import build


@pytest.fixture(scope="session")
def rows_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Study and benchmarks in one folder."""
    folder = tmp_path_factory.mktemp("rows")
    write_study(folder)
    write_speed(folder)
    return folder


@pytest.fixture(scope="session")
def built_folder(rows_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with its report, which takes seconds to draw; it is only read."""
    folder = tmp_path_factory.mktemp("built") / "both"
    shutil.copytree(rows_folder, folder)
    assert build(folder) == folder / "report.html"
    return folder
