"""An interrupted run resumes from its checkpoint; a damaged or foreign checkpoint is renamed and reported."""

import dataclasses
import signal
from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from pathlib import Path

import pytest
import torch
from commands import AGE, aged
from optuna.trial import TrialState

from results.errors import InputError
from seq2seq_core.training.checkpoint import MAGIC, serialize
from studies.commands.export import export_tables
from studies.design.study import Arm, Study
from studies.engine.attempt import attempt
from studies.engine.checkpoints import MODELS, Checkpoints
from studies.engine.queue import Claim, ClaimLost, Queue, Worker
from studies.engine.retry import RetryTimeout
from studies.engine.scheduler import MAX_ATTEMPTS_WITHOUT_PROGRESS, enqueue
from studies.engine.storage import default_url, open_storage
from studies.engine.worker import EXIT_RETRY_TIMEOUT, WorkerConfig, run_worker
from studies.planning.plan import plan
from studies.planning.run import Run
from studies.planning.run_rows import Rows
from studies.trackers.tensorboard import TensorBoard
from studies.training.train_run import train_to_rows


class SingleRun:
    """One run of four epochs with its queue, its checkpoint file and the notices of its worker."""

    def __init__(self, folder: Path, study: Study, queue: Queue) -> None:
        self.planned = plan(study, "quick", settings={"epochs": 4})
        enqueue(queue, self.planned)
        self.run = self.planned.initial_runs[1]
        self.queue = queue
        self.checkpoints = Checkpoints(folder)
        self.file = folder / "checkpoints" / f"{self.run.run_id}.checkpoint"
        self.notices: list[str] = []
        queue.notify = self.notices.append

    def claim(self) -> Claim:
        worker = Worker("ours", "here", 1, "2026-01-01T00:00:00+00:00")
        claim = self.queue.claim({self.run.run_id: 0}, worker)
        assert claim is not None
        return claim

    def work(self) -> Rows:
        attempt(self.queue, self.claim(), self.checkpoints, kept_seed=None)
        return self.queue.finished_rows()[self.run.run_id]


@pytest.fixture
def single(tmp_path: Path, study: Study) -> Iterator[SingleRun]:
    with open_storage(default_url(tmp_path)) as storage:
        yield SingleRun(tmp_path, study, Queue(storage, "some", lambda line: None))


def uninterrupted(run: Run) -> tuple[Rows, list[bytes]]:
    """The rows of an uninterrupted run, and its checkpoint of each epoch, see `aged`."""
    checkpoints: list[bytes] = []
    rows = train_to_rows(run, lambda point: None, on_checkpoint=checkpoints.append)
    return rows, [aged(checkpoint) for checkpoint in checkpoints]


def without_seconds(rows: Rows) -> Rows:
    return {**rows, "runs": [{**rows["runs"][0], "seconds": None}]}


def seconds(rows: Rows) -> float:
    return float(rows["runs"][0]["seconds"])


def test_a_checkpoint_is_replaced_read_and_removed(tmp_path: Path) -> None:
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


def test_a_checkpoint_folder_that_cannot_be_created_is_refused(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("a file")
    with pytest.raises(InputError, match="checkpoints cannot be written"):
        Checkpoints(tmp_path)


def test_a_run_resumes_from_its_checkpoint(single: SingleRun) -> None:
    rows, checkpoints = uninterrupted(single.run)
    single.file.write_bytes(checkpoints[2])
    again = single.work()
    assert seconds(again) > AGE, "it began again"
    assert without_seconds(again) == without_seconds(rows)
    assert list(single.queue.trials()[1].intermediate_values) == [1, 2, 3, 4]
    assert list(single.file.parent.iterdir()) == []
    assert single.notices == []


def flipped(checkpoint: bytes, position: int) -> bytes:
    content = bytearray(checkpoint)
    content[position] ^= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: b"", "its first line is wrong"),
        (lambda data: data[: len(data) // 2], "its content does not match its digest"),
        (lambda data: data[:-1], "its content does not match its digest"),
        (lambda data: data + b"\n", "its content does not match its digest"),
        (lambda data: flipped(data, 0), "its first line is wrong"),
        (lambda data: flipped(data, len(MAGIC)), "its content does not match its digest"),
        (lambda data: flipped(data, -1000), "its content does not match its digest"),
        (lambda data: serialize({}, {"points": [Path("x")]}), "it holds more than tensors and plain values"),
    ],
)
def test_a_damaged_checkpoint_is_renamed_and_its_run_starts_again(
    damage: Callable[[bytes], bytes], message: str, single: SingleRun
) -> None:
    rows, checkpoints = uninterrupted(single.run)
    single.file.write_bytes(damaged := damage(checkpoints[2]))
    again = single.work()
    assert seconds(again) < AGE
    assert without_seconds(again) == without_seconds(rows)
    aside = single.file.with_suffix(".damaged")
    assert list(aside.parent.iterdir()) == [aside]
    assert aside.read_bytes() == damaged
    (line,) = single.notices
    assert line.startswith(f"run {single.run.run_id}: checkpoint: ")
    assert message in line
    assert line.endswith(f"; the checkpoint is moved to {aside}, and the run starts again")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("settings", "number", "torch_version", "message"),
    [
        ({"epochs": 4}, 3, torch.__version__, "its seed is 1; expected 0"),
        ({"epochs": 5}, 1, torch.__version__, "its epochs is 5; expected 4"),
        ({"epochs": 4}, 1, "1.13.1", "its torch is '1.13.1'"),
    ],
    ids=["seed", "setting", "torch"],
)
def test_a_run_does_not_resume_from_the_checkpoint_of_another_run(
    settings: dict[str, int],
    number: int,
    torch_version: str,
    message: str,
    single: SingleRun,
    study: Study,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(torch, "__version__", torch_version)
        _, foreign = uninterrupted(plan(study, "quick", settings=settings).initial_runs[number])
    single.file.write_bytes(foreign[2])
    again = single.work()
    assert seconds(again) < AGE
    assert without_seconds(again) == without_seconds(train_to_rows(single.run, lambda point: None))
    (line,) = single.notices
    assert message in line


def test_a_checkpoint_that_cannot_be_read_ends_the_worker_without_failing_the_run(single: SingleRun) -> None:
    """Otherwise the run would be stored as failed, although only the disk is at fault."""
    single.file.mkdir()
    with pytest.raises(RetryTimeout, match=f"^{single.file}: Is a directory$"):
        single.work()
    assert single.notices == []
    single.file.rmdir()
    single.queue.release("ours")
    enqueue(single.queue, single.planned)
    assert without_seconds(single.work()) == without_seconds(train_to_rows(single.run, lambda point: None))


def test_workers_that_end_because_of_the_disk_fail_no_run(single: SingleRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run fails after three attempts that say something about it, and its claim would last for two minutes."""
    monkeypatch.setattr(signal, "signal", lambda *given: None)  # a worker ignores SIGINT, and uses one thread
    monkeypatch.setattr(torch, "set_num_threads", lambda threads: None)
    for run in single.planned.initial_runs:
        (single.file.parent / f"{run.run_id}.checkpoint").mkdir()
    folder = single.file.parent.parent
    config = WorkerConfig(plan=single.planned, study="some", pool_id="ours", url=single.queue.url, folder=folder)
    receiver, sender = Pipe(duplex=False)
    for _ in range(MAX_ATTEMPTS_WITHOUT_PROGRESS + 1):
        with pytest.raises(SystemExit) as ended:
            run_worker(config, sender)
        assert ended.value.code == EXIT_RETRY_TIMEOUT
        assert single.queue.trials(TrialState.RUNNING) == []
        assert receiver.recv().endswith("Is a directory: still unavailable; a worker stops")
    enqueue(single.queue, single.planned)
    assert single.queue.finished_rows() == {}


def test_a_model_folder_that_cannot_be_created_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(InputError, match="models cannot be written"):
        Checkpoints(tmp_path)


@pytest.mark.parametrize("name", ["encoder/big", "../up", "/up", "a" * 300, "\u8a9e" * 100, ".."])
def test_a_model_is_saved_in_the_folder_for_any_name_of_its_arm(name: str, tmp_path: Path, study: Study) -> None:
    folder, notices = tmp_path / "one" / "out", list[str]()
    renamed = dataclasses.replace(study, baseline=name, arms={name: Arm(score="dot")})
    with open_storage(default_url(tmp_path)) as storage:
        queue = Queue(storage, "some", notices.append)
        planned = plan(renamed, "smoke")
        enqueue(queue, planned)
        claim = queue.claim({planned.initial_runs[0].run_id: 0}, Worker("ours", "here", 1, "2026-01-01T00:00:00+00:00"))
        assert claim is not None
        trackers = [TensorBoard(folder / "tensorboard")]
        attempt(queue, claim, Checkpoints(folder), kept_seed=claim.run.seed, trackers=trackers)
        export_tables(folder, "some", planned, queue.finished_rows())
        assert list(queue.finished_rows()) == [claim.run.run_id]
    assert notices == []
    assert [path.name for path in (folder / MODELS).iterdir()] == [f"{claim.run.run_id}.checkpoint"]
    assert list(folder.parent.iterdir()) == [folder]
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["checkpoints", MODELS, "tensorboard"]
    assert len([*folder.rglob("*tfevents*")]) == 1


def test_a_worker_that_lost_its_run_keeps_the_checkpoint_of_the_new_owner(single: SingleRun) -> None:
    claim = single.claim()
    single.queue.release("ours")
    _, others = uninterrupted(single.run)
    single.file.write_bytes(others[2])
    with pytest.raises(ClaimLost):
        attempt(single.queue, claim, single.checkpoints, kept_seed=None)
    assert single.file.read_bytes() == others[2]
    assert single.queue.finished_rows() == {}
