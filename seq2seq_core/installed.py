"""What other installed packages offer by entry points. Nothing is imported before it is used by its name.

A package declares its parts in its pyproject.toml, in one of the groups `retrograde.scores`, `retrograde.cells`,
`retrograde.tasks`, `retrograde.recipes` and `retrograde.studies`:

    [project.entry-points."retrograde.scores"]
    cosine = "my_package.scores:Cosine"
"""

from __future__ import annotations

from functools import cache
from importlib import metadata
from typing import Any

OWN = ("benchmarks", "results", "seq2seq_core", "studies")
"""The packages of this project."""


class PartError(ValueError):
    """A part that cannot be used. The message is one line: which, of which package, and why."""


@cache
def offered(kind: str) -> dict[str, list[metadata.EntryPoint]]:
    """Name -> the entry points of that name, for a kind of part such as "score"."""
    found: dict[str, list[metadata.EntryPoint]] = {}
    for point in metadata.entry_points(group=f"retrograde.{'studies' if kind == 'study' else f'{kind}s'}"):
        found.setdefault(point.name, []).append(point)
    return found


def load(kind: str, name: str) -> Any:
    """What the entry point of that name names. PartError if its package fails to import, or two packages offer it."""
    points = offered(kind)[name]
    packages = " and ".join(sorted(_package(point) for point in points))
    if len(points) > 1:
        raise PartError(f"the {kind} {name!r} is offered by {packages}; expected one of these packages")
    try:
        return points[0].load()
    except (Exception, SystemExit) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise PartError(f"the {kind} {name!r} of the package {packages} cannot be loaded: {reason}") from error


def distribution_of(kind: str, name: str, module: str) -> tuple[str, str] | None:
    """The name and the version of the distribution that offers a part, which this module defines; None if no package
    does."""
    package = module.partition(".")[0]
    if package in OWN:
        return None
    for point in offered(kind).get(name, []):
        if point.dist and point.module.partition(".")[0] == package:
            return point.dist.name, point.dist.version
    return None


def _package(point: metadata.EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value
