"""The checkpoints of runs in hand: a file a run in the output folder, replaced after each epoch, gone when it is over.

Workers that share the folder take up each other's runs where they were cut off; one that does not see it begins again,
and comes to the same rows. The last checkpoint of an arm's first seed is kept, for pictures of examples chosen later.
Every file is named after its run's id: an arm's name may be no file name, and the arm of another plan may share it.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from results.tables.atomic_write import prepare_folder, replace_file

MODELS = "models"
"""The folder, beside that of the checkpoints, of finished models."""
SUFFIX = ".checkpoint"


class Checkpoints:
    def __init__(self, folder: Path) -> None:
        """InputError if the folder cannot be written."""
        self._folder = prepare_folder(folder / "checkpoints")
        self._models = prepare_folder(folder / MODELS)

    def read(self, run_id: str) -> bytes | None:
        """The run's last checkpoint; None if it has none."""
        with contextlib.suppress(FileNotFoundError):
            return self._path(run_id).read_bytes()
        return None

    def write(self, run_id: str, checkpoint: bytes) -> None:
        # Waiting for the disk would cost more than all the rest. What a power cut tears is known by its digest.
        replace_file(self._path(run_id), checkpoint, synced=False)

    def set_aside(self, run_id: str) -> Path:
        """Moves a checkpoint that cannot be used out of the way, for whoever wants to know why; returns where."""
        aside = self._path(run_id).with_suffix(".damaged")
        with contextlib.suppress(FileNotFoundError):  # its run was settled by another worker just now
            self._path(run_id).replace(aside)
        return aside

    def keep(self, run_id: str) -> None:
        """Moves a finished run's last checkpoint to where `MODELS` are kept."""
        with contextlib.suppress(FileNotFoundError):  # another worker settled the run just now
            self._path(run_id).replace(self._models / self._path(run_id).name)

    def remove(self, run_id: str) -> None:
        self._path(run_id).unlink(missing_ok=True)

    def _path(self, run_id: str) -> Path:
        return self._folder / f"{run_id}{SUFFIX}"
