"""`retrograde predict`: the predictions of a model for sources from the command line, a file or standard input."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from results.errors import InputError, reason_of
from results.terminal.output import Result
from results.terminal.process import say
from results.terminal.progress import progress
from seq2seq_core.config import ConfigError
from studies.models.kept_models import choose_model, load_model, load_parts
from studies.models.unknown_units import unknown_lines

_LINE_ENDS_AND_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
AT_ONCE = 1000
"""Sources between two steps of the progress bar."""


@dataclass(frozen=True)
class Predictions(Result):
    """What `predict` prints."""

    model: Mapping[str, Any]
    """Its file, and in the folder of a study its arm and seed."""
    sources: Sequence[str]
    predictions: Sequence[str]
    unknown: Sequence[Sequence[str]]
    """The units of each source that the model reads as unknown; it has none of a task whose examples are drawn."""

    def lines(self) -> Sequence[str]:
        """A line for each source, with line ends and control characters as in Python, such as `\\n`."""
        return [_LINE_ENDS_AND_CONTROLS.sub(lambda found: repr(found[0])[1:-1], one) for one in self.predictions]

    def document(self) -> dict[str, Any]:
        predictions = [
            {"source": source, "prediction": prediction, "unknown": list(unknown)}
            for source, prediction, unknown in zip(self.sources, self.predictions, self.unknown, strict=True)
        ]
        return {"model": dict(self.model), "predictions": predictions}


def predict(path: Path, sources: Sequence[str], *, arm: str | None, parts: str | None = None) -> Predictions:
    """The prediction of each source.

    `path` is a checkpoint or the output folder of a study, whose best model is taken unless `arm` names another. A line
    on stderr names the model, others a better arm without a model and the units that the model reads as unknown.
    `parts` is the file that defines parts of the model. Raises InputError if there is no such model, and for a source
    that is empty or, if the examples of the task are drawn, has an unknown letter.
    """
    code = load_parts(parts)
    if not sources:
        raise InputError("no source is given; expected at least one, such as abcd")
    notes: list[str] = []
    if path.is_dir():
        kept, why, notes = choose_model(path, arm)
        file, named = kept.path, {"arm": kept.name, "seed": kept.seed}
        words = f"model: {kept.name}, seed {kept.seed} ({why}): {file}"
    elif arm is not None:
        raise InputError(f"{path}: --arm chooses a model of a folder; expected the output folder of a study")
    else:
        file, named, words = path, {}, f"model: {path}"
    model = load_model(file, code)
    for position, source in enumerate(sources, start=1):
        try:
            model.task.encode(source)
        except ConfigError as error:
            raise InputError(f"source {position}: {error}" if len(sources) > 1 else str(error)) from error
    for line in [words, *notes, *unknown_lines([model.task], sources)]:
        say(line)
    predictions: list[str] = []
    for start in progress(range(0, len(sources), AT_ONCE), "predict"):
        predictions += model.predict(sources[start : start + AT_ONCE])
    unknown = [model.task.unknown_units(source) for source in sources]
    return Predictions({**named, "path": str(file)}, sources, predictions, unknown)


def all_sources(given: Sequence[str], file: Path | None) -> list[str]:
    """The sources of a command: those that are given, those of standard input for `-`, and those of a file."""
    if file and given:
        raise InputError("--file: sources are given as arguments too; expected one of the two")
    if file or [*given] == ["-"]:
        return read_sources(file)
    return [*given]


def read_sources(path: Path | None) -> list[str]:
    """One source a line, from a file or, for None, from standard input. A byte order mark and line ends are left out.

    Raises InputError if the file cannot be read or is not UTF-8.
    """
    name = str(path) if path else "standard input"
    try:
        data = path.read_bytes() if path else sys.stdin.buffer.read()
        return data.decode("utf-8-sig").replace("\r\n", "\n").removesuffix("\n").split("\n") if data else []
    except OSError as error:
        raise InputError(f"{name}: {reason_of(error)}; expected a file with one source a line") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}, line {line}: not UTF-8; expected a file with one source a line") from error
