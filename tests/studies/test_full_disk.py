"""A disk that is full or cannot be written for a while loses nothing: it is waited for, and the study goes on."""

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import LONG, TINY, refused, tables_of, words
from disks import SmallDisk, read_only
from onlookers import Onlooker, meanwhile, under_way

from studies.commands.cli import main
from studies.engine.storage import SQLITE_FILE, default_url

pytestmark = pytest.mark.slow


@contextlib.contextmanager
def full(disk: SmallDisk) -> Iterator[None]:
    ballast = disk.fill()
    try:
        yield
    finally:
        ballast.unlink()
        disk.grow()


def lines(said: io.StringIO) -> list[str]:
    """Those for the user; the bar is between them."""
    return [line for line in said.getvalue().splitlines() if line.startswith("retrograde: ")]


def test_a_storage_whose_disk_is_full_is_waited_for(
    small_disk: SmallDisk, tmp_path: Path, bare: dict[str, list[list[str]]]
) -> None:
    url, said = default_url(small_disk.path), io.StringIO()

    def fill(onlooker: Onlooker) -> None:
        onlooker.wait_for(url, under_way)
        with full(small_disk):
            onlooker.wait_until(lambda: lines(said))

    with contextlib.redirect_stderr(said), meanwhile(fill):
        status = main(["run", "attention", *words(LONG), "--out", str(tmp_path), "--storage", url, "--workers", "2"])
    assert status == 0
    assert lines(said) == [f"retrograde: {url}: database or disk is full; retrying"]
    assert tables_of(tmp_path) == bare


def test_a_folder_that_takes_no_checkpoint_is_waited_for(
    small_disk: SmallDisk, tmp_path: Path, bare: dict[str, list[list[str]]]
) -> None:
    folder, url, said = small_disk.path, default_url(tmp_path), io.StringIO()

    def obstruct(onlooker: Onlooker) -> None:
        onlooker.wait_for(url, under_way)
        with read_only(folder / "checkpoints"):
            onlooker.wait_until(lambda: lines(said))
        onlooker.wait_for(url, under_way)
        with full(small_disk):
            onlooker.wait_until(lambda: len(lines(said)) > 1)

    with contextlib.redirect_stderr(said), meanwhile(obstruct):
        status = main(["run", "attention", *words(LONG), "--out", str(folder), "--storage", url, "--workers", "1"])
    assert status == 0
    read_only_said, full_said = lines(said)
    where = re.escape(f"retrograde: {folder / 'checkpoints'}/")
    assert re.fullmatch(rf"{where}[0-9a-f]+\.checkpoint: Read-only file system; retrying", read_only_said)
    assert re.fullmatch(rf"{where}\S+\.checkpoint: No space left on device; retrying", full_said)
    assert tables_of(folder) == bare


def test_a_disk_that_is_full_for_tables_or_report_keeps_what_was_there(
    small_disk: SmallDisk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = ["run", "attention", *words(TINY), "--out", str(small_disk.path), "--storage", default_url(tmp_path)]
    assert main([*again, "--workers", "1"]) == 0
    files = {path: path.read_bytes() for path in small_disk.path.rglob("*") if path.is_file()}
    for room, place in ((0, r"runs\.csv"), (20_000, r"(figures/|report\.)\S+")):
        ballast = small_disk.fill(but=room)
        capsys.readouterr()
        assert main(again) == 1
        said = f"{small_disk.path}/{place}: No space left on device; run the same command again to resume"
        assert re.fullmatch(f"retrograde: {said}\n", capsys.readouterr().err)
        assert {path: path.read_bytes() for path in files} == files
        ballast.unlink()
    (small_disk.path / "report.html").unlink()
    assert main(again) == 0
    assert {path: path.read_bytes() for path in files} == files


def test_a_disk_that_takes_nothing_from_the_beginning_is_refused(
    small_disk: SmallDisk, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["run", "attention", *words(TINY), "--out", str(small_disk.path)]
    with read_only(small_disk.path):
        said = refused(given, capsys)
        assert said.startswith(
            f"retrograde: output folder {small_disk.path} cannot be written: Read-only file system; "
        )
    assert list(small_disk.path.iterdir()) == []
    with full(small_disk):
        assert f"{SQLITE_FILE}: database or disk is full; choose another with --out" in refused(given, capsys)
    assert main([*given, "--workers", "1"]) == 0
