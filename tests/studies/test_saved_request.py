"""The requests that a storage holds, and which of them the options of `status` select."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import ON_PAIRS, TINY, refused, words

from studies.command_line.cli import main
from studies.commands.request import Request
from studies.commands.saved_request import LAST, save_request
from studies.engine.queue import Queue
from studies.engine.storage import open_storage


@pytest.fixture
def queue(storage_url: str) -> Iterator[Queue]:
    """Of a study that a `run` has begun."""
    with open_storage(storage_url) as storage:
        queue = Queue(storage, "attention", lambda line: None)
        save_request(Request(name="attention", profile="smoke", seeds=2, settings=TINY), queue)
        yield queue


def test_runs_on_pairs_and_with_other_added_arms_are_requests_of_their_own(
    queue: Queue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They had the name of the run without pairs, or of the arm, so that the options selected another run."""
    (tmp_path / "pairs.tsv").write_text("".join(f"{'ab' * n}\t{'ba' * n}\n" for n in range(1, 31)))
    file = str(tmp_path / "pairs.tsv")
    command = ["status", "attention", "--storage", queue.url]
    on_pairs = [*words(ON_PAIRS), "--data", file]
    assert "-pairs, and the storage has attention-smoke-" in refused([*command, *on_pairs], capsys)
    for seeds, changes in (
        (3, {"settings": {**ON_PAIRS, "task": "pairs", "data": file}}),
        (4, {"settings": {**ON_PAIRS, "task": "pairs", "data": file, "units": "tokens"}}),
        (5, {"added": {"deep": {"score": "dot", "layers": 2}}}),
        (6, {"added": {"deep": {"score": "dot", "layers": 3}}}),
    ):
        plain = Request(name="attention", profile="smoke", seeds=seeds, settings=TINY)
        save_request(dataclasses.replace(plain, **changes), queue)
    for given_, number in (
        (words(TINY), 8),
        (on_pairs, 12),
        ([*on_pairs, "--units", "tokens"], 16),
        ([*words(TINY), "--add", "deep: score=dot layers=2"], 25),
        ([*words(TINY), "--add", "deep: score=dot layers=3"], 30),
    ):
        assert main([*command, *given_]) == 0
        assert capsys.readouterr().out.splitlines()[1].startswith(f"runs      {number}: ")


def test_a_part_that_is_not_installed_here_is_named(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    """It was said that the run was planned by another commit."""
    content = queue.storage.get_study_user_attrs(queue.study_id)[LAST]
    content["request"]["settings"]["cell"] = "relu"
    for key in (LAST, f"{LAST} attention-smoke-cell=relu"):
        queue.storage.set_study_user_attr(queue.study_id, key, content)
    line = refused(["status", "attention", "--storage", queue.url], capsys)
    assert "was planned by other code (ModelConfig.cell: 'relu' is refused" in line
    assert line.endswith("); expected the same commit and packages on all machines\n")
