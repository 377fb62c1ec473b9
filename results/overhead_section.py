"""What a report says of the engine's overhead: the whole run beside its bare training, and whether that is little."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

import pandas as pd

from results import wording
from results.files import InputError
from results.page import Section, Table
from results.statistics import MINIMUM_ROUNDS, Interval, median_ratio

LIMIT = 0.05
"""The part of the bare training's time that the engine may cost."""
STORAGES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def overhead_section(overhead: pd.DataFrame, parts: Collection[str]) -> Section:
    """`parts` are those of the provenance. InputError where they do not speak of the rows, or times are none."""
    for storage in overhead["storage"].unique():
        if f"overhead_{storage}" not in parts:
            raise InputError(f"provenance.json: parts.overhead_{storage} is missing; expected what made overhead.csv")
    return Section(
        title="Overhead of the engine",
        paragraphs=[
            *overhead_verdicts(overhead),
            "In every round the same run is trained twice in one process, on one thread, in random order: by the "
            "engine, from the claim in its storage until the run is settled, with a report, a checkpoint and "
            "heartbeats on the way; and bare. Both come to the same figures. The overhead is said to be under "
            f"{LIMIT:.0%} only if the whole 95% interval of the ratio of their times is below {1 + LIMIT:g}.",
        ],
        tables=[
            Table(
                title="The engine beside the bare training",
                note="Medians over rounds, a run each; the ratio is the median of the rounds' own, with its interval.",
                header=["study", "arm", "profile", "storage", "epochs", "rounds", "bare (s)", "engine (s)",
                        "ratio engine/bare"],
                rows=[_row(*measured) for measured in _measured(overhead)],
                source="overhead.csv",
            )
        ],
    )  # fmt: skip


def overhead_verdicts(overhead: pd.DataFrame) -> list[str]:
    """A sentence for each kind of storage. InputError where times are none."""
    return [_verdict(*measured) for measured in _measured(overhead)]


def _measured(overhead: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], pd.DataFrame, Interval]]:
    """Each run on each kind of storage: its names, its rounds, and the ratio of the engine's time to the bare one."""
    for names, rounds in overhead.groupby(["study", "arm", "profile", "storage"], sort=False):
        try:
            ratio = median_ratio(rounds["engine_seconds"].tolist(), rounds["bare_seconds"].tolist())
        except ValueError as error:
            raise InputError("overhead.csv: a time of zero or less; expected the seconds that a run took") from error
        yield tuple(map(str, names)), rounds, ratio


def _verdict(names: tuple[str, ...], _rounds: pd.DataFrame, ratio: Interval) -> str:
    study, arm, profile, storage = names
    where = f"{study}, arm {arm}, profile {profile}, on {STORAGES[storage]}: overhead"
    if math.isnan(ratio.high):
        return (
            f"{where} {_percent(ratio.estimate)}; not shown to be under {LIMIT:.0%}: "
            f"{wording.plural(ratio.n, 'round')}, and an interval takes {MINIMUM_ROUNDS}."
        )
    little = round(ratio.high, 3) < 1 + LIMIT  # as it is shown
    said = f"{'' if little else 'not shown to be '}under {LIMIT:.0%}"
    return f"{where} {_percent(ratio.estimate)} [{_percent(ratio.low)}, {_percent(ratio.high)}]; {said}."


def _percent(ratio: float) -> str:
    return f"{ratio - 1:z.1%}"


def _row(names: tuple[str, ...], rounds: pd.DataFrame, ratio: Interval) -> list[str]:
    medians = [wording.rounded(rounds[side].median()) for side in ("bare_seconds", "engine_seconds")]
    epochs = wording.span(rounds["epochs"].tolist())
    return [*names, epochs, str(ratio.n), *medians, wording.accuracy(ratio)]
