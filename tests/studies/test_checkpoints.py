"""A run that was cut off goes on from its checkpoint; one that is damaged or another's is set aside, and says so."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from commands import AGE, aged

from results.tables.atomic_write import InputError
from seq2seq_core.training.checkpoint import MAGIC, serialize
from studies.commands.export import export_tables
from studies.design.study import Arm, Study
from studies.engine.attempt import attempt
from studies.engine.checkpoints import MODELS, Checkpoints
from studies.engine.queue import Claim, ClaimLost, Queue, Worker
from studies.engine.retry import RetryTimeout
from studies.engine.scheduler import enqueue
from studies.engine.storage import default_url, open_storage
from studies.engine.tensorboard import Events
from studies.engine.train_run import train_to_rows
from studies.planning.plan import plan
from studies.planning.run import Run
from studies.planning.run_rows import Rows


class Desk:
    """Of a worker: a run of four epochs to do, a place for its checkpoint, and what there is to say."""

    def __init__(self, folder: Path, study: Study, queue: Queue) -> None:
        self.planned = plan(study, "quick", settings={"epochs": 4})
        enqueue(queue, self.planned)
        self.run = self.planned.initial_runs[1]
        self.queue = queue
        self.checkpoints = Checkpoints(folder)
        self.file = folder / "checkpoints" / f"{self.run.run_id}.checkpoint"
        self.told: list[str] = []
        queue.notify = self.told.append

    def claim(self) -> Claim:
        worker = Worker("ours", "here", 1, "2026-01-01T00:00:00+00:00")
        claim = self.queue.claim({self.run.run_id: 0}, worker)
        assert claim is not None
        return claim

    def work(self) -> Rows:
        attempt(self.queue, self.claim(), self.checkpoints, None)
        return self.queue.finished_rows()[self.run.run_id]


@pytest.fixture
def desk(tmp_path: Path, study: Study) -> Iterator[Desk]:
    with open_storage(default_url(tmp_path)) as storage:
        yield Desk(tmp_path, study, Queue(storage, "some", lambda line: None))


def in_one_piece(run: Run) -> tuple[Rows, list[bytes]]:
    """The rows, and the checkpoint of each epoch, which shows in the rows of a run that goes on from there."""
    checkpoints: list[bytes] = []
    rows = train_to_rows(run, lambda point: None, on_checkpoint=checkpoints.append)
    return rows, [aged(checkpoint) for checkpoint in checkpoints]


def without_seconds(rows: Rows) -> Rows:
    return {**rows, "runs": [{**rows["runs"][0], "seconds": None}]}


def seconds(rows: Rows) -> float:
    return float(rows["runs"][0]["seconds"])


def test_a_checkpoint_is_replaced_and_read_and_goes(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.read("a") is None
    for content in (b"first", b"second"):
        checkpoints.write("a", content)
        checkpoints.write("b", b"other")
        assert checkpoints.read("a") == content
    checkpoints.remove("a")
    checkpoints.remove("a")
    assert (checkpoints.read("a"), checkpoints.read("b")) == (None, b"other")
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["b.checkpoint"]


def test_a_folder_for_checkpoints_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("a file")
    with pytest.raises(InputError, match="checkpoints cannot be written"):
        Checkpoints(tmp_path)


def test_a_run_goes_on_from_its_checkpoint(desk: Desk) -> None:
    rows, there = in_one_piece(desk.run)
    desk.file.write_bytes(there[2])
    again = desk.work()
    assert seconds(again) > AGE, "it began again"
    assert without_seconds(again) == without_seconds(rows)
    assert list(desk.queue.trials()[1].intermediate_values) == [1, 2, 3, 4]
    assert list(desk.file.parent.iterdir()) == []
    assert desk.told == []


def flipped(checkpoint: bytes, place: int) -> bytes:
    content = bytearray(checkpoint)
    content[place] ^= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda whole: b"", "does not begin as one"),
        (lambda whole: whole[: len(whole) // 2], "its content does not have its digest"),
        (lambda whole: whole[:-1], "its content does not have its digest"),
        (lambda whole: whole + b"\n", "its content does not have its digest"),
        (lambda whole: flipped(whole, 0), "does not begin as one"),
        (lambda whole: flipped(whole, len(MAGIC)), "its content does not have its digest"),
        (lambda whole: flipped(whole, -1000), "its content does not have its digest"),
        (lambda whole: serialize({}, {"points": [Path("x")]}), "it holds more than tensors and plain values"),
    ],
)
def test_a_damaged_checkpoint_is_set_aside_and_its_run_begins_again(
    damage: Callable[[bytes], bytes], said: str, desk: Desk
) -> None:
    rows, there = in_one_piece(desk.run)
    desk.file.write_bytes(damaged := damage(there[2]))
    again = desk.work()
    assert seconds(again) < AGE
    assert without_seconds(again) == without_seconds(rows)
    aside = desk.file.with_suffix(".damaged")
    assert list(aside.parent.iterdir()) == [aside]
    assert aside.read_bytes() == damaged
    (line,) = desk.told
    assert line.startswith(f"run {desk.run.run_id}: checkpoint: ")
    assert said in line
    assert line.endswith(f"; the checkpoint is moved to {aside}, and the run starts again")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("settings", "number", "torch_version", "said"),
    [
        ({"epochs": 4}, 3, torch.__version__, "its seed is 1, and 0 is wanted"),
        ({"epochs": 5}, 1, torch.__version__, "its epochs is 5, and 4 is wanted"),
        ({"epochs": 4}, 1, "1.13.1", "its torch is '1.13.1'"),
    ],
    ids=["seed", "setting", "torch"],
)
def test_another_runs_checkpoint_is_not_taken_up(
    settings: dict[str, int],
    number: int,
    torch_version: str,
    said: str,
    desk: Desk,
    study: Study,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(torch, "__version__", torch_version)
        _, foreign = in_one_piece(plan(study, "quick", settings=settings).initial_runs[number])
    desk.file.write_bytes(foreign[2])
    again = desk.work()
    assert seconds(again) < AGE
    assert without_seconds(again) == without_seconds(train_to_rows(desk.run, lambda point: None))
    (line,) = desk.told
    assert said in line


def test_a_checkpoint_that_cannot_be_read_ends_the_worker_and_not_the_run(desk: Desk) -> None:
    """It is no fault of the run that is in hand, which would be settled as failed for good."""
    desk.file.mkdir()
    with pytest.raises(RetryTimeout, match=f"^{desk.file}: Is a directory$"):
        desk.work()
    assert desk.told == []
    desk.file.rmdir()
    desk.queue.release("ours")
    enqueue(desk.queue, desk.planned)
    assert without_seconds(desk.work()) == without_seconds(train_to_rows(desk.run, lambda point: None))


def test_a_folder_of_models_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(InputError, match="models cannot be written"):
        Checkpoints(tmp_path)


@pytest.mark.parametrize("name", ["encoder/big", "../up", "/up", "a" * 300, "\u8a9e" * 100, ".."])
def test_a_model_is_kept_in_the_folder_whatever_its_arm_is_called(name: str, tmp_path: Path, study: Study) -> None:
    folder, told = tmp_path / "one" / "out", list[str]()
    renamed = dataclasses.replace(study, baseline=name, arms={name: Arm(score="dot")})
    with open_storage(default_url(tmp_path)) as storage:
        queue = Queue(storage, "some", told.append)
        planned = plan(renamed, "smoke")
        enqueue(queue, planned)
        claim = queue.claim({planned.initial_runs[0].run_id: 0}, Worker("ours", "here", 1, "2026-01-01T00:00:00+00:00"))
        assert claim is not None
        attempt(queue, claim, Checkpoints(folder), Events(folder / "tensorboard", claim.run, {"seed": claim.run.seed}))
        export_tables(folder, "some", planned, queue.finished_rows())
        assert list(queue.finished_rows()) == [claim.run.run_id]
    assert told == []
    assert [path.name for path in (folder / MODELS).iterdir()] == [f"{claim.run.run_id}.checkpoint"]
    assert list(folder.parent.iterdir()) == [folder]
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["checkpoints", MODELS, "tensorboard"]
    assert len([*folder.rglob("*tfevents*")]) == 1


def test_who_lost_a_run_leaves_the_checkpoint_to_the_other(desk: Desk) -> None:
    claim = desk.claim()
    desk.queue.release("ours")
    _, others = in_one_piece(desk.run)
    desk.file.write_bytes(others[2])
    with pytest.raises(ClaimLost):
        attempt(desk.queue, claim, desk.checkpoints, None)
    assert desk.file.read_bytes() == others[2]
    assert desk.queue.finished_rows() == {}
