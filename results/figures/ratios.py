"""The figure of ratios: each candidate against its baseline, with intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from results.figures.length_axes import length_panels, log_side
from results.figures.style import BAR, legend_above, looks, mark, styled


@styled()
def ratio_intervals(panels: list[tuple[str, pd.DataFrame]], columns: int) -> Figure:
    """Time over the baseline's by source length, both axes logarithmic; a panel for each titled part of the rows.

    Bars are the 95% intervals of the ratio; at 1 a candidate takes as long as the baseline.
    """
    figure, axes = length_panels(panels, columns, width=5.2 if columns > 1 else 9.0, height=3.9)
    names = list(dict.fromkeys(name for _, rows in panels for name in rows["candidate"]))
    baselines = {name for _, rows in panels for name in rows["baseline"]}
    named = looks(names)
    for ax, (_, rows) in zip(axes, panels, strict=True):
        ax.axhline(1.0, color="#666666", linewidth=1.0)
        for name, line in rows.groupby("candidate", sort=False):
            look, line = named[str(name)], line.sort_values("source_length")
            ax.errorbar(
                line["source_length"],
                line["ratio"],
                yerr=np.abs(line[["ratio_low", "ratio_high"]].to_numpy().T - line["ratio"].to_numpy()),
                color=look.color,
                marker=look.marker,
                linestyle=look.dashes,
                elinewidth=1.4,
            )
        log_side(ax, (1, 1.5, 2, 3, 5, 7))
    figure.supylabel("time / time of the baseline", fontsize=13)
    said = {f"{name} (against itself)" if name in baselines else name: look for name, look in named.items()}
    legend_above(figure, said, [mark("95% interval", **BAR)])
    return figure
