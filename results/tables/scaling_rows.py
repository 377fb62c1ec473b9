"""The rows of scaling.csv that one command measures, in a folder that may hold those of other commands.

The table is written after each measurement, so the same command continues one that was interrupted. Rows of other
conditions, such as another commit, are not continued: they are measured again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from results.errors import InputError
from results.load import noise_of
from results.tables import provenance
from results.tables.csv_io import read_table, write_table
from results.tables.study_schema import TABLES
from results.tables.table_file import has_table
from results.tables.timing_schema import scaling_parts

CONDITIONS = ("machine", "python", "versions", "commit")
"""What rows that are continued have in common: keys of the provenance."""
_COLUMNS = [column.name for column in TABLES["scaling"]]


class ScalingRows:
    """The rows of one part: those that the folder holds, and those that are added."""

    def __init__(
        self, folder: Path, part: str, *, command: Sequence[str], profile: str, settings: Mapping[str, Any]
    ) -> None:
        """Reads the rows that can be continued. Raises InputError for a folder with rows of another profile or other
        settings, and for one that cannot be written."""
        held = provenance.read(provenance.prepare(folder)).get(part, {})
        _, own = _split(folder, part)
        now = provenance.surroundings(None)
        self._folder, self._part, self._command, self._profile = folder, part, command, profile
        self._started, self._noise = datetime.now(UTC), list[Mapping[str, Any]]()
        self.rows: list[dict[str, Any]] = []
        """The rows of this part, in the order in which they were measured."""
        self.settings = dict(settings)
        """What is recorded in the provenance, besides the number of rows."""
        self.changed = [name for name in CONDITIONS if held and held[name] != now[name]]
        """The conditions that differ from those of the rows in the folder, which are measured again."""
        self._replaced = own if self.changed else []
        if not held:
            return
        for name, value in {"profile": profile, **settings}.items():
            there = held["profile"] if name == "profile" else held["settings"].get(name)
            if there != value:
                raise InputError(
                    f"{folder} holds rows of {part} with {name} {there}, not {value}; choose another folder with --out"
                )
        if not self.changed:
            self.rows, self._noise = own, [held["noise"]]
            self.settings = {**held["settings"], **settings}
            self._started = datetime.fromisoformat(held["started"])

    def check_replaced(self, planned: Sequence[Mapping[str, Any]]) -> None:
        """Raises InputError if the folder has rows of other conditions which are not `planned` to be measured again.
        Reports are measured with their studies."""
        studies = [row for row in self._replaced if row["work"] != "report"]
        lost = [row for row in studies if not any(names.items() <= row.items() for names in planned)]
        if lost:
            raise InputError(
                f"{self._folder} holds rows of {self._part} that this command does not measure, and other conditions "
                f"hold now: {', '.join(self.changed)}; choose another folder with --out"
            )

    def has(self, row: Mapping[str, Any]) -> bool:
        """Whether there is a row with these values."""
        return any(row.items() <= one.items() for one in self.rows)

    def add(self, rows: Sequence[Mapping[str, Any]], load: Mapping[str, Any]) -> None:
        """Writes rows, and the load of the machine while they were measured (see `LoadMeter.read`)."""
        self.rows += [{name: row.get(name) for name in _COLUMNS} for row in rows]
        self._noise.append(load)
        others, _ = _split(self._folder, self._part)  # another command may have added to them
        write_table(self._folder, "scaling", [*others, *self.rows])
        provenance.record(
            self._folder,
            self._part,
            command=self._command,
            profile=self._profile,
            threads=1,
            gpu=None,
            started=self._started,
            settings={**self.settings, "rows": len(self.rows)},
            noise=noise_of(self._noise),
        )


def _split(folder: Path, part: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of other parts, and those of this one. Raises InputError for a damaged table."""
    import pandas as pd

    others: list[dict[str, Any]] = []
    own: list[dict[str, Any]] = []
    for row in read_table(folder, "scaling").to_dict("records") if has_table(folder, "scaling") else ():
        plain = {str(name): None if pd.isna(value) or value == "" else value for name, value in row.items()}
        (own if scaling_parts([plain]) == [part] else others).append(plain)
    return others, own
