"""What tests of results share: folders of rows, which tests that change them copy, and a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import chromium
from playwright.sync_api import Browser
from synthetic_rows import write_study
from synthetic_timing import LENGTHS, speed_rows, write_speed

from results.report.build import build


@pytest.fixture(scope="session")
def rows_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Study and benchmarks in one folder."""
    folder = tmp_path_factory.mktemp("rows")
    write_study(folder)
    write_speed(folder)
    return folder


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with fewer rows and figures, for tests that read or draw it several times."""
    folder = tmp_path_factory.mktemp("small")
    write_study(folder, levels=(7,), seeds=6)
    write_speed(folder, [row for row in speed_rows(LENGTHS[:2]) if row["suite"] in ("greedy", "metric")])
    return folder


@pytest.fixture(scope="session")
def built_folder(rows_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with its report, which takes seconds to draw; it is only read."""
    folder = tmp_path_factory.mktemp("built") / "both"
    shutil.copytree(rows_folder, folder)
    assert build(folder) == folder / "report.html"
    return folder


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs of ten seeds of four arms: three are more accurate than the baseline, two reach 99%."""
    folder = tmp_path_factory.mktemp("study") / "before"
    write_study(folder, levels=(7,))
    for table in ("convergence", "by_length", "alignments", "mean_alignments"):
        (folder / f"{table}.csv").unlink()
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def report(built_folder: Path) -> Path:
    return built_folder / "report.html"
