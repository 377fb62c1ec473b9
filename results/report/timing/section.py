"""What a report says of the benchmarks, below the answer: its tables, its pictures."""

from __future__ import annotations

import pandas as pd

from results.page.elements import Section
from results.report.timing.answer import extremes_tables
from results.report.timing.figures import speed_pictures
from results.report.timing.tables import speed_tables


def speed_section(throughput: pd.DataFrame) -> Section:
    return Section(
        title="Speed",
        paragraphs=[
            "A time is believed only beside another: in every round the candidate and its baseline run one after the "
            "other, in random order, in one process. The ratio is candidate over baseline, the median over rounds.",
        ],
        tables=[*extremes_tables(throughput), *speed_tables(throughput)],
        pictures=speed_pictures(throughput),
    )
