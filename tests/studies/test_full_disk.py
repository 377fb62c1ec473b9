"""If the disk is full or read-only for a while, the study retries, and no row is lost."""

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import LONG, TINY, planned, refused, tables_of, words
from disks import SmallDisk, read_only
from observers import Observer, in_parallel, training_workers

from studies.command_line.cli import main
from studies.engine.queue import Queue
from studies.engine.storage import SQLITE_FILE, default_url, open_storage
from studies.engine.worker import WorkerConfig, _process_queue

pytestmark = [pytest.mark.slow, pytest.mark.faults]


@contextlib.contextmanager
def full(disk: SmallDisk) -> Iterator[None]:
    ballast = disk.fill()
    try:
        yield
    finally:
        ballast.unlink()
        disk.grow()


def lines(stderr: io.StringIO) -> list[str]:
    """Those for the user; the bar is between them."""
    return [line for line in stderr.getvalue().splitlines() if line.startswith("retrograde: ")]


def test_a_storage_on_a_full_disk_is_retried(
    small_disk: SmallDisk, tmp_path: Path, bare: dict[str, list[list[str]]]
) -> None:
    url, stderr = default_url(small_disk.path), io.StringIO()

    def fill(observer: Observer) -> None:
        observer.wait_for(url, training_workers)
        with full(small_disk):
            observer.wait_until(lambda: lines(stderr))

    with contextlib.redirect_stderr(stderr), in_parallel(fill):
        status = main(["run", "attention", *words(LONG), "--out", str(tmp_path), "--storage", url, "--workers", "2"])
    assert status == 0
    assert lines(stderr) == [f"retrograde: {url}: database or disk is full; retrying"]
    assert tables_of(tmp_path) == bare


def test_writing_a_checkpoint_is_retried(
    small_disk: SmallDisk, tmp_path: Path, bare: dict[str, list[list[str]]]
) -> None:
    folder, url, stderr = small_disk.path, default_url(tmp_path), io.StringIO()

    def obstruct(observer: Observer) -> None:
        observer.wait_for(url, training_workers)
        with read_only(folder / "checkpoints"):
            observer.wait_until(lambda: lines(stderr))
        observer.wait_for(url, training_workers)
        with full(small_disk):
            observer.wait_until(lambda: len(lines(stderr)) > 1)

    with contextlib.redirect_stderr(stderr), in_parallel(obstruct):
        status = main(["run", "attention", *words(LONG), "--out", str(folder), "--storage", url, "--workers", "1"])
    assert status == 0
    read_only_line, full_line = lines(stderr)
    where = re.escape(f"retrograde: {folder / 'checkpoints'}/")
    assert re.fullmatch(rf"{where}[0-9a-f]+\.checkpoint: Read-only file system; retrying", read_only_line)
    assert re.fullmatch(rf"{where}\S+\.checkpoint: No space left on device; retrying", full_line)
    assert tables_of(folder) == bare


def test_a_disk_that_is_full_for_tables_or_report_keeps_the_earlier_files(
    small_disk: SmallDisk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = ["run", "attention", *words(TINY), "--out", str(small_disk.path), "--storage", default_url(tmp_path)]
    assert main([*again, "--workers", "1"]) == 0
    files = {path: path.read_bytes() for path in small_disk.path.rglob("*") if path.is_file()}
    for room, pattern in ((0, r"runs\.csv"), (20_000, r"(figures/|report\.)\S+")):
        ballast = small_disk.fill(but=room)
        capsys.readouterr()
        assert main(again) == 1
        message = f"{small_disk.path}/{pattern}: No space left on device; run the same command again to resume"
        assert re.fullmatch(f"retrograde: {message}\n", capsys.readouterr().err)
        assert {path: path.read_bytes() for path in files} == files
        ballast.unlink()
    (small_disk.path / "report.html").unlink()
    assert main(again) == 0
    assert {path: path.read_bytes() for path in files} == files


def test_a_disk_that_is_full_from_the_start_is_refused(
    small_disk: SmallDisk, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["run", "attention", *words(TINY), "--out", str(small_disk.path)]
    with read_only(small_disk.path):
        stderr = refused(given, capsys)
        assert stderr.startswith(
            f"retrograde: output folder {small_disk.path} cannot be written: Read-only file system; "
        )
    assert list(small_disk.path.iterdir()) == []
    with full(small_disk):
        assert f"{SQLITE_FILE}: database or disk is full; choose another with --out" in refused(given, capsys)
    assert main([*given, "--workers", "1"]) == 0


def test_a_worker_that_starts_while_the_disk_is_read_only_retries(small_disk: SmallDisk, tmp_path: Path) -> None:
    plan, lines = planned(TINY), list[str]()
    with open_storage(default_url(tmp_path)) as storage, contextlib.ExitStack() as obstacle:
        obstacle.enter_context(read_only(small_disk.path))

        def notify(line: str) -> None:
            lines.append(line)
            obstacle.close()

        queue = Queue(storage, "attention", notify)
        config = WorkerConfig(plan=plan, study="attention", url=queue.url, pool_id="ours", folder=small_disk.path)
        _process_queue(config, queue, ())
        assert len(queue.finished_rows()) == plan.size
    assert lines == [f"{small_disk.path / 'checkpoints'}: Read-only file system; retrying"]
