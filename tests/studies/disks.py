"""A disk that is soon full, or cannot be written: a small file system in memory, mounted for one test."""

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
        """Leaves so many bytes; returns a file to remove to make room again."""
        ballast = self.path / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        with ballast.open("r+b") as file:
            file.truncate(ballast.stat().st_size - but)
        return ballast

    def remove(self) -> None:
        """Lazily: gone from here at once, and from memory when nobody has a file open in it."""
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Who opens a file in the folder cannot write it, until the block ends; root neither."""
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    try:
        for tries_left in reversed(range(200)):  # busy while somebody has a file open there to write it
            if not subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=not tries_left).returncode:
                break
            time.sleep(0.05)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """An empty disk; mounting it takes root."""
    disk = SmallDisk(tmp_path / "disk")
    yield disk
    disk.remove()
