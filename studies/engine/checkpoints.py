"""The checkpoint files of runs: one per unfinished run, replaced after each epoch, removed when the run is finished.

Workers that share the output folder continue each other's runs. A worker that does not find a checkpoint starts the run
again, and gets the same rows. The last checkpoint of the first seed of each arm is kept as a model, for heat maps of
examples that are chosen later. Files are named after run ids: the name of an arm may not be a valid file name, and
another plan may have an arm of the same name.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from results.tables.atomic_write import prepare_folder, replace_file

MODELS = "models"
"""The folder of kept models, beside that of the checkpoints."""
SUFFIX = ".checkpoint"


class Checkpoints:
    """The checkpoints and kept models in an output folder."""

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
        # To wait for the disk would cost more than the rest of an epoch. A file that a power cut damages fails its
        # digest.
        replace_file(self._path(run_id), checkpoint, synced=False)

    def set_aside(self, run_id: str) -> Path:
        """Renames a checkpoint that cannot be used, so that it can be inspected; returns the new path."""
        aside = self._path(run_id).with_suffix(".damaged")
        with contextlib.suppress(FileNotFoundError):  # another worker has just finished the run
            self._path(run_id).replace(aside)
        return aside

    def left(self) -> set[str]:
        """The ids of the runs that have a checkpoint."""
        return {path.stem for path in self._folder.glob(f"*{SUFFIX}")}

    def keep(self, run_id: str) -> None:
        """Moves the last checkpoint of a finished run to the kept models. Its run is never trained again, so here it
        does wait for the disk."""
        with contextlib.suppress(FileNotFoundError):  # another worker has just finished the run
            replace_file(self._models / self._path(run_id).name, self._path(run_id).read_bytes())
            self.remove(run_id)

    def remove(self, run_id: str) -> None:
        self._path(run_id).unlink(missing_ok=True)

    def _path(self, run_id: str) -> Path:
        return self._folder / f"{run_id}{SUFFIX}"
