"""A yes-or-no question about many ratios of times: how many are faster or slower, the word, and the exceptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import pandas as pd

from results.analysis import formatting
from results.statistics import ALPHA, Interval, proportion
from results.tables.study_schema import records

MAJORITY = 0.9
"""The fraction of the cases with a difference that must go one way for a yes or a no."""
YES_OR_NO = (
    f"The answer is yes or no if at least {MAJORITY:.0%} of the cases with a difference shown go in one direction, and "
    "these are at least half of all cases."
)
"""The rule in words."""
Word = Literal["Yes", "No", "Depends", "Not shown"]


@dataclass(frozen=True)
class RatioCounts:
    """The cases of a comparison, by the verdict on their ratio of times."""

    faster: int
    slower: int
    n: int

    @classmethod
    def of(cls, ratios: Sequence[Interval]) -> RatioCounts:
        verdicts = [formatting.ratio_verdict(ratio) for ratio in ratios]
        return cls(verdicts.count("faster"), verdicts.count("slower"), len(verdicts))

    def word(self, yes: Literal["faster", "slower"]) -> Word:
        """The answer to a question whose yes is that the candidate is faster, or slower.

        Yes: of the cases with a difference shown, at least 90% go that way, and they are at least half of all cases.
        No: the same for the other way. Not shown: no more cases have a difference than chance makes among equals, 5%,
        by the exact binomial interval, and not every case has one. Depends: all other counts.
        """
        shown = self.faster + self.slower
        if not shown or (shown < self.n and proportion(shown, self.n).low <= ALPHA):
            return "Not shown"
        agreeing, opposing = (self.faster, self.slower) if yes == "faster" else (self.slower, self.faster)
        enough = max(MAJORITY * shown, self.n / 2)
        return "Yes" if agreeing >= enough else "No" if opposing >= enough else "Depends"

    @property
    def fewer(self) -> Literal["faster", "slower"]:
        """The less frequent of the two verdicts."""
        return "faster" if self.faster < self.slower else "slower"

    def phrases(self) -> list[str]:
        """`faster in 240 of 264 cases`, `slower in 18`, `no difference shown in 6`, the most frequent first."""
        counts = {"faster": self.faster, "slower": self.slower}
        counts["no difference shown"] = self.n - self.faster - self.slower
        found = sorted((verdict for verdict in counts if counts[verdict]), key=counts.__getitem__, reverse=True)
        cases = f" of {formatting.plural(self.n, 'case')}"
        return [f"{verdict} in {counts[verdict]:,}{cases * (verdict == found[0])}" for verdict in found]


def median_row(rows: pd.DataFrame, *, inverse: bool = False) -> Any:
    """The row of the median ratio, or of the median inverse; of the lower one of two."""
    return records(rows.sort_values("ratio", kind="stable", ascending=not inverse))[(len(rows) - 1) // 2]


def common_settings_of(rows: pd.DataFrame, of_all: pd.DataFrame, columns: Sequence[str]) -> dict[str, Any]:
    """The settings that all of the rows share, but not all of `of_all`."""
    return {
        column: rows[column].iloc[0]
        for column in columns
        if rows[column].nunique(dropna=False) == 1 < of_all[column].nunique(dropna=False)
    }


def explaining_settings(rows: pd.DataFrame, chosen: pd.Series, columns: Sequence[str]) -> dict[str, Any]:
    """The settings under which all rows are chosen, and that hold for the most chosen rows.

    `chosen` marks the rows; settings are values of some of the columns, as few as possible. Empty if no settings hold
    for at least two rows and half of the chosen ones.
    """
    best: dict[str, Any] = {}
    most = max(2, -(-int(chosen.sum()) // 2)) - 1
    for size in range(1, len(columns) + 1):
        for names in combinations(columns, size):
            counts = chosen.groupby([rows[name] for name in names], dropna=False).agg(["size", "sum"])
            pure = counts[(counts["size"] == counts["sum"]) & (counts["sum"] > most)]
            if len(pure):
                top = pure["sum"].idxmax()
                most = int(pure["sum"].max())
                best = dict(zip(names, top if isinstance(top, tuple) else (top,), strict=True))
    return best


def having(rows: pd.DataFrame, settings: Mapping[str, Any]) -> pd.Series:
    """Which rows have the settings."""
    matches = pd.Series(True, index=rows.index)
    for column, value in settings.items():
        matches &= rows[column].isna() if pd.isna(value) else rows[column] == value
    return matches
