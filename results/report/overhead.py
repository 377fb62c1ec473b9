"""What a report says of the engine's overhead: the whole run beside its bare training, and whether that is little."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from results.analysis import formatting
from results.page.elements import Answer, Section, Table
from results.statistics import MINIMUM_ROUNDS, Interval, median_ratio
from results.tables.atomic_write import InputError

QUESTION = "What does the studies' engine cost beside the bare training?"
LIMIT = 0.05
"""The part of the bare training's time that the engine may cost."""
STORAGES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def overhead_answer(overhead: pd.DataFrame) -> Answer:
    """InputError where times are none."""
    return Answer(question=QUESTION, verdict=" ".join(overhead_verdicts(overhead)), table=None, points=[])


def overhead_section(overhead: pd.DataFrame) -> Section:
    return Section(
        title="Overhead of the engine",
        paragraphs=[
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
                rows=[_row(*measured) for measured in overhead_ratios(overhead)],
                source="overhead.csv",
            )
        ],
    )  # fmt: skip


def overhead_verdicts(overhead: pd.DataFrame) -> list[str]:
    """A sentence for each run, over the kinds of storage. InputError where times are none."""
    said: dict[tuple[str, ...], list[str]] = {}
    for (study, arm, profile, storage), _, ratio in overhead_ratios(overhead):
        said.setdefault((study, arm, profile), []).append(_on(storage, ratio))
    return [
        f"The engine adds to the time of training {' and '.join(each)}; study {study}, arm {arm}, profile {profile}."
        for (study, arm, profile), each in said.items()
    ]


def overhead_ratios(overhead: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], pd.DataFrame, Interval]]:
    """Each run on each kind of storage: its study, arm, profile and storage, its rounds, and the ratio of the engine's
    time to the bare one. InputError where times are none."""
    for names, rounds in overhead.groupby(["study", "arm", "profile", "storage"], sort=False):
        try:
            ratio = median_ratio(rounds["engine_seconds"].tolist(), rounds["bare_seconds"].tolist())
        except ValueError as error:
            raise InputError("overhead.csv: a time of zero or less; expected the seconds that a run took") from error
        yield tuple(map(str, names)), rounds, ratio


def overhead_verdict(ratio: Interval) -> str:
    """What the interval of an overhead shows."""
    little = round(ratio.high, 3) < 1 + LIMIT  # as it is shown; nan, where there is no interval, is not little
    return f"{'' if little else 'not shown to be '}under {LIMIT:.0%}"


def _on(storage: str, ratio: Interval) -> str:
    known = not math.isnan(ratio.high)
    within = f" [{_percent(ratio.low)}, {_percent(ratio.high)}]" if known else ""
    few = "" if known else f": {formatting.plural(ratio.n, 'round')}, and an interval takes {MINIMUM_ROUNDS}"
    return f"{_percent(ratio.estimate)}{within} on {STORAGES[storage]} ({overhead_verdict(ratio)}{few})"


def _percent(ratio: float) -> str:
    return f"{ratio - 1:z.1%}"


def _row(names: tuple[str, ...], rounds: pd.DataFrame, ratio: Interval) -> list[str]:
    medians = [formatting.rounded(rounds[side].median()) for side in ("bare_seconds", "engine_seconds")]
    epochs = formatting.span(rounds["epochs"].tolist())
    return [*names, epochs, str(ratio.n), *medians, formatting.accuracy(ratio)]
