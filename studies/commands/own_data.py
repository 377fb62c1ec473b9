"""The user's own pairs on the command line: options as settings, and the lines that the commands show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seq2seq_core.data import PairData


def data_settings(*, data: Path | str | None = None, **others: Path | str | None) -> dict[str, Any]:
    """The settings behind `--data`, `--evaluation-data`, `--test-data` and `--units`; those that are not given are left
    out."""
    given = {name: str(value) for name, value in {"data": data, **others}.items() if value is not None}
    return {"task": "pairs", **given} if data is not None else given


def summary_line(data: PairData) -> str:
    """`dates.tsv: 4,000 pairs for train, 500 for evaluation, 500 for test, by characters; vocabulary of 41`."""
    names = ", ".join(dict.fromkeys(str(file["name"]) for file in data.files))
    train, *others = (f"{len(one):,} {'pairs ' * (name == 'train')}for {name}" for name, one in data.sets.items())
    units, size = data.vocabulary.units, len(data.vocabulary.symbols)
    return f"{names}: {', '.join([train, *others])}, by {units}; vocabulary of {size:,}"


def notices(data: list[PairData]) -> Iterator[str]:
    """The lines for stderr."""
    for one in data:
        yield from one.notices()
