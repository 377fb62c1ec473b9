"""Fixtures of the core's tests."""

from collections.abc import Iterator

import pytest

from seq2seq_core.kernels.energies.tiled import MIN_ELEMENTS
from seq2seq_core.layers import fast_path


@pytest.fixture(params=["kernels", "plain"])
def _both_paths(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Runs a test twice: with the kernels, for tensors of any size, and with the plain path in place of all of them."""
    if request.param == "kernels":
        monkeypatch.setitem(MIN_ELEMENTS, "cpu", 0)
        yield
        return
    with fast_path.disabled():
        yield
