"""The answer and the section on what the engine of studies costs beside the bare training."""

from __future__ import annotations

import pandas as pd

from results.analysis import formatting
from results.analysis.overhead import LIMIT, overhead_ratios, overhead_verdicts
from results.page.elements import Answer, Section, Table
from results.statistics import Interval

QUESTION = "What does the studies' engine cost beside the bare training?"


def overhead_answer(overhead: pd.DataFrame) -> Answer:
    """Raises InputError for times that are not positive."""
    return Answer(question=QUESTION, word="", text=" ".join(overhead_verdicts(overhead)), table=None, points=[])


def overhead_section(overhead: pd.DataFrame) -> Section:
    return Section(
        title="Overhead of the engine",
        paragraphs=[
            "Each round trains the same run twice in one process, on one thread, in random order: once under the "
            "engine, from the claim of the queued run to its stored result, with reports, checkpoints and "
            f"heartbeats; and once bare. Both give the same metrics. The overhead is under {LIMIT:.0%} if the upper "
            f"end of the 95% interval of the ratio of their times is below {1 + LIMIT:g}.",
        ],
        tables=[
            Table(
                title="The engine beside the bare training",
                note="Medians over rounds, one run each. The ratio is the median of the rounds' ratios, with its 95% "
                "interval.",
                header=["study", "arm", "profile", "storage", "epochs", "rounds", "bare (s)", "engine (s)",
                        "ratio engine/bare"],
                rows=[_row(*measured) for measured in overhead_ratios(overhead)],
                source="overhead.csv",
            )
        ],
    )  # fmt: skip


def _row(names: tuple[str, ...], rounds: pd.DataFrame, ratio: Interval) -> list[str]:
    medians = [formatting.rounded(rounds[side].median()) for side in ("bare_seconds", "engine_seconds")]
    epochs = formatting.span(rounds["epochs"].tolist())
    return [*names, epochs, str(ratio.n), *medians, formatting.ratio(ratio, 4)]
