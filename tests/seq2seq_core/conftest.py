"""Fixtures of the core's tests."""

from collections.abc import Iterator

import pytest

from seq2seq_core.layers import fast_path


@pytest.fixture(params=["kernels", "plain"])
def _both_paths(request: pytest.FixtureRequest) -> Iterator[None]:
    """Runs a test twice: with the kernels, and with the plain path in place of all of them."""
    if request.param == "kernels":
        yield
        return
    with fast_path.disabled():
        yield
