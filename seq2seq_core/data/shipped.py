"""The data sets that come with the package, each under a name without a suffix, such as `dates`."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).with_name("shipped")


def names() -> list[str]:
    """The names of the shipped data sets."""
    return sorted(path.stem for path in FOLDER.glob("*.tsv"))


def locate(name: str) -> Path:
    """The file of a name: the shipped one if it is the name of a shipped data set, otherwise a path. A file of the user
    has a suffix, which the name of a shipped data set does not have."""
    return FOLDER / f"{name}.tsv" if name in names() else Path(name)
