"""What every test shares: one torch thread, and gpu tests that skip, with the reason, where there is no CUDA."""

import gc
import json
import os
import shutil
import signal
from pathlib import Path

import pytest
import torch
from hypothesis import settings

# The tests' tensors are small: a second thread costs more than it brings, and far more on a busy machine.
torch.set_num_threads(1)
os.environ.setdefault("OMP_NUM_THREADS", "1")  # in the processes that tests start

# Commands inherit ignored signals, from nohup or a shell's background job, and tests send them signals.
for number in (signal.SIGHUP, signal.SIGINT):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

# The time of an example depends on the machine. Each session draws other examples.
settings.register_profile("retrograde", deadline=None, max_examples=35)
settings.load_profile("retrograde")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if torch.cuda.is_available():
        return
    for item in items:
        if item.get_closest_marker("gpu"):
            item.add_marker(pytest.mark.skip(reason="needs CUDA, and torch finds none here"))


def pytest_collection_finish() -> None:
    gc.freeze()  # a collection during the tests leaves out the objects of the libraries, which live until the end
    gc.set_threshold(50_000, 20, 20)  # a drawn figure has so many objects that collections take a tenth of its time


@pytest.fixture(scope="session")
def two_kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the rows of two references: beside the one of them, rows of the other are missing."""
    folder, parts = tmp_path_factory.mktemp("two_kinds"), {}
    for name in ("overhead", "validity"):
        reference = Path(__file__).parents[1] / "results/reference" / name
        for path in reference.glob("*.csv*"):
            shutil.copy(path, folder)
        content = json.loads((reference / "provenance.json").read_text())
        parts |= content["parts"]
    (folder / "provenance.json").write_text(json.dumps({**content, "parts": parts}))
    return folder
