"""A pytest plugin whose options have the short names of the benchmarks' options (see `test_session.py`)."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--profile", action="store_true", help="as in pytest-profiling")
    parser.addoption("--device", "--out", action="append")
