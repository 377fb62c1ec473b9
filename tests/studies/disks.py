"""A disk that is full or read-only: a small file system in memory, mounted for one test."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from needs import lacking


class SmallDisk:
    """A file system of 2 MiB at `path`; of 64 MiB after `grow`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", "size=2m", "retrograde", str(path)]
        mounted = subprocess.run(words, capture_output=True, text=True, check=False)
        if mounted.returncode:
            lacking(f"needs a mounted file system: {mounted.stderr.splitlines()[0]}")

    def grow(self) -> None:
        subprocess.run(["mount", "-o", "remount,size=64m", str(self.path)], check=True)

    def fill(self, *, but: int = 0) -> Path:
        """Fills the disk except for `but` bytes; removing the returned file makes room again."""
        ballast = self.path / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        with ballast.open("r+b") as file:
            file.truncate(ballast.stat().st_size - but)
        return ballast

    def remove(self) -> None:
        """Unmounts lazily: the folder is empty at once, the memory is freed when no file in it is open."""
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """No file in the folder can be opened for writing until the block ends, not even by root."""
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    try:
        for tries_left in reversed(range(200)):  # busy while a file is open for writing
            if not subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=not tries_left).returncode:
                break
            time.sleep(0.05)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """An empty disk; mounting it requires root."""
    disk = SmallDisk(tmp_path / "disk")
    yield disk
    disk.remove()
