"""What a test does on a machine without a program or permission that it needs."""

import os
from typing import NoReturn

import pytest


def lacking(reason: str) -> NoReturn:
    """Skips the test with the reason. If CI is set, the test fails instead, so that it is checked somewhere."""
    if os.environ.get("CI"):
        pytest.fail(f"in CI this is no skip: {reason}")
    pytest.skip(reason)
