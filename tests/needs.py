"""What a test does on a machine without a program, package or permission that it needs."""

import os
from typing import Any, NoReturn

import pytest


def lacking(reason: str) -> NoReturn:
    """Skips the test with the reason. If CI is set, the test fails instead, so that it is checked somewhere."""
    if os.environ.get("CI"):
        pytest.fail(f"in CI this is no skip: {reason}")
    pytest.skip(reason, allow_module_level=True)


def package(name: str, extra: str) -> Any:
    """Imports the package, which comes with that extra of this project."""
    try:
        return pytest.importorskip(name)
    except pytest.skip.Exception:
        lacking(f"needs the extra {extra}")
