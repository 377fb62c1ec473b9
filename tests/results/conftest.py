"""One folder of rows for the tests that only read it; those that change it copy it."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic_rows import write_study
from synthetic_timing import write_speed


@pytest.fixture(scope="session")
def rows_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Study and benchmarks in one folder."""
    folder = tmp_path_factory.mktemp("rows")
    write_study(folder)
    write_speed(folder)
    return folder
