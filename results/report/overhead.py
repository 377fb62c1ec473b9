"""The answer and the section on what the engine of studies costs beside the bare training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.timing.overhead import LIMIT, STORAGES, overhead_ratios, overhead_sentences, overhead_word
from results.analysis.timing.self_check import cautions, is_smoke
from results.page.elements import Answer, Section, Table
from results.page.provenance import measured_on
from results.statistics import Interval

QUESTION = f"Does the studies' engine cost less than {LIMIT:.0%} of the training time?"


def overhead_answer(overhead: pd.DataFrame, parts: Sequence[Mapping[str, Any]]) -> Answer:
    """Raises InputError for times that are not positive. `parts` are the provenance of the measurements."""
    smoke = is_smoke(parts)
    return Answer(
        question=QUESTION,
        word="No verdict" if smoke else _word(overhead),
        text="" if smoke else " ".join(overhead_sentences(overhead)),
        basis=f"{measured_on(parts)} {_basis(overhead)}",
        cautions=cautions(parts),
        table=None,
        points=[],
    )


def _basis(overhead: pd.DataFrame) -> str:
    rounds = formatting.counted([ratio.n for _, _, ratio in overhead_ratios(overhead)], "round")
    seconds = formatting.rounded(overhead["bare_seconds"].median(), 2)
    return (
        f"{formatting.capital(rounds)} on each storage; a round trains the same run of "
        f"{formatting.counted(overhead['epochs'].tolist(), 'epoch')} with the engine and without it, "
        f"on one thread. Without it, a run takes {seconds} s."
    )


def _word(overhead: pd.DataFrame) -> str:
    """One word if all measurements have the same, else one for each storage: Depends if it has several."""
    words: dict[str, set[str]] = {}
    for (*_, storage), _, ratio in overhead_ratios(overhead):
        words.setdefault(STORAGES[storage], set()).add(overhead_word(ratio))
    each = {storage: found.pop() if len(found) == 1 else "Depends" for storage, found in words.items()}
    if len({*each.values()}) == 1:
        return next(iter(each.values()))
    return formatting.capital(formatting.listed([f"{word.lower()} on {storage}" for storage, word in each.items()]))


def overhead_section(overhead: pd.DataFrame) -> Section:
    return Section(
        title="Overhead of the engine",
        paragraphs=[
            "Each round trains the same run twice in one process, on one thread, in random order: once under the "
            "engine, from the claim of the queued run to its stored result, with reports, checkpoints and "
            "heartbeats; and once bare. Both give the same metrics. The answer is yes if the 95% interval of the "
            f"ratio of their times lies below {1 + LIMIT:g}, no if it lies at {1 + LIMIT:g} or above, and not shown if "
            f"it includes {1 + LIMIT:g}.",
        ],
        tables=[
            Table(
                title="Time with the engine and without it",
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
