"""What `retrograde run` prints when it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.tables.column import plural
from results.terminal.output import Result
from results.terminal.process import DONE, FAULT, INTERRUPTED

if TYPE_CHECKING:
    from results.report.ending import Ending


@dataclass(frozen=True, kw_only=True)
class RunResult(Result):
    """The finished runs, and the report if all are finished."""

    study: str
    profile: str
    folder: Path
    runs: int
    counts: Mapping[str, int]
    """Status -> the number of finished runs."""
    interrupted: bool
    resume: Sequence[str]
    """The command that trains the unfinished runs; empty if there are none."""
    ending: Ending | None

    @property
    def exit_status(self) -> int:
        if self.resume:
            return INTERRUPTED if self.interrupted else FAULT
        return FAULT if self.counts.get("failed") else DONE

    def lines(self) -> Iterator[str]:
        counts = ", ".join(f"{number} {status}" for status, number in self.counts.items())
        yield f"{self.study}: {plural(self.runs, 'run')}, {counts}"
        if self.ending:
            yield from self.ending.lines()

    def document(self) -> dict[str, Any]:
        report = self.ending.document() if self.ending else {"answers": [], "pages": []}
        return {
            "study": self.study,
            "profile": self.profile,
            "folder": str(self.folder),
            "runs": self.runs,
            "counts": dict(self.counts),
            "interrupted": self.interrupted,
            "resume": list(self.resume) or None,
            **report,
        }
